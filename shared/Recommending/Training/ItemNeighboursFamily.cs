namespace Nocturne.Recommending;

/// <summary>Fits <see cref="ItemNeighbours"/>.</summary>
public sealed class ItemNeighboursFamily : ModelFamily
{
    private static readonly HyperParameter Neighbours = new("neighbours", 200, 20, 1_000, true, IsInteger: true);
    private static readonly HyperParameter Shrinkage = new("shrinkage", 2, 0.1, 100, true);

    /// <inheritdoc/>
    public override string Name => "item-knn";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Neighbours, Shrinkage];

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new ItemNeighboursOptions
        {
            Neighbours = values.Whole(Neighbours),
            Shrinkage = (float)values[Shrinkage],
        };
        return ItemNeighbours.Fit(data.Matrix, options, workers, cancellation);
    }
}
