using System.Globalization;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack.Emulated;

/// <summary>
/// Writes the messages of a Cloud Storage subscription to its bucket, as Pub/Sub does and its emulator does not: a
/// line a message, in files by day of arrival, acknowledged once the file is written.
/// </summary>
internal sealed partial class ArchiveDrain
{
    private const string ContentType = "application/x-ndjson";
    private const int MaxPerPull = 1_000; // Pub/Sub's
    private const long MaxFileBytes = 16 << 20; // in memory until it is written

    // A single machine's user looks at the archive at once.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(5);

    // Between an empty answer and the next question; shorter while somebody waits for the archive.
    private static readonly TimeSpan IdlePause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FlushPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(1);

    private readonly Subscription _subscription;
    private readonly Delivery.CloudStorage _target;
    private readonly ISubscriptionReader _reader;
    private readonly IObjectStore _objects;
    private readonly MessageTracker _tracker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    // The open file: one loop alone uses them.
    private readonly Dictionary<string, PulledMessage> _open = new(StringComparer.Ordinal);
    private long _openBytes;
    private long _openedAt;

    private volatile bool _isFlushing;
    private volatile string? _failure;
    private TaskCompletionSource? _flushed; // guarded by itself being exchanged
    private Task _task = Task.CompletedTask;

    public ArchiveDrain(
        Subscription subscription,
        Delivery.CloudStorage target,
        ISubscriptionReader reader,
        IObjectStore objects,
        MessageTracker tracker,
        TimeProvider time,
        ILogger logger
    )
    {
        _subscription = subscription;
        _target = target;
        _reader = reader;
        _objects = objects;
        _tracker = tracker;
        _time = time;
        _logger = logger;
    }

    /// <summary>Why the latest attempt failed; null if it did not.</summary>
    public string? Failure => _failure;

    public void Start() => _task = Task.Run(RunAsync);

    /// <summary>Has files closed as soon as nothing more comes, until <see cref="EndFlush"/>.</summary>
    public void BeginFlush() => _isFlushing = true;

    public void EndFlush() => _isFlushing = false;

    /// <summary>Completes when everything that waits now is in the bucket.</summary>
    public Task EmptiedAsync(CancellationToken cancellationToken)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var flushed = Interlocked.CompareExchange(ref _flushed, mine, null) ?? mine;
        return flushed.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what is open and ends; what was not pulled stays with the emulator.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _task;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await StepAsync();
                _failure = null;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is StoreUnavailableException or LimitExceededException)
            {
                _failure = e.Message;
                LogFailed(_subscription.Name, e);
                await Task.Delay(FailurePause, _time, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        try
        {
            await WriteAsync();
        }
        catch (StoreUnavailableException e)
        {
            LogFailed(_subscription.Name, e); // not acknowledged: they come again
        }
    }

    private async Task StepAsync()
    {
        var waiter = Volatile.Read(ref _flushed);
        var pulled = await _reader.PullAsync(_subscription.Name, MaxPerPull, _stopping.Token);
        foreach (var message in pulled)
        {
            _openedAt = _open.Count == 0 ? _time.GetTimestamp() : _openedAt;
            _openBytes += _open.ContainsKey(message.Id) ? 0 : message.Data.Length + 1;
            _open[message.Id] = message; // again: the later delivery's acknowledgement is the one that counts
        }
        var isEmpty = pulled.Count == 0;
        if (
            _openBytes >= Math.Min(MaxFileBytes, _target.MaxBytes)
            || (_open.Count > 0 && _time.GetElapsedTime(_openedAt) >= MaxDuration)
            || (_isFlushing && isEmpty)
        )
        {
            await WriteAsync();
        }
        if (isEmpty && _open.Count == 0 && waiter is not null)
        {
            Interlocked.CompareExchange(ref _flushed, null, waiter);
            waiter.TrySetResult();
        }
        if (isEmpty)
        {
            await Task.Delay(_isFlushing ? FlushPause : IdlePause, _time, _stopping.Token);
        }
    }

    private async Task WriteAsync()
    {
        foreach (var day in _open.Values.GroupBy(message => message.PublishTime.UtcDateTime.Date).ToList())
        {
            PulledMessage[] messages =
            [
                .. day.OrderBy(message => message.PublishTime).ThenBy(message => message.Id, StringComparer.Ordinal),
            ];
            await WriteFileAsync(messages);
            await _reader.AcknowledgeAsync(
                _subscription.Name,
                [.. messages.Select(message => message.AckId)],
                CancellationToken.None
            );
            foreach (var message in messages)
            {
                _open.Remove(message.Id);
                _openBytes -= message.Data.Length + 1;
            }
            _tracker.Handled(_subscription.Name, messages.Select(message => message.Id));
        }
    }

    private async Task WriteFileAsync(PulledMessage[] messages)
    {
        using var lines = new MemoryStream();
        foreach (var message in messages)
        {
            lines.Write(message.Data.Span);
            if (message.Data.Span is not [.., (byte)'\n'])
            {
                lines.WriteByte((byte)'\n');
            }
        }
        var first = messages[0].PublishTime.UtcDateTime;
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"dt={first:yyyy-MM-dd}/{first:HH_mm_ss}Z_{messages[0].Id}-{messages[^1].Id}"
        );
        for (var copy = 1; ; copy++)
        {
            // A file of that name exists where some of its messages were not acknowledged after it was written.
            var suffix = copy == 1 ? "" : "-" + copy.ToString(CultureInfo.InvariantCulture);
            var key = new ObjectKey(_target.Bucket, $"{name}{suffix}.ndjson");
            lines.Position = 0;
            try
            {
                await _objects.PutAsync(key, lines, ContentType, IfGeneration.Absent, CancellationToken.None);
                return;
            }
            catch (PreconditionFailedException)
            {
                LogExists(key.ToString());
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Messages of {Subscription} are not archived yet; they are tried again"
    )]
    private partial void LogFailed(string subscription, Exception failure);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Key} exists; the messages are written under another name")]
    private partial void LogExists(string key);
}
