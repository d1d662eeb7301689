using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Recommending;

namespace Nocturne.RunNight;

/// <summary>A run's catalogue and models as they are stored.</summary>
internal sealed record NightModel(Catalogue Catalogue, ItemNeighbours Neighbours, Popularity Popularity)
{
    public const string NeighboursName = "neighbours";
    public const string PopularityName = "popularity";

    private const int MaxLineBytes = 64 << 10;

    /// <summary>Reads a trained run's outputs.</summary>
    public static async ValueTask<NightModel> ReadAsync(
        IObjectStore objects,
        RunId run,
        CancellationToken cancellationToken
    ) =>
        new(
            new Catalogue([
                .. (await ReadCatalogueAsync(objects, run, cancellationToken)).Select(line => line.ToTrack()),
            ]),
            (ItemNeighbours)await ReadModelAsync(objects, NightObjects.Model(run, NeighboursName), cancellationToken),
            (Popularity)await ReadModelAsync(objects, NightObjects.Model(run, PopularityName), cancellationToken)
        );

    /// <summary>A run's catalogue, in item order.</summary>
    public static async ValueTask<List<CatalogueLine>> ReadCatalogueAsync(
        IObjectStore objects,
        RunId run,
        CancellationToken cancellationToken
    )
    {
        var lines = new List<CatalogueLine>();
        await using var content = await OpenAsync(objects, NightObjects.Catalogue(run), cancellationToken);
        await foreach (var line in Snapshots.Lines.ReadAsync(content.Stream, MaxLineBytes, cancellationToken))
        {
            lines.Add(CatalogueLine.Parse(line.Span));
        }
        return lines;
    }

    private static async ValueTask<RecommendationModel> ReadModelAsync(
        IObjectStore objects,
        ObjectKey key,
        CancellationToken cancellationToken
    )
    {
        await using var content = await OpenAsync(objects, key, cancellationToken);
        return RecommendationModel.Load(content.Stream);
    }

    private static async ValueTask<ObjectContent> OpenAsync(
        IObjectStore objects,
        ObjectKey key,
        CancellationToken cancellationToken
    ) =>
        await objects.OpenReadAsync(key, cancellationToken)
        ?? throw new InvalidDataException($"{key} is missing: an object of a run was deleted while it was needed.");
}

/// <summary>What composing asks of a night's models; one a worker, for it holds scratch memory.</summary>
internal sealed class NightTasteModel(NightModel model) : ITasteModel
{
    private readonly RecommendationScratch _scratch = new(model.Catalogue.Count);

    public int Items => model.Catalogue.Count;

    public ReadOnlySpan<int> Popular => model.Popularity.Ranking;

    public long ListenersOf(int item) => (long)model.Popularity.Counts[item];

    public ReadOnlySpan<int> NeighboursOf(int item) => model.Neighbours.NeighboursOf(item);

    public ReadOnlySpan<float> SimilaritiesOf(int item) => model.Neighbours.SimilaritiesOf(item);

    public int Candidates(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<int> excluded,
        Span<int> items,
        Span<float> scores
    ) => model.Neighbours.Top(new ListenerRow(seeds, weights), excluded, _scratch, items, scores);

    public int Explain(
        ReadOnlySpan<int> seeds,
        ReadOnlySpan<float> weights,
        int item,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    ) => model.Neighbours.Explain(new ListenerRow(seeds, weights), item, contributors, terms, out bias);
}
