namespace Nocturne.Recommending;

/// <summary>Fits <see cref="ImplicitAls"/>.</summary>
public sealed class AlsFamily : ModelFamily
{
    // Vectors of the day before need a third of the epochs to be as good as new ones.
    private const int WarmShare = 3;

    private static readonly HyperParameter Dimensions = new("dimensions", 64, 16, 256, true, IsInteger: true);
    private static readonly HyperParameter Epochs = new("epochs", 12, 4, 24, IsInteger: true);
    private static readonly HyperParameter Unobserved = new("unobserved_weight", 0.1, 0.01, 1, true);

    // λ·α0·columns is what a row's regularisation mostly is, so that product is what has a scale of its own.
    private static readonly HyperParameter Strength = new("strength", 3, 0.3, 30, true);
    private static readonly HyperParameter Exponent = new("frequency_exponent", 1, 0, 1);

    /// <inheritdoc/>
    public override string Name => "als";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; } =
    [Dimensions, Epochs, Unobserved, Strength, Exponent];

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var unobserved = values[Unobserved];
        var exponent = (float)values[Exponent];
        var shared = Powers.Of(Math.Max(unobserved * data.Matrix.Items, 1), exponent);
        var dimensions = values.Whole(Dimensions);
        var start = data.Start?.Vectors(dimensions);
        var epochs = values.Whole(Epochs);
        var options = new AlsOptions
        {
            Dimensions = dimensions,
            Epochs = start is null ? epochs : Math.Max(1, epochs / WarmShare),
            UnobservedWeight = (float)unobserved,
            Regularization = (float)(values[Strength] / shared),
            FrequencyExponent = exponent,
            Seed = seed,
        };
        var model = ImplicitAls.Fit(data.Matrix, options, workers, start, cancellation: cancellation);
        return data.Features is { } features
            ? model.WithDescribedItems(
                features,
                FeatureMapping.Fit(features, model.Vectors, workers: workers, cancellation: cancellation)
            )
            : model;
    }
}
