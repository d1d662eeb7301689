namespace Nocturne.Recommending;

/// <summary>Fits <see cref="BackOff"/>.</summary>
public sealed class BackOffFamily : ModelFamily
{
    private static readonly HyperParameter Days = new("days", 30, 0.25, 365, true);
    private static readonly HyperParameter Recency = new("recency_days", 90, 3, 3_650, true);
    private static readonly HyperParameter Listener = new("listener_prior", 5, 0.5, 100, true);
    private static readonly HyperParameter Segment = new("segment_prior", 500, 10, 10_000, true);

    /// <inheritdoc/>
    public override string Name => "back-off";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Days, Recency, Listener, Segment];

    /// <inheritdoc/>
    public override string? Unsuited(TrainingData data) =>
        data.Artists is null && data.Matrix.Segments == 0
            ? "There is nothing to back off from: neither the items' artists nor the listeners' segments are known."
            : null;

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new BackOffOptions
        {
            Affinity = PlayDecay.Exponential((float)values[Days]),
            Recency = PlayDecay.Exponential((float)values[Recency]),
            ListenerPrior = (float)values[Listener],
            SegmentPrior = (float)values[Segment],
        };
        return BackOff.Fit(data.Matrix, data.Artists, options);
    }
}
