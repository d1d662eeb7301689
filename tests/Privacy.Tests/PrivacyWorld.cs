using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.RunNight;
using Nocturne.RunNight.Tests;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Privacy.Tests;

/// <summary>
/// Listeners of whom every store has something: profiles, two nights, blends, tokens, players, archive, refused lines
/// and dead letters.
/// </summary>
internal sealed class PrivacyWorld : IAsyncDisposable, IEventPublisher
{
    public const string FirstNight = "2026-04-01";
    public const string SecondNight = "2026-04-02";

    public static readonly BlendId Pair = new("pair");

    // Guards nothing: one deletion at a time.
    private readonly Crash _crash = new();

    private PrivacyWorld(NightWorld night)
    {
        Night = night;
        Tokens = new ListenerTokens(night.Documents, DevelopmentAccess.Pepper, night.Time);
    }

    public static IReadOnlyList<ListenEvent> Events { get; } =
    [
        .. new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 7,
                Listeners = 12,
                Events = 900,
                Tracks = 200,
                Artists = 40,
                EndDate = new DateOnly(2026, 3, 31),
            }
        ).Events(),
    ];

    /// <summary>The listeners, who played most first.</summary>
    public static IReadOnlyList<ListenerId> Listeners { get; } =
    [.. Events.GroupBy(e => e.Listener).OrderByDescending(of => of.Count()).Select(of => of.Key)];

    public NightWorld Night { get; }

    public ListenerTokens Tokens { get; }

    public HeldMessages Dead { get; } = new();

    public Crash Crash => _crash;

    /// <summary>The stores; a process that uses them can die at any operation.</summary>
    public PrivacyStores Stores =>
        new(
            new CrashingDocuments(Night.Documents, _crash),
            new CrashingObjects(Night.Objects, _crash),
            new ListenerTokens(new CrashingDocuments(Night.Documents, _crash), null, Night.Time),
            Night.Time
        )
        {
            Publisher = new CrashingPublisher(this, _crash),
            Subscriptions = Dead,
        };

    public static async Task<PrivacyWorld> MakeAsync(bool secondNight = true)
    {
        var time = new ManualTimeProvider(new DateTimeOffset(2026, 4, 1, 1, 0, 0, TimeSpan.Zero));
        var world = new PrivacyWorld(
            await NightWorld.WithAsync(Events, new NightOptions { ListenersPerShard = 5 }, time)
        );
        await world.Night.Blends.CreateAsync(Pair, Listeners[0], default);
        await world.Night.Blends.JoinAsync(Pair, Listeners[1], default);
        await world.Night.Blends.JoinAsync(Pair, Listeners[2], default);
        await world.Night.RunAsync(FirstNight);
        if (secondNight)
        {
            time.Advance(TimeSpan.FromHours(1));
            await world.Night.RunAsync(SecondNight);
        }
        foreach (var listener in Listeners.Take(3))
        {
            await world.Tokens.CreateAsync(listener, "player", default);
            var json = Encoding.UTF8.GetBytes($$"""[{"listener":"{{listener}}"}]""");
            await world.Night.Documents.CommitAsync(
                [
                    .. ListenerRecords.Collections.Select(c =>
                        DocumentWrite.Put(ListenerRecords.KeyOf(c, listener), json)
                    ),
                ],
                default
            );
        }
        await world.PutLinesAsync(
            NocturneTopology.BucketNames.Rejected,
            Listeners
                .Take(3)
                .Select(listener =>
                    $$"""{"reason":"unknown_kind","line":1,"message_id":"1","length":9,"bytes":"{{Convert.ToBase64String(
                        Encoding.UTF8.GetBytes($$"""{"listener":"{{listener}}","kind":"walk"}""")
                    )}}"}"""
                )
        );
        world.Dead.Add(Lines(Events.Where(e => e.Listener == Listeners[0] || e.Listener == Listeners[1]).Take(40)));
        world.Dead.Add(Lines(Events.Where(e => e.Listener == Listeners[0]).Take(3)));
        world.Dead.Add(Lines(Events.Where(e => e.Listener == Listeners[3]).Take(3)));
        time.Advance(TimeSpan.FromHours(1));
        return world;
    }

    public static byte[] Lines(IEnumerable<ListenEvent> events)
    {
        var lines = new ArrayBufferWriter<byte>();
        foreach (var listenEvent in events)
        {
            EventWriter.WriteLine(lines, listenEvent);
        }
        return lines.WrittenSpan.ToArray();
    }

    public async Task PutLinesAsync(string bucket, IEnumerable<string> lines) =>
        await Night.Objects.PutBytesAsync(
            new ObjectKey(bucket, "dt=2026-04-01/01_00_00Z_x.ndjson"),
            Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))),
            "application/x-ndjson",
            IfGeneration.Any,
            default
        );

    /// <summary>Deletes, however often the process dies; ends when all is complete.</summary>
    public async Task<DeletionRecord> DeleteAsync(ListenerId listener)
    {
        var deletions = new Deletions(Stores);
        await deletions.RequestAsync(listener, default);
        await deletions.RunAsync((_, _) => { }, default);
        return (await deletions.ReadAsync(listener, default))!;
    }

    /// <summary>Everywhere that a listener's id or name stands, whatever form it is packed in.</summary>
    public async Task<IReadOnlyList<string>> SearchAsync(ListenerId listener)
    {
        var (id, name) = (listener.Value, StorageName.Of(listener.Value));
        byte[][] wanted = [Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(name)];
        var found = new List<string>();
        foreach (var document in Night.Documents.Contents())
        {
            Look($"{document.Key}", document.Data.Span);
        }
        foreach (var bucket in NocturneTopology.Buckets)
        {
            await foreach (var info in Night.Objects.ListAsync(bucket.Name, "", null, default))
            {
                var data = (await Night.Objects.ReadBytesAsync(info.Key, int.MaxValue, default))!.Value.Data;
                Look($"{info.Key}", Unpacked(info.Key, data));
            }
        }
        foreach (var message in Dead.Messages)
        {
            Look("dead letter", message);
        }
        return found;

        void Look(string place, ReadOnlySpan<byte> data)
        {
            var isThere = place.Contains(name, StringComparison.Ordinal);
            foreach (var bytes in wanted)
            {
                isThere |= data.IndexOf(bytes) >= 0;
            }
            if (isThere)
            {
                found.Add(place);
            }
        }
    }

    /// <summary>Every document and object, with what it holds; but for what says that and when something was deleted.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ContentsAsync()
    {
        var contents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, hash) in await Night.ContentsAsync())
        {
            contents.Add(name, hash);
        }
        foreach (
            var document in Night
                .Documents.Contents()
                .Where(d => d.Key.Collection is not (Tombstone.Collection or DeletionRecord.Collection or "runs"))
        )
        {
            contents.Add($"{document.Key}", Convert.ToHexString(SHA256.HashData(document.Data.Span)));
        }
        // One that was put back and not acknowledged, because the process died in between, is there twice.
        var dead = Dead
            .Messages.Select(message => Encoding.UTF8.GetString(message))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        contents.Add("dead letters", string.Concat(dead));
        return contents;
    }

    public async ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        if (topic == NocturneTopology.TopicNames.ListeningEventsDead)
        {
            foreach (var message in messages)
            {
                Dead.Add(message.Data.ToArray());
            }
            return [.. messages.Select((_, i) => $"{i}")];
        }
        return await Night.PublishAsync(topic, messages, cancellationToken);
    }

    public ValueTask DisposeAsync() => Night.DisposeAsync();

    private static byte[] Unpacked(ObjectKey key, byte[] data)
    {
        if (key.Name.EndsWith(".nbl", StringComparison.Ordinal))
        {
            var members = BlendPack.Read(data).Blend.Members.Select(member => member.Listener.Value);
            return [.. data, .. Encoding.UTF8.GetBytes(string.Join('\n', members))];
        }
        if (key.Name.EndsWith(".npl", StringComparison.Ordinal))
        {
            return [.. data, .. Encoding.UTF8.GetBytes(PlaylistPack.Read(data).Listener.Value)];
        }
        if (key.Bucket == NocturneTopology.BucketNames.Rejected)
        {
            var lines = Encoding.UTF8.GetString(data).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return
            [
                .. lines.SelectMany(line =>
                    System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("bytes").GetBytesFromBase64()
                ),
            ];
        }
        return data;
    }
}

/// <summary>Messages that are held: those that are pulled and not acknowledged come again.</summary>
internal sealed class HeldMessages : ISubscriptionReader
{
    private readonly SortedDictionary<int, byte[]> _messages = [];
    private int _last;

    public IReadOnlyList<byte[]> Messages => [.. _messages.Values];

    public void Add(byte[] data) => _messages.Add(++_last, data);

    public ValueTask<IReadOnlyList<PulledMessage>> PullAsync(
        string subscription,
        int max,
        CancellationToken cancellationToken
    )
    {
        Assert.Equal(NocturneTopology.SubscriptionNames.ListeningEventsDead, subscription);
        return new([
            .. _messages
                .Take(max)
                .Select(m => new PulledMessage(
                    $"{m.Key}",
                    $"{m.Key}",
                    m.Value,
                    new Dictionary<string, string>(),
                    default
                )),
        ]);
    }

    public ValueTask AcknowledgeAsync(
        string subscription,
        IReadOnlyCollection<string> ackIds,
        CancellationToken cancellationToken
    )
    {
        foreach (var id in ackIds)
        {
            _messages.Remove(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture));
        }
        return ValueTask.CompletedTask;
    }
}
