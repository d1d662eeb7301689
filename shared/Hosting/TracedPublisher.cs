using System.Diagnostics;
using Nocturne.Ports;

namespace Nocturne.Hosting;

/// <summary>
/// Publishes inside a span, and sends its context along in <see cref="TraceContext.Attribute"/>, so that what becomes
/// of the messages belongs to the trace of whoever published them. A message that has a context keeps it.
/// </summary>
public sealed class TracedPublisher(IEventPublisher publisher) : IEventPublisher
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    ) =>
        NocturneTelemetry.Activities.HasListeners() || Activity.Current is not null
            ? PublishTracedAsync(topic, messages, cancellationToken)
            : publisher.PublishAsync(topic, messages, cancellationToken);

    private async ValueTask<IReadOnlyList<string>> PublishTracedAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        using var span = NocturneTelemetry.Activities.StartActivity($"send {topic}", ActivityKind.Producer);
        span?.SetTag("messaging.system", "gcp_pubsub");
        span?.SetTag("messaging.destination.name", topic);
        span?.SetTag("messaging.batch.message_count", messages.Count);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } traceparent })
        {
            messages = [.. messages.Select(message => TraceContext.With(message, traceparent))];
        }
        try
        {
            return await publisher.PublishAsync(topic, messages, cancellationToken);
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }
}
