using Microsoft.Extensions.Logging;
using Nocturne.Nights;
using Nocturne.Ports;

namespace Nocturne.Serve.Serving;

/// <summary>Holds the index of the published night; when the pointer moves, the next one is read beside it and takes its place whole.</summary>
/// <remarks>
/// Requests go on with the older night's meanwhile. Only the first one ever has to be waited for, for
/// <see cref="FirstLoadWait"/> at most. At most two indexes are in memory: the one in use and the one being read.
/// </remarks>
internal sealed partial class ServingIndexes(
    IObjectStore objects,
    PublishedPlaylists published,
    TimeProvider time,
    ILogger<ServingIndexes> logger
) : IDisposable
{
    /// <summary>Items of a catalogue: about 1.5 KiB each and two nights at once, so this is for an instance of 8 GiB.</summary>
    public const int MostItems = 2_000_000;

    // An app's patience; the instance goes on reading and answers who asks again.
    private static readonly TimeSpan FirstLoadWait = TimeSpan.FromSeconds(10);

    // A damaged run stays damaged: it is tried again at this pace, in case the store was.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stopping = new();

    // Guards _loading, _loadingRun and _failedAt; _current is replaced whole.
    private readonly Lock _gate = new();
    private volatile ServingIndex? _current;
    private Task? _loading;
    private string? _loadingRun;
    private long? _failedAt;

    /// <summary>The index of the published night or, until it is read, of the one before; null while there is none.</summary>
    /// <returns><see cref="ServingIndex.Empty"/> before the first night.</returns>
    /// <exception cref="StoreUnavailableException">Which night is published cannot be read.</exception>
    public async ValueTask<ServingIndex?> GetAsync(CancellationToken cancellationToken)
    {
        if (await published.ReadPointerAsync(cancellationToken) is not { } pointer)
        {
            return ServingIndex.Empty;
        }
        if (_current is { } current && current.Run == pointer.Run)
        {
            return current;
        }
        var loading = Load(pointer.Run);
        if (_current is null)
        {
            try
            {
                await loading.WaitAsync(FirstLoadWait, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
        return _current;
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    /// <summary>Begins to read a run unless it is being read, or failed a moment ago.</summary>
    private Task Load(string run)
    {
        lock (_gate)
        {
            if (_loading is { IsCompleted: false })
            {
                return _loading; // an earlier run's, maybe: the next request begins with the later one
            }
            if (_loadingRun == run && _failedAt is { } failed && time.GetElapsedTime(failed) < RetryAfter)
            {
                return Task.CompletedTask;
            }
            _loadingRun = run;
            _failedAt = null;
            var stopping = _stopping.Token;
            return _loading = Task.Run(() => ReadAsync(run, stopping), stopping);
        }
    }

    private async Task ReadAsync(string run, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            var index = await ServingIndex.ReadAsync(objects, RunId.Parse(run), MostItems, cancellationToken);
            _current = index;
            LogLoaded(logger, run, index.Catalogue.Count, (long)time.GetElapsedTime(began).TotalMilliseconds);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whatever is wrong with a run must not stop what is served of the one before.
            lock (_gate)
            {
                _failedAt = time.GetTimestamp();
            }
            LogFailed(logger, failure, run, _current?.Run ?? "none");
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Serving the model of run {Run}: {Items} items, read in {Milliseconds} ms"
    )]
    private static partial void LogLoaded(ILogger logger, string run, int items, long milliseconds);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The model of run {Run} cannot be read; the one of {Current} is served. It is tried again every 30 seconds"
    )]
    private static partial void LogFailed(ILogger logger, Exception failure, string run, string current);
}
