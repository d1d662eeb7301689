using Microsoft.Extensions.Logging;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Serve.Search;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve;

/// <summary>What is answered from the published night's model within a request: what to play next, search, similar items, artists.</summary>
public sealed class Discovery : IDisposable
{
    private readonly ServingIndexes _indexes;
    private readonly ListenerStore _listeners;
    private readonly TimeProvider _time;

    // Bounds the threads that compose, and with them the scratch memory that composers hold.
    private readonly SemaphoreSlim _workers = new(Environment.ProcessorCount);

    /// <summary>Composes it.</summary>
    /// <param name="objects">Where nights lie.</param>
    /// <param name="published">Which night is published.</param>
    /// <param name="listeners">Profiles.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For when a night's model is taken into use, or cannot be.</param>
    public Discovery(
        IObjectStore objects,
        PublishedPlaylists published,
        ListenerStore listeners,
        TimeProvider time,
        ILoggerFactory logger
    )
    {
        _indexes = new ServingIndexes(objects, published, time, logger.CreateLogger<ServingIndexes>());
        _listeners = listeners;
        _time = time;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _indexes.Dispose();
        _workers.Dispose();
    }

    /// <summary>What a listener is to play now, by what they did up to this moment.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="after">What is taken for just played; null: what was.</param>
    /// <param name="tracks">How many are wanted, 1 to <see cref="NextComposer.MostTracks"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The list, and the run whose model it is by; null without one: then it is general.</returns>
    public async ValueTask<(NextList Next, string? Run)> NextAsync(
        ListenerId listener,
        ItemId? after,
        int tracks,
        CancellationToken cancellationToken
    )
    {
        var index = await _indexes.GetAsync(cancellationToken) ?? ServingIndex.Empty;
        var (taste, _) = await ProfileTaste.ReadAsync(_listeners, listener, cancellationToken);
        var now = Instant.From(_time.GetUtcNow());
        if (after is { } item)
        {
            var play = new RecentPlay(now, item, ItemKind.Track, null, IsStream: true, IsSkip: false);
            taste = taste with { RecentPlays = [play, .. taste.RecentPlays] };
        }
        await _workers.WaitAsync(cancellationToken);
        try
        {
            return (index.Compose(taste, now, tracks), index.Run);
        }
        finally
        {
            _workers.Release();
        }
    }

    /// <summary>The index of the published night; null while the first one is being read or cannot be.</summary>
    internal ValueTask<ServingIndex?> IndexAsync(CancellationToken cancellationToken) =>
        _indexes.GetAsync(cancellationToken);

    /// <summary>Searches, in a listener's taste where one is given.</summary>
    internal async ValueTask<SearchPage> SearchAsync(
        ServingIndex index,
        SearchRequest request,
        ListenerId? listener,
        CancellationToken cancellationToken
    )
    {
        var taste = SearchTaste.None;
        if (listener is { } who)
        {
            var (own, profile) = await ProfileTaste.ReadAsync(_listeners, who, cancellationToken);
            taste = SearchTaste.Of(own, profile, index);
        }
        await _workers.WaitAsync(cancellationToken);
        try
        {
            return index.Search.Find(request, taste);
        }
        finally
        {
            _workers.Release();
        }
    }
}
