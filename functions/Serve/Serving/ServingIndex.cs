using System.Collections.Concurrent;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Recommending;
using Nocturne.Serve.Search;

namespace Nocturne.Serve.Serving;

/// <summary>A published night's catalogue and neighbours as requests are answered by. Immutable; replaced whole.</summary>
internal sealed class ServingIndex
{
    // Composers hold scratch memory in proportion to the catalogue; as many as ever worked at once, which Discovery bounds.
    private readonly ConcurrentBag<NextComposer> _composers = [];

    public ServingIndex(string? run, Catalogue catalogue, ItemNeighbours? neighbours, Popularity? popularity)
    {
        Run = run;
        Catalogue = catalogue;
        Neighbours = neighbours;
        Popularity = popularity;
        Artists = new ArtistTable(catalogue, ListenersOf);
        Search = new SearchIndex(this);
    }

    /// <summary>What there is before the first night: nothing but what listeners themselves played.</summary>
    public static ServingIndex Empty { get; } = new(null, new Catalogue([]), null, null);

    /// <summary>The night's run; null before the first.</summary>
    public string? Run { get; }

    public Catalogue Catalogue { get; }

    public ItemNeighbours? Neighbours { get; }

    public Popularity? Popularity { get; }

    public ArtistTable Artists { get; }

    public SearchIndex Search { get; }

    /// <summary>Reads a run's; the CPU's part is a second for 100,000 items, so not on a request's path.</summary>
    /// <param name="objects">The store.</param>
    /// <param name="run">The run.</param>
    /// <param name="mostItems">The largest catalogue that this instance's memory is meant for.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="InvalidDataException">Objects are missing, damaged, or too large.</exception>
    public static async Task<ServingIndex> ReadAsync(
        IObjectStore objects,
        RunId run,
        int mostItems,
        CancellationToken cancellationToken
    )
    {
        var lines = await RunObjects.ReadCatalogueAsync(objects, run, cancellationToken, mostItems);
        var catalogue = new Catalogue([.. lines.Select(line => line.ToTrack())]);
        lines.Clear();
        return new ServingIndex(
            run.ToString(),
            catalogue,
            (ItemNeighbours)
                await RunObjects.ReadModelAsync(
                    objects,
                    NightObjects.Model(run, RunObjects.NeighboursName),
                    cancellationToken
                ),
            (Popularity)
                await RunObjects.ReadModelAsync(
                    objects,
                    NightObjects.Model(run, RunObjects.PopularityName),
                    cancellationToken
                )
        );
    }

    /// <summary>How many listeners an item has.</summary>
    public long ListenersOf(int item) => Popularity is { } popularity ? (long)popularity.Counts[item] : 0;

    /// <summary>Works with a composer that nobody else is using.</summary>
    public NextList Compose(ListenerTaste taste, Domain.Instant now, int tracks)
    {
        if (!_composers.TryTake(out var composer))
        {
            composer = new NextComposer(Catalogue, new ServingTasteModel(this));
        }
        var list = composer.Compose(taste, now, tracks);
        _composers.Add(composer);
        return list;
    }
}

/// <summary>What composing asks of the served night: neighbours and popularity. One a worker, for it holds scratch memory.</summary>
internal sealed class ServingTasteModel(ServingIndex index) : ITasteModel
{
    private readonly RecommendationScratch _scratch = new(index.Catalogue.Count);

    public int Items => index.Catalogue.Count;

    public ReadOnlySpan<int> Popular => index.Popularity is { } popularity ? popularity.Ranking : [];

    public long ListenersOf(int item) => index.ListenersOf(item);

    public ReadOnlySpan<int> NeighboursOf(int item) =>
        index.Neighbours is { } neighbours ? neighbours.NeighboursOf(item) : [];

    public ReadOnlySpan<float> SimilaritiesOf(int item) =>
        index.Neighbours is { } neighbours ? neighbours.SimilaritiesOf(item) : [];

    public int Near(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<int> excluded,
        Span<int> items,
        Span<float> scores
    ) => index.Neighbours?.Top(new ListenerRow(seeds, weights), excluded, _scratch, items, scores) ?? 0;

    public int ExplainNear(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        int item,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    )
    {
        bias = 0;
        return index.Neighbours?.ExplainInOrder(new ListenerRow(seeds, weights), item, contributors, terms) ?? 0;
    }

    /// <summary>The model of whole tastes stays with the night: what is asked for now is near what is played.</summary>
    public int Rank(ListenerTaste taste, ReadOnlySpan<int> excluded, Span<int> items, Span<float> scores) => 0;

    public int ExplainRanked(int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        bias = 0;
        return 0;
    }
}
