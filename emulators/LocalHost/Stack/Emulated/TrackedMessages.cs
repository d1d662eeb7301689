using Nocturne.Hosting;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack.Emulated;

/// <summary>Publishes, and has the tracker know.</summary>
internal sealed class TrackedPublisher(IEventPublisher publisher, MessageTracker tracker, TimeProvider time)
    : IEventPublisher
{
    // The emulator holds messages in memory; an import goes at the pace of those who handle them.
    private const int MaxBacklog = 1_000;

    // A publisher waits no longer than this: a handler that publishes would otherwise wait for itself.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    public async ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        while (tracker.Backlog > MaxBacklog && time.GetElapsedTime(started) < MaxWait)
        {
            await Task.Delay(LookEvery, time, cancellationToken);
        }
        return await tracker.PublishAsync(topic, () => publisher.PublishAsync(topic, messages, cancellationToken));
    }
}

/// <summary>Receives for a function, and has the tracker know.</summary>
internal sealed class TrackedReceiver(string subscription, IPushReceiver receiver, MessageTracker tracker)
    : IPushReceiver
{
    public async ValueTask<int> ReceiveAsync(PushedMessage message, CancellationToken cancellationToken)
    {
        using var underWay = tracker.Begin(subscription, message.Id);
        var isHandled = false;
        try
        {
            var status = await receiver.ReceiveAsync(message, cancellationToken);
            isHandled = PushStatus.Acknowledges(status);
            return status;
        }
        finally
        {
            if (isHandled)
            {
                tracker.Handled(subscription, [message.Id]);
            }
            else
            {
                tracker.Refused(subscription, message.Id);
            }
        }
    }

    public ValueTask<int> RefuseAsync(ReadOnlyMemory<byte> body, string error, CancellationToken cancellationToken) =>
        receiver.RefuseAsync(body, error, cancellationToken);
}
