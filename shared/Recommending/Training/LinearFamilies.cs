namespace Nocturne.Recommending;

/// <summary>Fits <see cref="Ease"/>.</summary>
public sealed class EaseFamily : ModelFamily
{
    // Lists of all items together: 320 MB. Few items keep what the options keep, many keep less each.
    private const int MostEntries = 40_000_000;
    private const int FewestNeighbours = 100;

    private static readonly HyperParameter Strength = new("regularization", 70, 10, 1_000, true);
    private static readonly HyperParameter Dropout = new("dropout", 0.75, 0, 0.9);
    private static readonly HyperParameter Penalty = new("popularity_penalty", 0.45, 0, 0.8);

    /// <inheritdoc/>
    public override string Name => "ease";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Strength, Dropout, Penalty];

    /// <inheritdoc/>
    public override string? Unsuited(TrainingData data) => Ease.Unsuited(data.Matrix, new EaseOptions());

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new EaseOptions();
        var room = Math.Max(MostEntries / Math.Max(data.Matrix.Items, 1), FewestNeighbours);
        options = options with
        {
            Regularization = (float)values[Strength],
            Dropout = (float)values[Dropout],
            PopularityPenalty = (float)values[Penalty],
            Neighbours = Math.Min(options.Neighbours, room),
        };
        return Ease.Fit(data.Matrix, options, workers, cancellation);
    }
}

/// <summary>Fits <see cref="GfCf"/>.</summary>
public sealed class GfCfFamily : ModelFamily
{
    private static readonly HyperParameter Dimensions = new("dimensions", 192, 32, 512, true, IsInteger: true);
    private static readonly HyperParameter LowPass = new("low_pass", 0.2, 0, 1);
    private static readonly HyperParameter ItemExponent = new("item_exponent", 0.5, 0.35, 0.65);

    /// <inheritdoc/>
    public override string Name => "gf-cf";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Dimensions, LowPass, ItemExponent];

    /// <inheritdoc/>
    public override string? Unsuited(TrainingData data) =>
        GfCf.Unsuited(data.Matrix, new GfCfOptions { Dimensions = (int)Dimensions.Most });

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new GfCfOptions
        {
            Dimensions = values.Whole(Dimensions),
            LowPass = (float)values[LowPass],
            ItemExponent = (float)values[ItemExponent],
            Seed = seed,
        };
        return GfCf.Fit(data.Matrix, options, workers, cancellation);
    }
}
