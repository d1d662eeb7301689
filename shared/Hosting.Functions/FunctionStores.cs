using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.GoogleCloud;
using Nocturne.Adapters.GoogleRest;
using Nocturne.Ports;

namespace Nocturne.Hosting.Functions;

/// <summary>The ports of a deployed function, by the adapter that its settings name.</summary>
internal sealed class FunctionStores(
    IDocumentStore documents,
    IObjectStore objects,
    IEventPublisher messages,
    OperationCounters counters,
    IAsyncDisposable owner
) : IAsyncDisposable
{
    public IDocumentStore Documents => documents;

    public IObjectStore Objects => objects;

    public IEventPublisher Messages => messages;

    public OperationCounters Counters => counters;

    /// <summary>Makes them; nothing is sent before the first use.</summary>
    public static FunctionStores Open(FunctionSettings settings, TimeProvider time, ILoggerFactory loggers) =>
        settings.Adapter switch
        {
            StoreAdapter.GoogleCloud => OpenGoogleCloud(settings, time, loggers),
            StoreAdapter.GoogleRest => OpenGoogleRest(settings, time, loggers),
            var other => throw new InvalidOperationException($"There is no adapter {other}."),
        };

    public ValueTask DisposeAsync() => owner.DisposeAsync();

    // Methods of their own, so that the libraries of the other one are not even loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FunctionStores OpenGoogleCloud(FunctionSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        var stores = new GoogleCloudStores(
            settings.Deployment,
            new GoogleCloudOptions
            {
                Emulators = settings.Emulators,
                Time = time,
                Loggers = loggers,
            }
        );
        return new(stores.Documents, stores.Objects, stores.Messages, stores.Counters, stores);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FunctionStores OpenGoogleRest(FunctionSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        var stores = new GoogleRestStores(
            settings.Deployment,
            new GoogleRestOptions
            {
                Emulators = settings.Emulators,
                Time = time,
                Loggers = loggers,
            }
        );
        return new(stores.Documents, stores.Objects, stores.Messages, stores.Counters, stores);
    }
}
