using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.RunNight.Tests;

/// <summary>
/// Listeners on the embedded stores, and a queue of night messages that is delivered in whatever order a seed says,
/// with duplicates: what Pub/Sub may do. The handler works behind a <see cref="Crash"/>, so that its process can die
/// at any operation; the stores and what is queued stay.
/// </summary>
internal sealed class NightWorld : IAsyncDisposable, IEventPublisher
{
    private readonly TemporaryFolder _folder = new();
    private readonly NightOptions _options;

    // Guards the queue: shards publish at one time.
    private readonly Lock _gate = new();
    private readonly List<byte[]> _queue = [];
    private readonly List<byte[]> _sent = [];
    private readonly List<BlendChange> _changes = [];

    private NightWorld(NightOptions options, ManualTimeProvider time)
    {
        _options = options;
        Time = time;
        Documents = new InMemoryDocumentStore(time);
        Objects = new LocalObjectStore(_folder.Path);
        Listeners = new ListenerStore(Documents, TimeProvider.System);
        Handler = NewHandler();
        Blends = new BlendMemberships(Documents, this, time);
    }

    public BlendMemberships Blends { get; }

    public ManualTimeProvider Time { get; }

    public InMemoryDocumentStore Documents { get; }

    public LocalObjectStore Objects { get; }

    public ListenerStore Listeners { get; }

    public NightHandler Handler { get; private set; }

    /// <summary>What the handler's process is in the way of; counts what it does.</summary>
    public Crash Crash { get; } = new();

    public int ReadyMessages { get; private set; }

    /// <summary>A world with the given events in profiles and archive.</summary>
    public static async Task<NightWorld> WithAsync(
        IEnumerable<ListenEvent> events,
        NightOptions? options = null,
        ManualTimeProvider? time = null
    )
    {
        var world = new NightWorld(
            options ?? new NightOptions { ListenersPerShard = 10 },
            time ?? new ManualTimeProvider()
        );
        await world.AddAsync(events, "first");
        return world;
    }

    public async Task AddAsync(IEnumerable<ListenEvent> events, string archive)
    {
        var lines = new System.Buffers.ArrayBufferWriter<byte>();
        foreach (var ofListener in events.GroupBy(e => e.Listener))
        {
            await Listeners.ApplyAsync(ofListener.Key, [.. ofListener.Select(HistoryRow.Of)], default);
            foreach (var listenEvent in ofListener)
            {
                EventWriter.WriteLine(lines, listenEvent);
            }
        }
        await Objects.PutBytesAsync(
            new ObjectKey(NocturneTopology.BucketNames.Events, $"dt={Time.GetUtcNow():yyyy-MM-dd}/{archive}.ndjson"),
            lines.WrittenMemory,
            "application/x-ndjson",
            IfGeneration.Any,
            default
        );
    }

    /// <summary>The process died: all it held is gone, what it was at is delivered to another one.</summary>
    public void Restart()
    {
        Handler.Dispose();
        Crash.Never();
        Handler = NewHandler();
        // The claim of the dead one expires.
        Time.Advance(TimeSpan.FromSeconds(_options.LeaseSeconds + 1));
    }

    /// <summary>
    /// Delivers until nothing is queued, whatever dies: the message stays queued, and a new process gets it.
    /// </summary>
    /// <param name="most">After how many messages that were done it ends.</param>
    /// <param name="acknowledge">Whether what is done leaves the queue.</param>
    /// <returns>How often the process died.</returns>
    public async Task<int> DeliverThroughCrashesAsync(int most = int.MaxValue, bool acknowledge = true)
    {
        var deaths = 0;
        for (var done = 0; done < most; )
        {
            byte[] message;
            lock (_gate)
            {
                if (_queue.Count == 0)
                {
                    return deaths;
                }
                message = _queue[0];
            }
            try
            {
                await Handler.HandleAsync(NightMessage.Parse(message), default);
                done++;
                lock (_gate)
                {
                    _queue.RemoveRange(0, acknowledge ? 1 : 0);
                }
            }
            catch (CrashException)
            {
                deaths++;
                Restart();
            }
        }
        return deaths;
    }

