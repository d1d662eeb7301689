using System.Globalization;
using System.Security.Cryptography;
using Google.Cloud.Firestore;
using Google.Cloud.PubSub.V1;
using Google.Cloud.Storage.V1;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>
/// Firestore, Pub/Sub and Cloud Storage of one deployment through Google's client libraries, as the three ports. Making
/// it does no input or output; clients are made, and credentials found, at the first call. Safe for concurrent use: one
/// for a process.
/// </summary>
/// <remarks>
/// Errors become the ports' exceptions thus. A condition that did not hold (<c>ALREADY_EXISTS</c>,
/// <c>FAILED_PRECONDITION</c>, 412) is <see cref="DocumentConflictException"/> or
/// <see cref="PreconditionFailedException"/>. No answer (<c>UNAVAILABLE</c>, <c>DEADLINE_EXCEEDED</c>, <c>INTERNAL</c>,
/// <c>UNKNOWN</c>, <c>CANCELLED</c>, 408, 500, 502, 503, 504, a broken connection) and a busy service
/// (<c>RESOURCE_EXHAUSTED</c>, <c>ABORTED</c>, 429) are repeated with pauses and then
/// <see cref="StoreUnavailableException"/>, as are missing permissions and missing resources, with the remedy. A topic
/// that is not there is <see cref="TopicNotFoundException"/>; 413 is <see cref="LimitExceededException"/>; what else a
/// service refuses is <see cref="InvalidOperationException"/>, because repeating it does not help.
/// </remarks>
public sealed class GoogleCloudStores : IAsyncDisposable
{
    private readonly LazyClient<StorageClient> _storage;

    /// <summary>Prepares the stores of a deployment.</summary>
    public GoogleCloudStores(Deployment deployment, GoogleCloudOptions? options = null)
    {
        options ??= new GoogleCloudOptions();
        Counters = options.Counters ?? new OperationCounters();
        var seed = options.Retry.JitterSeed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var jitter = new Jitter(seed);
        var tokens = new WriteTokens();
        var logger = (options.Loggers ?? NullLoggerFactory.Instance).CreateLogger(typeof(GoogleCloudStores).FullName!);
        var emulators = options.Emulators;
        _storage = new LazyClient<StorageClient>(cancellation => Clients.StorageAsync(emulators.Objects, cancellation));
        Documents = new CloudDocumentStore(
            new LazyClient<FirestoreDb>(cancellation =>
                Clients.FirestoreAsync(deployment, emulators.Documents, cancellation)
            ),
            Caller("Firestore", "database", emulators.Documents, EmulatorHosts.DocumentsVariable),
            tokens,
            Counters,
            options.Time
        );
        Objects = new CloudObjectStore(
            _storage,
            Caller("Cloud Storage", "bucket", emulators.Objects, EmulatorHosts.ObjectsVariable),
            deployment,
            tokens,
            Counters,
            options
        );
        Messages = new GoogleCloudMessages(
            new LazyClient<PublisherServiceApiClient>(cancellation =>
                Clients.PublisherAsync(emulators.Messages, cancellation)
            ),
            new LazyClient<SubscriberServiceApiClient>(cancellation =>
                Clients.SubscriberAsync(emulators.Messages, cancellation)
            ),
            Caller("Pub/Sub", "topic or subscription", emulators.Messages, EmulatorHosts.MessagesVariable),
            deployment,
            Counters
        );

        Caller Caller(string service, string container, string? emulator, string variable) =>
            new(
                new CalledService(service, container, deployment.Project, emulator, variable),
                options.Retry,
                options.Time,
                jitter,
                logger
            );
    }

    /// <summary>Documents, in Firestore.</summary>
    public IDocumentStore Documents { get; }

    /// <summary>Objects, in Cloud Storage.</summary>
    public IObjectStore Objects { get; }

    /// <summary>Topics and pulled subscriptions, in Pub/Sub.</summary>
    public GoogleCloudMessages Messages { get; }

    /// <summary>Counts the operations of all three.</summary>
    public OperationCounters Counters { get; }

    /// <summary>Closes the connections that are this object's own; the channels of gRPC are the process's.</summary>
    public ValueTask DisposeAsync()
    {
        _storage.Existing?.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Strings that nobody else writes: one tells a writer its own write when no answer came.</summary>
internal sealed class WriteTokens
{
    private const int PrefixBytes = 12; // 96 random bits a process

    private readonly string _prefix = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PrefixBytes));
    private long _count;

    /// <summary>The next one: letters, digits and a hyphen.</summary>
    public string Next() =>
        string.Create(CultureInfo.InvariantCulture, $"{_prefix}-{Interlocked.Increment(ref _count):x}");
}
