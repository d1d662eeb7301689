namespace Nocturne.Recommending;

/// <summary>Fits <see cref="Popularity"/>: of late where plays have ages, of all time elsewhere.</summary>
public sealed class PopularityFamily : ModelFamily
{
    private static readonly HyperParameter HalfLife = new("half_life_days", 14, 1, 3_650, true);

    /// <inheritdoc/>
    public override string Name => "popularity";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [HalfLife];

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    ) => Popularity.Fit(data.Matrix, PopularityMeasure.Listeners, PlayDecay.Exponential((float)values[HalfLife]));
}

/// <summary>Makes <see cref="OwnPlays"/>.</summary>
public sealed class OwnPlaysFamily : ModelFamily
{
    // 1 for the power law, 0 for the exponential, of which the exponent says nothing.
    private static readonly HyperParameter IsPowerLaw = new("power_law", 1, 0, 1, IsInteger: true);
    private static readonly HyperParameter Days = new("days", 1, 0.05, 60, true);
    private static readonly HyperParameter Exponent = new("exponent", 1, 0.25, 3, true);

    /// <inheritdoc/>
    public override string Name => "own-plays";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [IsPowerLaw, Days, Exponent];

    /// <inheritdoc/>
    public override string? Unsuited(TrainingData data) =>
        data.Matrix.HasPlays ? null : "Own plays need to know when listeners played what they played.";

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var decay =
            values.Whole(IsPowerLaw) == 0
                ? PlayDecay.Exponential((float)values[Days])
                : PlayDecay.PowerLaw((float)values[Days], (float)values[Exponent]);
        return new OwnPlays(data.Matrix.Items, decay);
    }
}

/// <summary>Fits <see cref="ArtistAffinity"/>.</summary>
public sealed class ArtistAffinityFamily : ModelFamily
{
    private static readonly HyperParameter Days = new("days", 0.25, 0.02, 30, true);
    private static readonly HyperParameter Exponent = new("exponent", 1, 0.25, 3, true);
    private static readonly HyperParameter Recency = new("recency_days", 90, 3, 3_650, true);
    private static readonly HyperParameter Damping = new("damping", 1, 0.25, 1.5);
    private static readonly HyperParameter Sharing = new("sharing", 0.35, 0, 1);

    /// <inheritdoc/>
    public override string Name => "artist-affinity";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } = [Days, Exponent, Recency, Damping, Sharing];

    /// <inheritdoc/>
    public override string? Unsuited(TrainingData data) =>
        data.Artists is null ? "Artists' affinity needs to know the items' artists." : null;

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new ArtistAffinityOptions
        {
            Affinity = PlayDecay.PowerLaw((float)values[Days], (float)values[Exponent]),
            Recency = PlayDecay.Exponential((float)values[Recency]),
            Damping = (float)values[Damping],
            Sharing = (float)values[Sharing],
        };
        var artists = data.Artists ?? throw new ArgumentException(Unsuited(data), nameof(data));
        return ArtistAffinity.Fit(data.Matrix, artists, options);
    }
}
