using System.Runtime.InteropServices;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>A message to be delivered, for the <see cref="Attempt"/>-th time, counted from 1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PendingDelivery(Message Message, int Attempt);

/// <summary>Moves a subscription's messages on; both members are called under the gate and must not wait.</summary>
internal interface IDelivery
{
    /// <summary>There are new ready messages.</summary>
    void OnReady();

    /// <summary>Time has passed; returns the UTC ticks at which the delivery wants to be called again.</summary>
    long OnTimer(long nowTicks);
}

/// <summary>
/// What one subscription has still to deliver: ready messages in order of arrival, and those that wait for their next
/// attempt.
/// </summary>
/// <remarks>Every member is guarded by the gate of the <see cref="MessageLog"/>.</remarks>
internal sealed class SubscriptionQueue
{
    private readonly LocalPubSubOptions _options;
    private readonly Chaos? _chaos;
    private readonly Queue<PendingDelivery> _ready = new();
    private readonly PriorityQueue<PendingDelivery, long> _later = new(); // by UTC ticks

    public SubscriptionQueue(Subscription subscription, int bit, LocalPubSubOptions options)
    {
        Subscription = subscription;
        Bit = bit;
        _options = options;
        _chaos = subscription.Delivery is Topology.Delivery.Pull ? null : options.Chaos;
    }

    public Subscription Subscription { get; }

    /// <summary>The subscription's bit in <see cref="Message.Unacknowledged"/>.</summary>
    public int Bit { get; }

    /// <summary>Takes its messages, once started; null for a subscription that is pulled.</summary>
    public IDelivery? Delivery { get; set; }

    /// <summary>Messages that are not acknowledged, wherever they are.</summary>
    public long Backlog { get; set; }

    public long BacklogBytes { get; set; }

    public long Acknowledged { get; set; }

    public long Refused { get; set; }

    public long DeadLettered { get; set; }

    public bool HasReady => _ready.Count > 0;

    public long ReadyBytes { get; private set; }

    /// <summary>UTC ticks of the next message that becomes ready; <see cref="long.MaxValue"/> where none waits.</summary>
    public long NextDueTicks => _later.TryPeek(out _, out var due) ? due : long.MaxValue;

    public void Enqueue(PendingDelivery delivery)
    {
        _ready.Enqueue(delivery);
        ReadyBytes += delivery.Message.Length;
    }

    public void EnqueueAt(PendingDelivery delivery, long dueTicks) => _later.Enqueue(delivery, dueTicks);

    /// <summary>Puts a refused delivery off: pauses double from the topology's shortest to its longest, scaled.</summary>
    public void EnqueueAgain(PendingDelivery delivery, long nowTicks)
    {
        var least = Math.Max(_options.MinBackoff.Ticks, Subscription.MinBackoff.Ticks * _options.BackoffScale);
        var most = Math.Max(least, Subscription.MaxBackoff.Ticks * _options.BackoffScale);
        var pause = Math.Min(most, least * Math.Pow(2, delivery.Attempt - 1));
        EnqueueAt(delivery with { Attempt = delivery.Attempt + 1 }, nowTicks + (long)pause);
    }

    /// <summary>Moves what is due to the ready messages; returns whether there was any.</summary>
    public bool PromoteDue(long nowTicks)
    {
        var any = false;
        while (_later.TryPeek(out var delivery, out var due) && due <= nowTicks)
        {
            _later.Dequeue();
            if (IsPending(delivery.Message))
            {
                Enqueue(delivery);
                any = true;
            }
        }
        return any;
    }

    /// <summary>The next ready message; it stays there.</summary>
    public bool TryPeek(out PendingDelivery delivery)
    {
        while (_ready.TryPeek(out delivery))
        {
            if (IsPending(delivery.Message))
            {
                return true;
            }
            Drop();
        }
        return false;
    }

    /// <summary>Takes the next ready message, or another one where chaos has its way.</summary>
    public bool TryTake(long nowTicks, out PendingDelivery delivery)
    {
        while (TryPeek(out delivery))
        {
            Drop();
            if (_chaos is not null)
            {
                if (_ready.Count > 0 && _chaos.Strikes(Mishap.DeliveryReordered))
                {
                    Enqueue(delivery);
                    continue;
                }
                if (_chaos.Delay() is var delay && delay > TimeSpan.Zero)
                {
                    EnqueueAt(delivery, nowTicks + delay.Ticks);
                    continue;
                }
            }
            return true;
        }
        return false;
    }

    /// <summary>Whether the message is not acknowledged here.</summary>
    public bool IsPending(Message message) => (message.Unacknowledged & (1UL << Bit)) != 0;

    private void Drop() => ReadyBytes -= _ready.Dequeue().Message.Length;
}
