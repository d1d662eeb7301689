using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>Fits the blend of other families; its values are theirs, and the weights.</summary>
/// <remarks>
/// A component's value <c>regularization</c> is the blend's <c>als/regularization</c>; its weights are
/// <c>als/weight@0</c> to <c>als/weight@4</c>, for each knot of <see cref="BlendWeights"/>, and <c>popularity_penalty</c> is theirs. They are learned with the
/// rest by <see cref="BlendTuner"/>. A component that has no weight at any knot is not fitted. Without any weights all
/// components that suit the data count alike.
/// </remarks>
public sealed class BlendFamily(IReadOnlyList<ModelFamily> components) : ModelFamily
{
    private const string WeightName = "weight@";
    private const string PenaltyName = "popularity_penalty";

    /// <inheritdoc/>
    public override string Name => "blend";

    /// <summary>What it blends.</summary>
    public IReadOnlyList<ModelFamily> Components { get; } = components;

    /// <inheritdoc/>
    /// <remarks>None: its values are not searched but learned.</remarks>
    public override IReadOnlyList<HyperParameter> Parameters => [];

    /// <inheritdoc/>
    public override string? Unsuited(TrainingData data) =>
        Suited(data).Count == 0 ? "None of its components can be fitted to these data." : null;

    /// <summary>The components that can be fitted to such data.</summary>
    public IReadOnlyList<ModelFamily> Suited(TrainingData data) =>
        [.. Components.Where(component => component.Unsuited(data) is null)];

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var suited = Suited(data);
        var isLearned = values.Values.Keys.Any(name => name.Contains(WeightName, StringComparison.Ordinal));
        var fitted = suited.Where(c => !isLearned || WeightsOf(c, values).Any(weight => weight > 0)).ToList();
        if (fitted.Count == 0)
        {
            throw new ArgumentException("No component of the blend that suits the data has a weight.", nameof(values));
        }
        var models = fitted.Select(c => c.Fit(data, ValuesOf(c, values), seed, workers, cancellation)).ToList();
        var weights = isLearned
            ? fitted.Select(c => WeightsOf(c, values)).ToList()
            : [.. fitted.Select(_ => Enumerable.Repeat(1f / fitted.Count, BlendWeights.Knots).ToArray())];
        var penalty = (float)values.Values.GetValueOrDefault(PenaltyName);
        return models.Count == 1 && penalty == 0
            ? models[0]
            : new Blend(
                models,
                new BlendWeights(
                    models.Count,
                    [.. Enumerable.Range(0, BlendWeights.Knots).SelectMany(knot => weights.Select(w => w[knot]))]
                )
                {
                    PopularityPenalty = penalty,
                },
                data.Matrix
            );
    }

    /// <summary>The blend's values: those of its components, and their weights.</summary>
    internal static HyperParameters Join(
        IReadOnlyList<ModelFamily> components,
        IReadOnlyList<HyperParameters> values,
        BlendWeights weights
    )
    {
        var all = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [PenaltyName] = weights.PopularityPenalty,
        };
        for (var c = 0; c < components.Count; c++)
        {
            foreach (var (name, value) in values[c].Values)
            {
                all.Add($"{components[c].Name}/{name}", value);
            }
            for (var knot = 0; knot < BlendWeights.Knots; knot++)
            {
                all.Add(NameOfWeight(components[c], knot), weights.Values[(knot * components.Count) + c]);
            }
        }
        return new HyperParameters(all);
    }

    /// <summary>A component's values among the blend's, without its weights.</summary>
    internal static HyperParameters ValuesOf(ModelFamily component, HyperParameters values)
    {
        var prefix = $"{component.Name}/";
        return new HyperParameters(
            values
                .Values.Where(value =>
                    value.Key.StartsWith(prefix, StringComparison.Ordinal)
                    && !value.Key.StartsWith(prefix + WeightName, StringComparison.Ordinal)
                )
                .ToDictionary(value => value.Key[prefix.Length..], value => value.Value, StringComparer.Ordinal)
        );
    }

    private static float[] WeightsOf(ModelFamily component, HyperParameters values) =>
        [
            .. Enumerable
                .Range(0, BlendWeights.Knots)
                .Select(knot => (float)values.Values.GetValueOrDefault(NameOfWeight(component, knot))),
        ];

    private static string NameOfWeight(ModelFamily component, int knot) => NameOfWeight(component.Name, knot);

    /// <summary>The name among a blend's values of a component's weight at a knot of <see cref="BlendWeights"/>.</summary>
    /// <param name="component">The component's name.</param>
    /// <param name="knot">The knot, from 0.</param>
    public static string NameOfWeight(string component, int knot) =>
        string.Create(CultureInfo.InvariantCulture, $"{component}/{WeightName}{knot}");
}
