using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local.Tests;

/// <summary>
/// A small topology with one subscription of each kind, in a folder that can be opened again and again, and endpoints
/// that remember what was pushed.
/// </summary>
internal sealed class PubSubHarness : IAsyncDisposable
{
    public const string Topic = "events";
    public const string Dead = "events-dead";
    public const string Push = "events-push";
    public const string Archive = "events-archive";
    public const string Held = "events-dead-hold";
    public const string Bucket = "archive";
    public const int MaxAttempts = 5;

    public static readonly TimeSpan AckDeadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly Func<LocalPubSubOptions, LocalPubSubOptions> _change;

    public PubSubHarness(Func<LocalPubSubOptions, LocalPubSubOptions>? change = null)
    {
        _change = change ?? (o => o);
        (Objects, PubSub) = Open(_folder.Path);
    }

    public LocalObjectStore Objects { get; private set; }

    public LocalPubSub PubSub { get; private set; }

    public string Folder => _folder.Path;

    public ConcurrentQueue<Pushed> Pushes { get; } = new();

    /// <summary>Answers pushes; acknowledges unless it is set.</summary>
    public Func<Pushed, CancellationToken, ValueTask<int>> Endpoint { get; set; } = (_, _) => new(204);

    /// <summary>Attaches the endpoint and starts delivery.</summary>
    public void Start() => Start(PubSub);

    public async Task PublishAsync(params string[] texts) =>
        await PubSub.PublishAsync(
            Topic,
            [.. texts.Select(t => new OutgoingMessage(Encoding.UTF8.GetBytes(t)))],
            CancellationToken.None
        );

    /// <summary>Closes everything and opens it again.</summary>
    public async Task ReopenAsync()
    {
        await PubSub.DisposeAsync();
        await Objects.DisposeAsync();
        (Objects, PubSub) = Open(_folder.Path);
    }

    /// <summary>Leaves everything as a killed process would, and opens a copy of its files.</summary>
    public async Task CrashAsync()
    {
        using var copy = _folder.Copy();
        await PubSub.DisposeAsync();
        await Objects.DisposeAsync();
        Directory.Delete(_folder.Path, recursive: true);
        Directory.Move(copy.Path, _folder.Path);
        Directory.CreateDirectory(copy.Path);
        (Objects, PubSub) = Open(_folder.Path);
    }

    public SubscriptionStatistics Statistics(string subscription) =>
        PubSub.Statistics().Single(s => s.Name == subscription);

    /// <summary>All lines of the archive, by file name.</summary>
    public async Task<SortedDictionary<string, string[]>> ArchivedAsync()
    {
        var files = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        await foreach (var info in Objects.ListAsync(Bucket, "", null, CancellationToken.None))
        {
            var (_, data) = (await Objects.ReadBytesAsync(info.Key, 10 << 20, CancellationToken.None))!.Value;
            var text = Encoding.UTF8.GetString(data);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            files[info.Key.Name] = text[..^1].Split('\n');
        }
        return files;
    }

    public async Task<IReadOnlyList<PulledMessage>> PullDeadAsync() =>
        await PubSub.PullAsync(Held, 100, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await PubSub.DisposeAsync();
        await Objects.DisposeAsync();
        _folder.Dispose();
    }

    private void Start(LocalPubSub pubSub)
    {
        pubSub.AttachPush(
            Push,
            (request, cancellationToken) =>
            {
                var pushed = Pushed.Parse(request);
                Pushes.Enqueue(pushed);
                return Endpoint(pushed, cancellationToken);
            }
        );
        pubSub.Start();
    }

    private (LocalObjectStore Objects, LocalPubSub PubSub) Open(string folder)
    {
        var objects = new LocalObjectStore(
            Path.Combine(folder, "objects"),
            Small.Objects() with
            {
                Buckets = [new Bucket(Bucket, "test")],
            }
        );
        var options = Small.Messages() with
        {
            Topics = [new Topic(Topic, "test"), new Topic(Dead, "test")],
            Subscriptions =
            [
                new Subscription(
                    Push,
                    Topic,
                    new Delivery.Push("Test", "account"),
                    AckDeadline,
                    MinBackoff: TimeSpan.FromSeconds(1),
                    MaxBackoff: TimeSpan.FromSeconds(4),
                    new DeadLetterPolicy(Dead, MaxAttempts)
                ),
                new Subscription(
                    Archive,
                    Topic,
                    new Delivery.CloudStorage(Bucket, MaxBytes: 100_000, TimeSpan.FromMinutes(5)),
                    TimeSpan.FromSeconds(600),
                    TimeSpan.FromSeconds(1),
                    TimeSpan.FromSeconds(4),
                    DeadLetter: null
                ),
                new Subscription(
                    Held,
                    Dead,
                    new Delivery.Pull(),
                    AckDeadline,
                    TimeSpan.FromSeconds(1),
                    TimeSpan.FromSeconds(4),
                    DeadLetter: null
                ),
            ],
            BackoffScale = 1,
            MinBackoff = TimeSpan.FromMilliseconds(1),
        };
        return (objects, new LocalPubSub(Path.Combine(folder, "messages"), objects, _change(options)));
    }
}

/// <summary>A push, taken apart.</summary>
internal sealed record Pushed(string Text, string Id, int? Attempt, JsonElement Envelope, PushRequest Request)
{
    public static Pushed Parse(PushRequest request)
    {
        var envelope = JsonElement.Parse(request.Body.Span);
        var message = envelope.GetProperty("message");
        return new Pushed(
            Encoding.UTF8.GetString(message.GetProperty("data").GetBytesFromBase64()),
            message.GetProperty("messageId").GetString()!,
            envelope.TryGetProperty("deliveryAttempt", out var attempt) ? attempt.GetInt32() : null,
            envelope,
            request
        );
    }
}
