namespace Nocturne.Recommending;

/// <summary>Fits <see cref="Popularity"/> by listeners.</summary>
public sealed class PopularityFamily : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "popularity";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [];

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    ) => Popularity.Fit(data.Matrix, PopularityMeasure.Listeners);
}
