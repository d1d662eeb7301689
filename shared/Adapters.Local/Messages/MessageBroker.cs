using System.Globalization;
using Microsoft.Extensions.Logging;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>
/// Moves messages between the log and the subscriptions' queues: what is published becomes ready, what is refused
/// waits, what is acknowledged or given up leaves.
/// </summary>
internal sealed partial class MessageBroker : IAsyncDisposable
{
    private readonly MessageLog _log;
    private readonly LocalPubSubOptions _options;
    private readonly ITimer _timer;

    // Guarded by the log's gate.
    private readonly SubscriptionQueue[] _queues;
    private long _timerTicks = long.MaxValue; // when the timer fires
    private TaskCompletionSource? _room; // of who waits for a backlog to shrink to its bound
    private TaskCompletionSource? _idle; // of who waits for a backlog to end
    private int _drainers;

    public MessageBroker(string folder, LocalPubSubOptions options)
    {
        _options = options;
        _log = new MessageLog(folder, options);
        _queues = [.. options.Subscriptions.Select((s, bit) => new SubscriptionQueue(s, bit, options))];
        _timer = options.Time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var live = _log.Live;
        foreach (var message in live)
        {
            CountBacklog(message);
        }
        MakeReady(live.ToArray());
    }

    /// <summary>Guards the queues and everything that <see cref="IDelivery"/> implementations share with them.</summary>
    public Lock Gate => _log.Gate;

    public MessageLog Log => _log;

    public ReadOnlySpan<SubscriptionQueue> Queues => _queues;

    public long NowTicks => _options.Time.GetUtcNow().UtcTicks;

    /// <summary>Whether somebody waits for the archives and nothing is left to push; call it under <see cref="Gate"/>.</summary>
    public bool IsDrainingArchives => _drainers > 0 && IsIdle(pushOnly: true);

    /// <summary>Counts published messages as backlog of their subscriptions, before they are ready.</summary>
    public void CountBacklog(ReadOnlySpan<Message> messages)
    {
        lock (Gate)
        {
            foreach (var message in messages)
            {
                CountBacklog(message);
            }
        }
    }

    /// <summary>Hands durable messages to the queues of their subscriptions.</summary>
    public void MakeReady(ReadOnlySpan<Message> messages)
    {
        lock (Gate)
        {
            var touched = 0UL;
            foreach (var message in messages)
            {
                touched |= message.Unacknowledged;
                foreach (var queue in _queues)
                {
                    if (queue.IsPending(message))
                    {
                        queue.Enqueue(new PendingDelivery(message, 1));
                    }
                }
            }
            foreach (var queue in _queues)
            {
                if ((touched & (1UL << queue.Bit)) != 0)
                {
                    queue.Delivery?.OnReady();
                }
            }
        }
        _log.ConsiderCompaction();
    }

    /// <summary>Records that a subscription is done with messages that were pending; call it under <see cref="Gate"/>.</summary>
    public void Acknowledge(SubscriptionQueue queue, ReadOnlySpan<Message> messages)
    {
        _log.Acknowledge(queue.Bit, messages);
        queue.Acknowledged += messages.Length;
        foreach (var message in messages)
        {
            Uncount(queue, message);
        }
    }

    /// <summary>
    /// Puts a delivery off after it was refused; true where that was the last attempt, and the caller has to call
    /// <see cref="DeadLetterAsync"/>. Call it under <see cref="Gate"/>.
    /// </summary>
    public bool Refuse(SubscriptionQueue queue, PendingDelivery delivery)
    {
        if (!queue.IsPending(delivery.Message))
        {
            return false; // another delivery of it was acknowledged meanwhile
        }
        queue.Refused++;
        if (queue.Subscription.DeadLetter is { } policy && delivery.Attempt >= policy.MaxAttempts)
        {
            return true;
        }
        queue.EnqueueAgain(delivery, NowTicks);
        Schedule(queue.NextDueTicks);
        return false;
    }

