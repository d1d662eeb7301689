namespace Nocturne.Recommending;

/// <summary>Fits <see cref="ImplicitAls"/>.</summary>
/// <remarks>
/// What is searched has no unit, so that one default serves matrices of any shape and a slice's best is the whole's.
/// <para>
/// α0 is a multiple of the square root of the matrix's density: published best values (Rendle et al. 2021) and ours lie
/// within a factor of two of it, from 0.02 where one pair in two thousand is observed to 0.1 where one in a hundred is.
/// </para>
/// <para>
/// λ: a dimension whose singular value in the (frequency-scaled) matrix is below λ vanishes, as with a nuclear norm.
/// Singular values of a matrix of as many entries without any structure end at about √(entries / items) +
/// √(entries / listeners), so the strength is where between 0 and that edge the threshold lies.
/// </para>
/// </remarks>
public sealed class AlsFamily : ModelFamily
{
    private const int Epochs = 10;
    private const int LeastDimensions = 64;
    private const int MostDimensions = 512;

    // Vectors of the day before need a third of the epochs to be as good as new ones.
    private const int WarmEpochs = 3;

    private static readonly HyperParameter Unobserved = new("unobserved", 1, 0.1, 10, true);
    private static readonly HyperParameter Penalty = new("popularity_penalty", 0.05, 0, 0.15);
    private static readonly HyperParameter Exponent = new("frequency_exponent", 1, 0.5, 1);

    private readonly HyperParameter _dimensions;
    private readonly HyperParameter _strength;

    /// <summary>The one that is best alone.</summary>
    public AlsFamily()
        : this("als", 256, 0.4) { }

    private AlsFamily(string name, int dimensions, double strength, int most = MostDimensions)
    {
        Name = name;
        _dimensions = new(
            "dimensions",
            Math.Min(dimensions, most),
            Math.Min(LeastDimensions, most),
            most,
            true,
            IsInteger: true
        );
        _strength = new("strength", strength, 0.15, 1, true);
        Parameters = [_dimensions, Unobserved, _strength, Penalty, Exponent];
    }

    /// <summary>
    /// Fewer dimensions, regularised less: it fits what the other lets vanish, and beside it in a blend is worth more
    /// than another seed of it.
    /// </summary>
    public static AlsFamily Loose { get; } = new("als-loose", 128, 0.25);

    /// <summary>The same with no more dimensions: where many listeners are scored, time grows with them.</summary>
    public AlsFamily WithAtMost(int dimensions) =>
        new(Name, (int)_dimensions.Default, _strength.Default, Math.Min(dimensions, (int)_dimensions.Most));

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; }

    /// <summary>The options that values mean for a matrix.</summary>
    public AlsOptions OptionsFor(InteractionMatrix matrix, HyperParameters values, int seed)
    {
        var entries = (double)Math.Max(matrix.Count, 1);
        var perListener = entries / Math.Max(matrix.Listeners, 1);
        var perItem = entries / Math.Max(matrix.Items, 1);
        var unobserved = values[Unobserved] * Math.Sqrt(perListener / Math.Max(matrix.Items, 1));
        var exponent = (float)values[Exponent];
        var edge = Math.Sqrt(perListener) + Math.Sqrt(perItem);
        // The two sides' typical frequencies; the threshold is on their geometric mean.
        var frequencies = (perListener + (unobserved * matrix.Items)) * (perItem + (unobserved * matrix.Listeners));
        return new AlsOptions
        {
            Dimensions = values.Whole(_dimensions),
            Epochs = Epochs,
            UnobservedWeight = (float)unobserved,
            Regularization = (float)(values[_strength] * edge / Powers.Of(Math.Sqrt(frequencies), exponent)),
            FrequencyExponent = exponent,
            PopularityPenalty = (float)values[Penalty],
            Seed = seed,
        };
    }

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = OptionsFor(data.Matrix, values, seed);
        var start = data.Start?.Vectors(options);
        options = start is null ? options : options with { Epochs = WarmEpochs };
        var model = ImplicitAls.Fit(data.Matrix, options, workers, start, cancellation: cancellation);
        return data.Features is { } features
            ? model.WithDescribedItems(
                features,
                FeatureMapping.Fit(features, model.Vectors, workers: workers, cancellation: cancellation)
            )
            : model;
    }
}
