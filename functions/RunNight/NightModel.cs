using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Recommending;

namespace Nocturne.RunNight;

/// <summary>A run's catalogue and models as they are stored.</summary>
internal sealed record NightModel(
    Catalogue Catalogue,
    RecommendationModel Taste,
    ItemNeighbours Neighbours,
    Popularity Popularity
)
{
    public const string TasteName = "taste";
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
            await ReadModelAsync(objects, NightObjects.Model(run, TasteName), cancellationToken),
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
