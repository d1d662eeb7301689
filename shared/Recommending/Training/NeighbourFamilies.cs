namespace Nocturne.Recommending;

/// <summary>Fits <see cref="ItemNeighbours"/>.</summary>
public sealed class ItemNeighboursFamily : ModelFamily
{
    private static readonly HyperParameter Neighbours = new("neighbours", 300, 50, 1_000, true, IsInteger: true);
    private static readonly HyperParameter Shrinkage = new("shrinkage", 1, 0.1, 20, true);

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

/// <summary>Fits <see cref="Rp3Beta"/>.</summary>
public sealed class Rp3BetaFamily : ModelFamily
{
    private static readonly HyperParameter Neighbours = new("neighbours", 300, 50, 1_000, true, IsInteger: true);
    private static readonly HyperParameter Alpha = new("alpha", 0.8, 0.4, 1.4);
    private static readonly HyperParameter Beta = new("beta", 0.35, 0, 0.8);

    /// <inheritdoc/>
    public override string Name => "rp3beta";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Neighbours, Alpha, Beta];

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new Rp3BetaOptions
        {
            Neighbours = values.Whole(Neighbours),
            Alpha = (float)values[Alpha],
            Beta = (float)values[Beta],
        };
        return Rp3Beta.Fit(data.Matrix, options, workers, cancellation);
    }
}