    /// <summary>Delivers every message that was ever sent once more, in the order of a seed.</summary>
    public async Task DeliverAllAgainAsync(int seed)
    {
        byte[][] late = [.. _sent];
        new Random(seed).Shuffle(late);
        foreach (var message in late)
        {
            await Handler.HandleAsync(NightMessage.Parse(message), default);
        }
        await DeliverAsync(seed);
    }

    /// <summary>Runs a date's night to its end.</summary>
    public async Task<RunRecord> RunAsync(string date, int? seed = null)
    {
        await Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(date), 0), default);
        await DeliverAsync(seed);
        return await RecordAsync(date);
    }

    public async Task<RunRecord> RecordAsync(string date) =>
        RunRecord.Read((await Documents.GetAsync(NightObjects.Record(RunId.Parse(date)), default))!.Data);

    /// <summary>Delivers what is queued until nothing is; with a seed in its order, and some messages twice.</summary>
    public async Task DeliverAsync(int? seed, int atMost = int.MaxValue)
    {
        var random = seed is { } value ? new Random(value) : null;
        while (_queue.Count > 0 && atMost-- > 0)
        {
            var at = random?.Next(_queue.Count) ?? 0;
            var message = _queue[at];
            if (random is null || random.NextDouble() > 0.3)
            {
                _queue.RemoveAt(at);
            }
            await Handler.HandleAsync(NightMessage.Parse(message), default);
        }
    }

    /// <summary>Whether messages wait.</summary>
    public bool HasMessages => _queue.Count > 0;

    /// <summary>Delivers the changes of blends, each as often as told.</summary>
    public async Task DeliverChangesAsync(int times = 1)
    {
        while (_changes.Count > 0)
        {
            var change = _changes[^1];
            _changes.RemoveAt(_changes.Count - 1);
            for (var time = 0; time < times; time++)
            {
                await Handler.HandleAsync(change, default);
            }
        }
    }

    /// <summary>A blend's playlist as readers see it.</summary>
    public async Task<BlendPlaylist?> ReadBlendAsync(BlendId blend) =>
        await new PublishedBlends(Objects, new PublishedPlaylists(Objects, TimeProvider.System)).ReadAsync(
            blend,
            default
        );

    /// <summary>Loses every message under way, as a crash of everything but the stores would.</summary>
    public void LoseMessages() => _queue.Clear();

    /// <summary>Every object and its content's hash, but for the report with its times and what steps used, which attempts change.</summary>
    public async Task<ImmutableSortedDictionary<string, string>> ContentsAsync()
    {
        var contents = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var bucket in NocturneTopology.Buckets)
        {
            await foreach (var info in Objects.ListAsync(bucket.Name, "", null, default))
            {
                if (IsOfOneRun(info.Key.Name))
                {
                    continue;
                }
                var read = await Objects.ReadBytesAsync(info.Key, int.MaxValue, default);
                contents.Add(info.Key.ToString(), Convert.ToHexString(SHA256.HashData(read!.Value.Data)));
            }
        }
        return contents.ToImmutable();
    }

    private static bool IsOfOneRun(string name) =>
        name.Contains("/report.", StringComparison.Ordinal) || name.Contains("/usage/", StringComparison.Ordinal);

    public ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        lock (_gate)
        {
            if (topic == NocturneTopology.TopicNames.NightSteps)
            {
                _queue.AddRange(messages.Select(message => message.Data.ToArray()));
                _sent.AddRange(_queue.TakeLast(messages.Count));
            }
            else if (topic == NocturneTopology.TopicNames.BlendChanges)
            {
                _changes.AddRange(messages.Select(message => BlendChange.Parse(message.Data)));
            }
            else
            {
                ReadyMessages += messages.Count;
            }
        }
        return new([.. messages.Select((_, i) => $"{i}")]);
    }

    public async ValueTask DisposeAsync()
    {
        Handler.Dispose();
        await Objects.DisposeAsync();
        _folder.Dispose();
    }

    private NightHandler NewHandler() =>
        new(
            new CrashingDocuments(Documents, Crash),
            new CrashingObjects(Objects, Crash),
            new CrashingPublisher(this, Crash),
            new ListenerStore(new CrashingDocuments(Documents, Crash), TimeProvider.System),
            Time,
            _options,
            NullLogger<NightHandler>.Instance
        );
}
