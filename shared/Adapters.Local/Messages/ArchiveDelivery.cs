using System.Globalization;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>
/// Writes a subscription's messages to a bucket, a line each, in files by their day of arrival. Messages stay in the
/// log until a file is due, and are acknowledged when it is durable.
/// </summary>
internal sealed partial class ArchiveDelivery : IDelivery
{
    private const string ContentType = "application/x-ndjson";

    private readonly MessageBroker _broker;
    private readonly SubscriptionQueue _queue;
    private readonly Delivery.CloudStorage _target;
    private readonly IObjectStore _objects;
    private readonly LocalPubSubOptions _options;
    private readonly OperationCounters _counters;
    private readonly long _durationTicks;
    private readonly SemaphoreSlim _signal = new(0);

    // Guarded by the broker's gate.
    private long _dueTicks = long.MaxValue; // when the ready messages are written; none are ready where it is not set
    private bool _stopping;
    private Task _task = Task.CompletedTask;

    public ArchiveDelivery(
        MessageBroker broker,
        SubscriptionQueue queue,
        Delivery.CloudStorage target,
        IObjectStore objects,
        LocalPubSubOptions options,
        OperationCounters counters
    )
    {
        _broker = broker;
        _queue = queue;
        _target = target;
        _objects = objects;
        _options = options;
        _counters = counters;
        _durationTicks = Math.Min(target.MaxDuration.Ticks, options.MaxArchiveDuration.Ticks);
    }

    public void Start() => _task = Task.Run(RunAsync);

    public void OnReady()
    {
        if (IsDue(_broker.NowTicks))
        {
            Signal();
        }
        else if (_dueTicks == long.MaxValue && _queue.HasReady)
        {
            _dueTicks = _broker.NowTicks + _durationTicks;
            _broker.Schedule(_dueTicks);
        }
    }

    public long OnTimer(long nowTicks)
    {
        if (IsDue(nowTicks))
        {
            Signal();
            return long.MaxValue;
        }
        return _dueTicks;
    }

    /// <summary>Writes what is ready and ends.</summary>
    public async Task StopAsync()
    {
        lock (_broker.Gate)
        {
            _stopping = true;
            Signal();
        }
        await _task;
    }

    private async Task RunAsync()
    {
        var stopping = false;
        while (!stopping)
        {
            await _signal.WaitAsync();
            while (TakeBatch(out stopping) is { Count: > 0 } batch)
            {
                try
                {
                    await WriteAsync(batch);
                }
                catch (Exception e)
                {
                    LogFailed(_options.Logger, e, batch.Count, _queue.Subscription.Name);
                    Refuse(batch);
                }
            }
        }
    }

    private bool IsDue(long nowTicks) =>
        _stopping
        || _dueTicks <= nowTicks
        || _queue.ReadyBytes >= _target.MaxBytes
        || (_queue.HasReady && _broker.IsDrainingArchives);

    private void Signal()
    {
        if (_signal.CurrentCount == 0)
        {
            _signal.Release();
        }
    }

    /// <summary>Takes messages of one day, up to a file's size, if a file is due.</summary>
    private List<PendingDelivery> TakeBatch(out bool stopping)
    {
        var batch = new List<PendingDelivery>();
        long bytes = 0;
        lock (_broker.Gate)
        {
            stopping = _stopping;
            var now = _broker.NowTicks;
            if (!IsDue(now))
            {
                return batch;
            }
            while (
                _queue.TryPeek(out var next)
                && (batch.Count == 0 || (IsSameDay(batch[0], next) && bytes + next.Message.Length <= _target.MaxBytes))
                && _queue.TryTake(now, out var taken)
            )
            {
                if (batch.Count > 0 && !IsSameDay(batch[0], taken))
                {
                    _queue.Enqueue(taken); // chaos gave another one than was next
                    break;
                }
                batch.Add(taken);
                bytes += taken.Message.Length;
            }
            if (!_queue.HasReady)
            {
                _dueTicks = long.MaxValue;
            }
            _broker.Schedule(_queue.NextDueTicks);
        }
        _counters.CountDelivered(batch.Count, bytes);
        return batch;
    }

    private async Task WriteAsync(List<PendingDelivery> batch)
    {
        var messages = batch.ConvertAll(d => d.Message);
        var first = messages.MinBy(m => m.Id)!;
        var last = messages.MaxBy(m => m.Id)!;
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"dt={first.PublishTime:yyyy-MM-dd}/{first.PublishTime:HH_mm_ss}Z_{first.Id:x}-{last.Id:x}"
        );
        for (var copy = 1; ; copy++)
        {
            // A file of that name exists where some of its messages were not acknowledged after it was written.
            var suffix = copy == 1 ? "" : "-" + copy.ToString(CultureInfo.InvariantCulture);
            var key = new ObjectKey(_target.Bucket, $"{name}{suffix}.ndjson");
            try
            {
                await using var content = new ArchiveStream(_broker.Log, messages);
                await _objects.PutAsync(key, content, ContentType, IfGeneration.Absent, CancellationToken.None);
                break;
            }
            catch (PreconditionFailedException)
            {
                LogExists(_options.Logger, key.ToString());
            }
        }
        if (_options.Chaos is not null && _options.Chaos.Strikes(Mishap.AcknowledgementLost))
        {
            Refuse(batch);
            return;
        }
        lock (_broker.Gate)
        {
            _broker.Acknowledge(_queue, [.. messages]);
        }
    }

    private void Refuse(List<PendingDelivery> batch)
    {
        lock (_broker.Gate)
        {
            foreach (var delivery in batch)
            {
                _broker.Refuse(_queue, delivery);
            }
        }
    }

    private static bool IsSameDay(PendingDelivery a, PendingDelivery b) =>
        a.Message.PublishTime.Date == b.Message.PublishTime.Date;

    [LoggerMessage(LogLevel.Warning, "A file of {Count} messages of {Subscription} was not written; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception e, int count, string subscription);

    [LoggerMessage(LogLevel.Debug, "{Object} exists; the messages are written under another name")]
    private static partial void LogExists(ILogger logger, string @object);
}
