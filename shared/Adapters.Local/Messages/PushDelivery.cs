using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>
/// Pushes a subscription's messages to an endpoint by a bounded number of loops, each with one delivery at a time.
/// Loops start while messages are ready and end when there are none.
/// </summary>
internal sealed partial class PushDelivery : IDelivery
{
    // A loop whose endpoint answers at once gives the thread back after this many messages.
    private const int MessagesPerTurn = 64;

    private static readonly TimeSpan CancelledTimeout = TimeSpan.FromSeconds(1);

    private static readonly FrozenDictionary<string, string> Headers = new Dictionary<string, string>(
        StringComparer.OrdinalIgnoreCase
    )
    {
        ["Content-Type"] = "application/json",
        ["User-Agent"] = "CloudPubSub-Google",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly MessageBroker _broker;
    private readonly SubscriptionQueue _queue;
    private readonly PushEndpoint _endpoint;
    private readonly LocalPubSubOptions _options;
    private readonly OperationCounters _counters;

    // Guarded by the broker's gate.
    private Attempt? _oldest; // of the deliveries under way, linked by their deadlines
    private Attempt? _newest;
    private long _outstandingBytes;
    private int _loops; // without those whose delivery is overdue: their place is free again
    private bool _starting; // a loop is on its way, and has not taken its first message
    private TaskCompletionSource? _stopped;

    public PushDelivery(
        MessageBroker broker,
        SubscriptionQueue queue,
        PushEndpoint endpoint,
        LocalPubSubOptions options,
        OperationCounters counters
    )
    {
        _broker = broker;
        _queue = queue;
        _endpoint = endpoint;
        _options = options;
        _counters = counters;
    }

    private Subscription Subscription => _queue.Subscription;

    public void OnReady()
    {
        if (!_starting && _stopped is null && _loops < _options.MaxOutstandingMessages && MayTake())
        {
            _starting = true;
            _loops++;
            ThreadPool.UnsafeQueueUserWorkItem(static delivery => _ = delivery.RunAsync(), this, preferLocal: false);
        }
    }

    public long OnTimer(long nowTicks)
    {
        while (_oldest is { } overdue && overdue.DueTicks <= nowTicks)
        {
            Unlink(overdue);
            overdue.IsOverdue = true;
            _loops--;
            _ = overdue.Cancellation.CancelAsync();
            LogOverdue(_options.Logger, overdue.Delivery.Message.Id, Subscription.Name, Subscription.AckDeadline);
            if (_broker.Refuse(_queue, overdue.Delivery))
            {
                var delivery = overdue.Delivery;
                _ = Task.Run(() => GiveUpAsync(delivery));
            }
            OnReady();
        }
        return _oldest?.DueTicks ?? long.MaxValue;
    }

    /// <summary>Takes no more messages, and waits for the deliveries under way; cancels them after a while.</summary>
    public async Task StopAsync()
    {
        Task stopped;
        lock (_broker.Gate)
        {
            _stopped ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            EndIfLast();
            stopped = _stopped.Task;
        }
        try
        {
            await stopped.WaitAsync(_options.StopTimeout, _options.Time);
        }
        catch (TimeoutException)
        {
            lock (_broker.Gate)
            {
                for (var attempt = _oldest; attempt is not null; attempt = attempt.Next)
                {
                    _ = attempt.Cancellation.CancelAsync();
                }
            }
            await Task.WhenAny(stopped, Task.Delay(CancelledTimeout, _options.Time));
        }
    }

    private async Task RunAsync()
    {
        using var attempt = new Attempt(new PushEnvelope(Subscription.Name, Subscription.DeadLetter is not null));
        try
        {
            for (var served = 0; TryBegin(attempt, isFirst: served == 0); served++)
            {
                if (served % MessagesPerTurn == MessagesPerTurn - 1)
                {
                    await Task.Yield();
                }
                var accepted = await DeliverAsync(attempt);
                if (!TryEnd(attempt, accepted, out var isLast))
                {
                    return;
                }
                if (isLast)
                {
                    await _broker.DeadLetterAsync(_queue, attempt.Delivery);
                }
            }
        }
        catch (Exception e)
        {
            // The log cannot be read or written any more: what was taken stays unacknowledged for the next opening.
            LogFailed(_options.Logger, e, Subscription.Name);
            lock (_broker.Gate)
            {
                if (!attempt.IsOverdue)
                {
                    if (attempt.IsLinked)
                    {
                        Unlink(attempt);
                    }
                    _loops--;
                    EndIfLast();
                }
            }
        }
    }

    private async ValueTask<bool> DeliverAsync(Attempt attempt)
    {
        if (attempt.Write(_broker.Log) is not { } body)
        {
            return true; // acknowledged meanwhile by another delivery of it
        }
        var message = attempt.Delivery.Message;
        var request = new PushRequest(Subscription.Name, Headers, body);
        _counters.CountDelivered(1, message.Length);
        try
        {
            var status =
                _options.Chaos is not null && _options.Chaos.Strikes(Mishap.DeliveryDuplicated)
                    ? await CallTwiceAsync(request, attempt.Cancellation.Token)
                    : await _endpoint(request, attempt.Cancellation.Token);
            if (IsAcknowledgement(status))
            {
                return _options.Chaos is null || !_options.Chaos.Strikes(Mishap.AcknowledgementLost);
            }
            LogRefused(_options.Logger, message.Id, Subscription.Name, status);
        }
        catch (Exception e)
        {
            LogThrew(_options.Logger, e, message.Id, Subscription.Name);
        }
        return false;
    }

    /// <summary>Has two deliveries under way at once, and waits for both; the answer is the worse one.</summary>
    private async Task<int> CallTwiceAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var first = Task.Run(() => _endpoint(request, cancellationToken).AsTask(), CancellationToken.None);
        var second = Task.Run(() => _endpoint(request, cancellationToken).AsTask(), CancellationToken.None);
        var answers = await Task.WhenAll(first, second);
        return Array.Find(answers, status => !IsAcknowledgement(status)) is var refusal && refusal != 0
            ? refusal
            : answers[0];
    }