    /// <summary>Gives a message up: it goes to the dead-letter topic, with where it comes from as attributes.</summary>
    public async Task DeadLetterAsync(SubscriptionQueue queue, PendingDelivery delivery)
    {
        var (message, policy) = (delivery.Message, queue.Subscription.DeadLetter!);
        var record = new byte[message.Length];
        if (!_log.TryRead(message, record))
        {
            return;
        }
        var (original, dataStart) = MessageRecord.Read(record);
        var attributes = new Dictionary<string, string>(original, StringComparer.Ordinal)
        {
            ["CloudPubSubDeadLetterSourceSubscription"] = queue.Subscription.Name,
            ["CloudPubSubDeadLetterSourceSubscriptionProject"] = "local",
            ["CloudPubSubDeadLetterSourceDeliveryCount"] = delivery.Attempt.ToString(CultureInfo.InvariantCulture),
            ["CloudPubSubDeadLetterSourceTopicPublishTime"] = message.PublishTime.ToString(
                "O",
                CultureInfo.InvariantCulture
            ),
        };
        Message copy;
        Task durable;
        lock (Gate)
        {
            if (!queue.IsPending(message))
            {
                return;
            }
            (copy, durable) = _log.MoveToDeadLetters(
                message,
                queue.Bit,
                policy.Topic,
                PublishTicks(),
                record.AsSpan(dataStart),
                attributes
            );
            CountBacklog(copy);
            queue.DeadLettered++;
        }
        LogDeadLettered(_options.Logger, message.Id, queue.Subscription.Name, delivery.Attempt, policy.Topic);
        await durable;
        MakeReady([copy]);
        lock (Gate)
        {
            Uncount(queue, message); // last, so that who drains finds the copy where it is pulled
        }
    }

    /// <summary>Has the timer fire by then; call it under <see cref="Gate"/>.</summary>
    public void Schedule(long dueTicks)
    {
        if (dueTicks < _timerTicks)
        {
            _timerTicks = dueTicks;
            _timer.Change(TimeSpan.FromTicks(Math.Max(0, dueTicks - NowTicks)), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The time of publishing, in whole milliseconds.</summary>
    public long PublishTicks()
    {
        var now = NowTicks;
        return now - (now % TimeSpan.TicksPerMillisecond);
    }

    /// <summary>
    /// Whether a subscription of the topic that is pushed or archived has more waiting than the bound; gives what to
    /// wait for.
    /// </summary>
    public bool IsFull(string topic, out Task room)
    {
        lock (Gate)
        {
            foreach (var queue in _queues)
            {
                if (
                    queue.Delivery is not null
                    && queue.BacklogBytes > _options.MaxBacklogBytes
                    && queue.Subscription.Topic == topic
                )
                {
                    room = WaitFor(ref _room);
                    return true;
                }
            }
            room = Task.CompletedTask;
            return false;
        }
    }

    /// <summary>Completes when no message is outstanding on any subscription that is pushed or archived.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            _drainers++;
        }
        try
        {
            while (true)
            {
                Task idle;
                lock (Gate)
                {
                    if (IsIdle(pushOnly: false))
                    {
                        break;
                    }
                    WakeArchives();
                    idle = WaitFor(ref _idle);
                }
                await idle.WaitAsync(cancellationToken);
            }
            await _log.FlushAsync();
        }
        finally
        {
            lock (Gate)
            {
                _drainers--;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _log.DisposeAsync();
    }

    private bool IsIdle(bool pushOnly)
    {
        foreach (var queue in _queues)
        {
            var counts = queue.Subscription.Delivery switch
            {
                Delivery.Push => true,
                Delivery.CloudStorage => !pushOnly,
                _ => false,
            };
            if (counts && queue.Backlog > 0)
            {
                return false;
            }
        }
        return true;
    }

    private void WakeArchives()
    {
        foreach (var queue in _queues)
        {
            if (queue.Delivery is ArchiveDelivery archive)
            {
                archive.OnReady();
            }
        }
    }

    private static Task WaitFor(ref TaskCompletionSource? source) =>
        (source ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private static void Wake(ref TaskCompletionSource? source)
    {
        source?.SetResult();
        source = null;
    }

    private void CountBacklog(Message message)
    {
        foreach (var queue in _queues)
        {
            if (queue.IsPending(message))
            {
                queue.Backlog++;
                queue.BacklogBytes += message.Length;
            }
        }
    }

    private void Uncount(SubscriptionQueue queue, Message message)
    {
        queue.Backlog--;
        queue.BacklogBytes -= message.Length;
        if (queue.Backlog == 0)
        {
            Wake(ref _idle);
        }
        if (queue.BacklogBytes <= _options.MaxBacklogBytes)
        {
            Wake(ref _room);
        }
    }

    private void OnTimer()
    {
        lock (Gate)
        {
            _timerTicks = long.MaxValue;
            var now = NowTicks;
            var next = long.MaxValue;
            foreach (var queue in _queues)
            {
                if (queue.PromoteDue(now))
                {
                    queue.Delivery?.OnReady();
                }
                next = Math.Min(next, queue.Delivery?.OnTimer(now) ?? long.MaxValue);
                next = Math.Min(next, queue.NextDueTicks);
            }
            if (next != long.MaxValue)
            {
                Schedule(next);
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Message {Id} of {Subscription} was given up after {Attempts} deliveries and is on {Topic} now"
    )]
    private static partial void LogDeadLettered(
        ILogger logger,
        long id,
        string subscription,
        int attempts,
        string topic
    );
}
