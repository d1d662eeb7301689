using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>
/// Firestore, Pub/Sub and Cloud Storage of one deployment over their public REST APIs, as the three ports. Making it
/// does no input or output; credentials are found at the first call. Safe for concurrent use: one for a process.
/// </summary>
public sealed class GoogleRestStores : IAsyncDisposable
{
    // Longer than Google's own idle limit would mean finding connections dead; addresses change within minutes.
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // A function that was frozen between two requests finds out this soon that a connection is dead.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _http;

    /// <summary>Prepares the stores of a deployment.</summary>
    /// <exception cref="ArgumentException">An option is out of its range, or an emulator's address is none.</exception>
    public GoogleRestStores(Deployment deployment, GoogleRestOptions? options = null)
    {
        options ??= new GoogleRestOptions();
        Counters = options.Counters ?? new OperationCounters();
        var seed = options.Retry.JitterSeed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var jitter = new Jitter(seed);
        _http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                ConnectTimeout = ConnectTimeout,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = PingDelay,
                KeepAlivePingTimeout = PingTimeout,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                MaxConnectionsPerServer = options.MaxConnections,
                PooledConnectionIdleTimeout = IdleConnection,
                PooledConnectionLifetime = ConnectionLifetime,
                UseCookies = false,
            }
        );
        var tokens = new Tokens();
        Documents = new RestDocumentStore(
            Api(GoogleService.Firestore(options.Emulators.Documents)),
            deployment,
            tokens,
            Counters,
            options.Time
        );
        Messages = new GoogleRestMessages(Api(GoogleService.PubSub(options.Emulators.Messages)), deployment, Counters);
        Objects = new RestObjectStore(
            Api(GoogleService.Storage(options.Emulators.Objects)),
            deployment,
            tokens,
            Counters,
            options.UploadChunkBytes
        );

        GoogleApi Api(GoogleService service) =>
            new(
                service,
                _http,
                service.IsEmulator
                    ? new EmulatorSigner(asOwner: service.HostVariable == EmulatorHosts.DocumentsVariable)
                    : new ApplicationDefaultSigner(service.Scope),
                deployment.Project,
                options.Retry,
                options.Time,
                jitter,
                options.Loggers?.CreateLogger<GoogleRestStores>() ?? NullLogger<GoogleRestStores>.Instance
            );
    }

    /// <summary>Documents, in Firestore.</summary>
    public IDocumentStore Documents { get; }

    /// <summary>Objects, in Cloud Storage.</summary>
    public IObjectStore Objects { get; }

    /// <summary>Topics and pulled subscriptions, in Pub/Sub.</summary>
    public GoogleRestMessages Messages { get; }

    /// <summary>Counts the operations of all three.</summary>
    public OperationCounters Counters { get; }

    /// <summary>Closes the connections; calls under way fail.</summary>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