    private static bool IsAcknowledgement(int status) => status is 102 or 200 or 201 or 202 or 204;

    /// <summary>Takes a message; false, and the loop is over, where none is ready.</summary>
    private bool TryBegin(Attempt attempt, bool isFirst)
    {
        lock (_broker.Gate)
        {
            if (isFirst)
            {
                _starting = false;
            }
            var now = _broker.NowTicks;
            if (_stopped is not null || !MayTake() || !_queue.TryTake(now, out var delivery))
            {
                _broker.Schedule(_queue.NextDueTicks);
                _loops--;
                EndIfLast();
                return false;
            }
            attempt.Delivery = delivery;
            attempt.DueTicks = now + Subscription.AckDeadline.Ticks;
            Link(attempt);
            _broker.Schedule(Math.Min(attempt.DueTicks, _queue.NextDueTicks));
            OnReady();
            return true;
        }
    }

    /// <summary>Settles a delivery; false where it was overdue, and its loop has lost its place.</summary>
    private bool TryEnd(Attempt attempt, bool accepted, out bool isLast)
    {
        lock (_broker.Gate)
        {
            isLast = false;
            if (attempt.IsOverdue)
            {
                return false;
            }
            Unlink(attempt);
            if (!accepted)
            {
                isLast = _broker.Refuse(_queue, attempt.Delivery);
            }
            else if (_queue.IsPending(attempt.Delivery.Message))
            {
                _broker.Acknowledge(_queue, [attempt.Delivery.Message]);
            }
            return true;
        }
    }

    private async Task GiveUpAsync(PendingDelivery delivery)
    {
        try
        {
            await _broker.DeadLetterAsync(_queue, delivery);
        }
        catch (Exception e)
        {
            LogFailed(_options.Logger, e, Subscription.Name);
        }
    }

    private bool MayTake() =>
        _queue.TryPeek(out var next)
        && (_outstandingBytes == 0 || _outstandingBytes + next.Message.Length <= _options.MaxOutstandingBytes);

    private void EndIfLast()
    {
        if (_loops == 0)
        {
            _stopped?.TrySetResult();
        }
    }

    private void Link(Attempt attempt)
    {
        attempt.Previous = _newest;
        attempt.Next = null;
        if (_newest is null)
        {
            _oldest = attempt;
        }
        else
        {
            _newest.Next = attempt;
        }
        _newest = attempt;
        attempt.IsLinked = true;
        _outstandingBytes += attempt.Delivery.Message.Length;
    }

    private void Unlink(Attempt attempt)
    {
        if (attempt.Previous is null)
        {
            _oldest = attempt.Next;
        }
        else
        {
            attempt.Previous.Next = attempt.Next;
        }
        if (attempt.Next is null)
        {
            _newest = attempt.Previous;
        }
        else
        {
            attempt.Next.Previous = attempt.Previous;
        }
        attempt.IsLinked = false;
        _outstandingBytes -= attempt.Delivery.Message.Length;
    }

    [LoggerMessage(LogLevel.Debug, "Message {Id} was answered {Status} by the endpoint of {Subscription}")]
    private static partial void LogRefused(ILogger logger, long id, string subscription, int status);

    [LoggerMessage(LogLevel.Warning, "The endpoint of {Subscription} failed on message {Id}")]
    private static partial void LogThrew(ILogger logger, Exception e, long id, string subscription);

    [LoggerMessage(
        LogLevel.Warning,
        "Message {Id} was not answered by the endpoint of {Subscription} within {Deadline}"
    )]
    private static partial void LogOverdue(ILogger logger, long id, string subscription, TimeSpan deadline);

    [LoggerMessage(LogLevel.Error, "Delivery on {Subscription} ended; it resumes when the folder is opened again")]
    private static partial void LogFailed(ILogger logger, Exception e, string subscription);

    /// <summary>One loop's delivery under way, with the buffers it reuses.</summary>
    private sealed class Attempt(PushEnvelope envelope) : IDisposable
    {
        private byte[] _record = [];

        public CancellationTokenSource Cancellation { get; } = new();

        public PendingDelivery Delivery { get; set; }

        public long DueTicks { get; set; }

        public Attempt? Previous { get; set; }

        public Attempt? Next { get; set; }

        public bool IsLinked { get; set; }

        /// <summary>Not answered in time: the message is somebody else's, and so is the loop's place.</summary>
        public bool IsOverdue { get; set; }

        /// <summary>The push's body; null where the message is acknowledged by all and gone.</summary>
        public ReadOnlyMemory<byte>? Write(MessageLog log)
        {
            var message = Delivery.Message;
            if (_record.Length < message.Length)
            {
                _record = new byte[message.Length];
            }
            return log.TryRead(message, _record)
                ? envelope.Write(message, _record.AsSpan(0, message.Length), Delivery.Attempt)
                : null;
        }

        public void Dispose() => Cancellation.Dispose();
    }
}
