namespace Nocturne.Recommending;

/// <summary>Fits <see cref="ListeningMixture"/>.</summary>
public sealed class ListeningMixtureFamily : ModelFamily
{
    private static readonly HyperParameter Horizon = new("horizon_hours", 24, 6, 72, true);
    private static readonly HyperParameter Prior = new("prior_cases", 40, 5, 400, true);

    /// <inheritdoc/>
    public override string Name => "listening-mixture";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Horizon, Prior];

    /// <inheritdoc/>
    public override string? Unsuited(TrainingData data) =>
        data.Matrix.HasPlays ? null : "A mixture of listening needs to know when listeners played what they played.";

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new ListeningMixtureOptions
        {
            HorizonHours = (float)values[Horizon],
            PriorCases = (float)values[Prior],
        };
        return ListeningMixture.Fit(data.Matrix, data.Artists, options, workers, cancellation);
    }
}
