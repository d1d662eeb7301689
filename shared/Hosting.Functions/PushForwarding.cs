using Google.Events.Protobuf.Cloud.PubSub.V1;

namespace Nocturne.Hosting.Functions;

/// <summary>From the Functions Framework's event to a receiver.</summary>
public static class PushForwarding
{
    /// <summary>Hands over the message; returns once it is safe.</summary>
    /// <exception cref="PushNotAcknowledgedException">It is not: it has to come again.</exception>
    public static async Task ForwardAsync(
        this IPushReceiver receiver,
        MessagePublishedData data,
        CancellationToken cancellationToken
    )
    {
        var message = data.Message ?? new PubsubMessage();
        var status = await receiver.ReceiveAsync(
            new PushedMessage(
                message.MessageId,
                message.Data.Memory,
                new Dictionary<string, string>(message.Attributes, StringComparer.Ordinal),
                data.Subscription,
                DeliveryAttempt: 0 // not among the event's fields
            ),
            cancellationToken
        );
        if (!PushStatus.Acknowledges(status))
        {
            throw new PushNotAcknowledgedException(status);
        }
    }
}
