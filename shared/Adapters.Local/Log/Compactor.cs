using Microsoft.Extensions.Logging;

namespace Nocturne.Adapters.Local;

/// <summary>
/// Keeps a log's size in proportion to what is live in it, by dropping its oldest segments in the background.
/// </summary>
/// <remarks>
/// A log may hold twice its live bytes and <see cref="SlackSegments"/> segments: then a segment that is dropped holds
/// on average as much that is dead as is live, and every byte appended causes at most about one byte to be moved.
/// </remarks>
internal sealed partial class Compactor(SegmentedLog log, Func<long> liveBytes, FrameVisitor carry, ILogger logger)
    : IAsyncDisposable
{
    private const int SlackSegments = 2;

    // Guards that one task runs at a time, and that none starts after disposal.
    private readonly Lock _gate = new();
    private volatile bool _running;
    private volatile bool _stopping;
    private Task _task = Task.CompletedTask;

    /// <summary>Starts work if the log has grown too large; cheap enough to be called after every append.</summary>
    public void Consider()
    {
        if (_running || !IsNeeded())
        {
            return;
        }
        lock (_gate)
        {
            if (!_running && !_stopping)
            {
                _running = true;
                _task = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Lets the segment at work finish.</summary>
    public async ValueTask DisposeAsync()
    {
        Task task;
        lock (_gate)
        {
            _stopping = true;
            task = _task;
        }
        await task;
    }

    private bool IsNeeded() =>
        !_stopping
        && log.SegmentCount > 1
        && log.TotalBytes > (2 * liveBytes()) + ((long)SlackSegments * log.SegmentBytes);

    private async Task RunAsync()
    {
        try
        {
            while (IsNeeded() && await log.CompactOldestAsync(carry)) { }
            _running = false;
        }
        catch (Exception e)
        {
            // _running stays true: a segment that cannot be read is a matter for a person, not for a retry at every append.
            LogFailed(logger, e);
        }
    }

    [LoggerMessage(LogLevel.Error, "Compaction stopped; the log grows until the folder is opened again")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
