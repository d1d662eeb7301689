using System.Buffers;
using Nocturne.Adapters.GoogleRest;
using Nocturne.Contracts;
using Nocturne.Domain;
using Nocturne.Profiles;
using Nocturne.StorageEmulator;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Cloud.Tests.Functions;

/// <summary>A project of its own on all three emulators, for the functions of one class of tests.</summary>
public sealed class FunctionWorld : IAsyncLifetime
{
    // The acknowledgement deadline and the longest pause between two deliveries, each a minute, and some more.
    private static readonly TimeSpan Redelivered = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private StorageEmulatorHost? _storage;
    private GoogleRestStores? _stores;

    /// <summary>A project named by chance.</summary>
    public FunctionWorld()
        : this(Unique.Name("functions")) { }

    internal FunctionWorld(string project) => Deployment = new Deployment(project);

    /// <summary>The project.</summary>
    public Deployment Deployment { get; }

    /// <summary>Where the emulators are.</summary>
    public EmulatorHosts Hosts { get; private set; } = EmulatorHosts.None;

    /// <summary>The same stores that the functions have.</summary>
    public GoogleRestStores Stores => _stores ?? throw new InvalidOperationException("The emulators are missing.");

    /// <summary>The profiles.</summary>
    public ListenerStore Listeners => new(Stores.Documents, TimeProvider.System);

    public async Task InitializeAsync()
    {
        if (new RequiresGoogleEmulatorsAttribute().Missing is not null)
        {
            return; // the tests are skipped
        }
        _storage = await StorageEmulatorHost.StartAsync(
            new StorageEmulatorOptions
            {
                Buckets = [.. NocturneTopology.Buckets.Select(bucket => Deployment.BucketName(bucket.Name))],
            }
        );
        Hosts = await SharedGoogleEmulators.HostsAsync() with { Objects = _storage.Host };
        _stores = new GoogleRestStores(Deployment, new GoogleRestOptions { Emulators = Hosts });
    }

    public async Task DisposeAsync()
    {
        if (_stores is not null)
        {
            await _stores.DisposeAsync();
        }
        if (_storage is not null)
        {
            await _storage.DisposeAsync();
        }
    }

    /// <summary>The environment of a function here, with changes; null removes a variable.</summary>
    public Dictionary<string, string?> Environment(params (string Name, string? Value)[] changes)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["NOCTURNE_PROJECT"] = Deployment.Project,
            [EmulatorHosts.DocumentsVariable] = Hosts.Documents,
            [EmulatorHosts.MessagesVariable] = Hosts.Messages,
            [EmulatorHosts.ObjectsVariable] = Hosts.Objects,
        };
        foreach (var (name, value) in changes)
        {
            environment[name] = value;
        }
        return environment;
    }

    /// <summary>Waits until a listener's profile has so many plays.</summary>
    /// <exception cref="TimeoutException">It has not, after longer than a refused message may stay away.</exception>
    public async Task PlaysAsync(string listener, int plays)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (await CountPlaysAsync(listener) is var found && found != plays)
        {
            if (TimeProvider.System.GetElapsedTime(started) > Redelivered)
            {
                throw new TimeoutException($"After {Redelivered} '{listener}' has {found} plays, not {plays}.");
            }
            await Task.Delay(Pause);
        }
    }

    /// <summary>How many plays a listener's history has.</summary>
    public async Task<int> CountPlaysAsync(string listener)
    {
        var plays = 0;
        await foreach (
            var day in Listeners.ReadHistoryAsync(new ListenerId(listener), null, null, CancellationToken.None)
        )
        {
            plays += day.Rows.Count;
        }
        return plays;
    }

    /// <summary>Lines of plays, each of another event.</summary>
    public static byte[] Plays(string listener, params IEnumerable<int> numbers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var number in numbers)
        {
            EventWriter.WriteLine(
                buffer,
                new PlayEvent
                {
                    Listener = new ListenerId(listener),
                    Id = new EventId($"e{number}"),
                    StartedAt = Instant.FromDate(new DateOnly(2026, 2, 3)) + TimeSpan.FromSeconds(240 * (number % 300)),
                    ReceivedAt = Instant.FromDate(new DateOnly(2026, 2, 4)),
                    Item = new ItemId($"track-{number % 17}"),
                    Artist = new ArtistId($"artist-{number % 5}"),
                    MsPlayed = 200_000,
                }
            );
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A body as Pub/Sub's push subscription posts it.</summary>
    public static string Push(ReadOnlySpan<byte> data, string id = "2070443601311540") =>
        $$"""
            {"deliveryAttempt":1,"message":{"attributes":{"origin":"app"},"data":"{{Convert.ToBase64String(
                data
            )}}","messageId":"{{id}}","message_id":"{{id}}","publishTime":"2026-02-26T19:13:55.749Z","publish_time":"2026-02-26T19:13:55.749Z"},"subscription":"projects/p/subscriptions/listening-events-ingest"}
            """;
}
