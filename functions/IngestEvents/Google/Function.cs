using CloudNative.CloudEvents;
using Google.Cloud.Functions.Framework;
using Google.Cloud.Functions.Hosting;
using Google.Events.Protobuf.Cloud.PubSub.V1;
using Nocturne.Hosting.Functions;

namespace Nocturne.IngestEvents;

/// <summary>IngestEvents as the Functions Framework starts it.</summary>
[FunctionsStartup(typeof(Startup))]
public sealed class Function(IngestEndpoint endpoint) : ICloudEventFunction<MessagePublishedData>
{
    /// <inheritdoc/>
    public Task HandleAsync(CloudEvent cloudEvent, MessagePublishedData data, CancellationToken cancellationToken) =>
        endpoint.ForwardAsync(data, cancellationToken);
}
