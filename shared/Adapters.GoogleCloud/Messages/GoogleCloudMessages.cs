using Google.Cloud.PubSub.V1;
using Google.Protobuf;
using Nocturne.Ports;
using Nocturne.Topology;
using TextEncoding = System.Text.Encoding;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>Topics and pulled subscriptions in Pub/Sub.</summary>
/// <remarks>
/// Through the clients of single calls: those that batch and stream in the background need a processor between
/// requests, which a function has not.
/// </remarks>
public sealed class GoogleCloudMessages : IEventPublisher, ISubscriptionReader
{
    // Pub/Sub takes 10 MB a request; what is added to a message's own bytes is well within the rest.
    private const int MaxRequestBytes = 9 << 20;

    // Pub/Sub takes 512 KiB of acknowledgement ids a request; one has some 200 bytes.
    private const int MaxAckIds = 1_000;

    private readonly LazyClient<PublisherServiceApiClient> _publisher;
    private readonly LazyClient<SubscriberServiceApiClient> _subscriber;
    private readonly Caller _caller;
    private readonly Deployment _deployment;
    private readonly OperationCounters _counters;

    internal GoogleCloudMessages(
        LazyClient<PublisherServiceApiClient> publisher,
        LazyClient<SubscriberServiceApiClient> subscriber,
        Caller caller,
        Deployment deployment,
        OperationCounters counters
    )
    {
        _publisher = publisher;
        _subscriber = subscriber;
        _caller = caller;
        _deployment = deployment;
        _counters = counters;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        var sizes = CheckedSizes(messages);
        var ids = new List<string>(messages.Count);
        for (var from = 0; from < messages.Count; )
        {
            var (to, bytes) = (from, 0L);
            while (to < messages.Count && (to == from || bytes + sizes[to] <= MaxRequestBytes))
            {
                bytes += sizes[to++];
            }
            ids.AddRange(await PublishOnceAsync(topic, messages.Skip(from).Take(to - from), cancellationToken));
            _counters.CountPublished(to - from, bytes);
            from = to;
        }
        return ids;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PulledMessage>> PullAsync(
        string subscription,
        int max,
        CancellationToken cancellationToken
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, PublishLimits.MaxMessagesPerCall);
        var client = await _subscriber.GetAsync(cancellationToken);
        var path = _deployment.SubscriptionPath(subscription);
        var response = await _caller.RequireAsync(
            "pull",
            subscription,
            deadline =>
#pragma warning disable CS0612, CS0618 // Obsolete for streams of messages; the port is asked for what is there, now.
                client.PullAsync(path, returnImmediately: true, max, Caller.Once(deadline.Token)),
#pragma warning restore CS0612, CS0618
            cancellationToken
        );
        var pulled = response
            .ReceivedMessages.Select(received => new PulledMessage(
                received.Message.MessageId,
                received.AckId,
                received.Message.Data.Memory,
                new Dictionary<string, string>(received.Message.Attributes, StringComparer.Ordinal),
                received.Message.PublishTime.ToDateTimeOffset()
            ))
            .ToArray();
        _counters.CountDelivered(pulled.Length, pulled.Sum(m => m.Data.Length + AttributeBytes(m.Attributes)));
        return pulled;
    }

    /// <inheritdoc/>
    public async ValueTask AcknowledgeAsync(
        string subscription,
        IReadOnlyCollection<string> ackIds,
        CancellationToken cancellationToken
    )
    {
        var client = await _subscriber.GetAsync(cancellationToken);
        var path = _deployment.SubscriptionPath(subscription);
        foreach (var chunk in ackIds.Chunk(MaxAckIds))
        {
            await _caller.RequireAsync(
                "acknowledge",
                subscription,
                async deadline =>
                {
                    await client.AcknowledgeAsync(path, chunk, Caller.Once(deadline.Token));
                    return true;
                },
                cancellationToken
            );
        }
    }

    private async Task<IEnumerable<string>> PublishOnceAsync(
        string topic,
        IEnumerable<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        var client = await _publisher.GetAsync(cancellationToken);
        var path = _deployment.TopicPath(topic);
        var outgoing = messages
            .Select(message => new PubsubMessage
            {
                Data = ByteString.CopyFrom(message.Data.Span),
                Attributes = { message.Attributes.ToDictionary(StringComparer.Ordinal) },
            })
            .ToArray();
        var outcome = await _caller.CallAsync(
            "publish",
            topic,
            deadline => client.PublishAsync(path, outgoing, Caller.Once(deadline.Token)),
            cancellationToken
        );
        return outcome.Fault switch
        {
            null => outcome.Value!.MessageIds,
            { Kind: FaultKind.NotFound } fault => throw new TopicNotFoundException(
                $"There is no topic {path}. `pulumi up` makes it; on an emulator, the runner.",
                fault.Cause
            ),
            { } fault => throw _caller.Refusal("publish", topic, fault),
        };
    }

    private static int[] CheckedSizes(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 0)
        {
            throw new ArgumentException("There is nothing to publish.", nameof(messages));
        }
        if (messages.Count > PublishLimits.MaxMessagesPerCall)
        {
            throw new LimitExceededException(
                $"The call has {messages.Count} messages; the limit is {PublishLimits.MaxMessagesPerCall}."
            );
        }
        return [.. messages.Select(CheckedSize)];
    }

    private static int CheckedSize(OutgoingMessage message)
    {
        const int MaxKeyBytes = 256;
        const int MaxValueBytes = 1024;
        foreach (var (key, value) in message.Attributes)
        {
            var (keyBytes, valueBytes) = (TextEncoding.UTF8.GetByteCount(key), TextEncoding.UTF8.GetByteCount(value));
            if (keyBytes is 0 or > MaxKeyBytes || valueBytes > MaxValueBytes)
            {
                throw new LimitExceededException(
                    $"The attribute '{key}' has {keyBytes} + {valueBytes} bytes; the limits are {MaxKeyBytes} and "
                        + $"{MaxValueBytes}."
                );
            }
        }
        var bytes = message.Data.Length + AttributeBytes(message.Attributes);
        return bytes <= PublishLimits.MaxMessageBytes
            ? bytes
            : throw new LimitExceededException(
                $"A message has {bytes} bytes; the limit is {PublishLimits.MaxMessageBytes}."
            );
    }

    private static int AttributeBytes(IReadOnlyDictionary<string, string> attributes) =>
        attributes.Sum(a => TextEncoding.UTF8.GetByteCount(a.Key) + TextEncoding.UTF8.GetByteCount(a.Value));
}
