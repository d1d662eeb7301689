using Nocturne.Ports;
using Nocturne.Recommending;

namespace Nocturne.Nights;

/// <summary>Reads what training wrote: a run's catalogue and models, which lists and requests are answered by.</summary>
public static class RunObjects
{
    /// <summary>The model of tastes: <see cref="NightObjects.Model"/>'s name of it.</summary>
    public const string TasteName = "taste";

    /// <summary>The neighbours of items.</summary>
    public const string NeighboursName = "neighbours";

    /// <summary>How many listeners items have.</summary>
    public const string PopularityName = "popularity";

    private const int MaxLineBytes = 64 << 10;

    /// <summary>A run's catalogue, in item order.</summary>
    /// <param name="objects">The store.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="mostItems">How many items the reader has room for.</param>
    /// <exception cref="InvalidDataException">It is missing, or larger than there is room for.</exception>
    public static async ValueTask<List<CatalogueLine>> ReadCatalogueAsync(
        IObjectStore objects,
        RunId run,
        CancellationToken cancellationToken,
        int mostItems = int.MaxValue
    )
    {
        var lines = new List<CatalogueLine>();
        await using var content = await OpenAsync(objects, NightObjects.Catalogue(run), cancellationToken);
        await foreach (var line in Lines.ReadAsync(content.Stream, MaxLineBytes, cancellationToken))
        {
            if (lines.Count == mostItems)
            {
                throw new InvalidDataException(
                    $"The catalogue of {run} has more than the {mostItems} items that there is room for here."
                );
            }
            lines.Add(CatalogueLine.Parse(line.Span));
        }
        return lines;
    }

    /// <summary>A model of a run.</summary>
    /// <exception cref="InvalidDataException">It is missing.</exception>
    public static async ValueTask<RecommendationModel> ReadModelAsync(
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
