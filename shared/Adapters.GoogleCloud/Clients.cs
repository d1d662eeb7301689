using Google.Api.Gax;
using Google.Cloud.Firestore;
using Google.Cloud.PubSub.V1;
using Google.Cloud.Storage.V1;
using Grpc.Core;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>
/// Makes the clients. An emulator is an endpoint without credentials, so that no variable of the whole process decides;
/// for the services themselves the builders refuse if such a variable is set.
/// </summary>
internal static class Clients
{
    public static Task<FirestoreDb> FirestoreAsync(
        Deployment deployment,
        string? emulator,
        CancellationToken cancellationToken
    )
    {
        var builder = new FirestoreDbBuilder { ProjectId = deployment.Project, DatabaseId = deployment.Database };
        if (emulator is null)
        {
            builder.EmulatorDetection = EmulatorDetection.ProductionOnly;
        }
        else
        {
            builder.Endpoint = Authority(emulator);
            builder.ChannelCredentials = ChannelCredentials.Insecure;
        }
        return builder.BuildAsync(cancellationToken);
    }

    public static Task<PublisherServiceApiClient> PublisherAsync(string? emulator, CancellationToken cancellationToken)
    {
        var builder = new PublisherServiceApiClientBuilder();
        if (emulator is null)
        {
            builder.EmulatorDetection = EmulatorDetection.ProductionOnly;
        }
        else
        {
            builder.Endpoint = Authority(emulator);
            builder.ChannelCredentials = ChannelCredentials.Insecure;
        }
        return builder.BuildAsync(cancellationToken);
    }

    public static Task<SubscriberServiceApiClient> SubscriberAsync(
        string? emulator,
        CancellationToken cancellationToken
    )
    {
        var builder = new SubscriberServiceApiClientBuilder();
        if (emulator is null)
        {
            builder.EmulatorDetection = EmulatorDetection.ProductionOnly;
        }
        else
        {
            builder.Endpoint = Authority(emulator);
            builder.ChannelCredentials = ChannelCredentials.Insecure;
        }
        return builder.BuildAsync(cancellationToken);
    }

    public static Task<StorageClient> StorageAsync(string? emulator, CancellationToken cancellationToken)
    {
        var builder = new StorageClientBuilder();
        if (emulator is null)
        {
            builder.EmulatorDetection = EmulatorDetection.ProductionOnly;
        }
        else
        {
            builder.BaseUri = $"http://{Authority(emulator)}/storage/v1/";
            builder.UnauthenticatedAccess = true;
        }
        return builder.BuildAsync(cancellationToken);
    }

    /// <summary><c>host:port</c>, also of an address: STORAGE_EMULATOR_HOST is by custom given as one.</summary>
    private static string Authority(string emulator) =>
        emulator.Contains("://", StringComparison.Ordinal) ? new Uri(emulator).Authority : emulator;
}

/// <summary>A client that is made at its first use; a failure to make it is forgotten.</summary>
internal sealed class LazyClient<T>(Func<CancellationToken, Task<T>> make)
    where T : class
{
    // One caller at a time makes it.
    private readonly SemaphoreSlim _turn = new(1);
    private volatile T? _client;

    /// <summary>The client, if it has been made.</summary>
    public T? Existing => _client;

    /// <exception cref="StoreUnavailableException">There are no credentials.</exception>
    public async ValueTask<T> GetAsync(CancellationToken cancellationToken)
    {
        if (_client is { } existing)
        {
            return existing;
        }
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return _client ??= await make(cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw new StoreUnavailableException(
                $"A client cannot be made: {e.Message} Run `gcloud auth application-default login`, set "
                    + "GOOGLE_APPLICATION_CREDENTIALS, or run as a service account. For emulators set "
                    + "FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and STORAGE_EMULATOR_HOST instead.",
                e
            );
        }
        finally
        {
            _turn.Release();
        }
    }
}
