namespace Nocturne.Recommending;

/// <summary>How much each component of a blend counts, by how long the listener's history is.</summary>
/// <remarks>
/// Weights are given at history lengths 1, 4, 16, 64 and 256, and in between by straight lines over the logarithm of
/// the length: a listener with two items needs other models than one with five hundred, and nobody's list should jump
/// because of one more item.
/// </remarks>
public sealed class BlendWeights
{
    private const int FirstKnot = 1;
    private const int Ratio = 4;
    private readonly float[] _values;

    /// <summary>Takes weights.</summary>
    /// <param name="components">How many components there are.</param>
    /// <param name="values">Weights, not negative: of all components at the first knot, then at the next.</param>
    /// <exception cref="ArgumentException">There are not as many, or one is not usable.</exception>
    public BlendWeights(int components, IReadOnlyList<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        if (values.Count != components * Knots || values.Any(value => !float.IsFinite(value) || value < 0))
        {
            throw new ArgumentException(
                $"{components} components at {Knots} lengths need {components * Knots} weights that are not negative.",
                nameof(values)
            );
        }
        Components = components;
        _values = [.. values];
    }

    /// <summary>
    /// ψ: what is taken from an item's score for each doubling of its listeners, ψ·log2(1 + n); not negative, 0 without
    /// it.
    /// </summary>
    /// <remarks>
    /// Models agree about popular items more than about others, so a sum of them is more popular than each.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public float PopularityPenalty
    {
        get;
        init =>
            field = value is >= 0 and <= float.MaxValue
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "A penalty is finite and not negative.");
    }

    /// <summary>Items of a history from which the penalty on popularity is whole.</summary>
    internal const int WholePenaltyFrom = 16;

    /// <summary>How much of the penalty a listener has: of whom little is known gets what is popular, and should.</summary>
    /// <param name="length">Items in the listener's row.</param>
    internal static float PenaltyShare(int length) => Math.Min(1, length / (float)WholePenaltyFrom);

    /// <summary>How many lengths have weights of their own.</summary>
    public static int Knots => 5;

    /// <summary>How many components there are.</summary>
    public int Components { get; }

    /// <summary>All weights: of all components at the first knot, then at the next.</summary>
    public IReadOnlyList<float> Values => _values;

    /// <summary>The same weights at every length.</summary>
    public static BlendWeights Uniform(IReadOnlyList<float> weights) =>
        new(weights.Count, [.. Enumerable.Range(0, Knots).SelectMany(_ => weights)]);

    /// <summary>The weights of a listener.</summary>
    /// <param name="length">Items in the listener's row.</param>
    /// <param name="weights">Receives a weight for each component.</param>
    public void At(int length, Span<float> weights)
    {
        var (knot, share) = Place(length);
        for (var component = 0; component < Components; component++)
        {
            var low = _values[(knot * Components) + component];
            var high = share > 0 ? _values[((knot + 1) * Components) + component] : low;
            weights[component] = low + ((high - low) * share);
        }
    }

    /// <summary>The knot at or below a length, and how far it is to the next, from 0 to 1.</summary>
    internal static (int Knot, float Share) Place(int length)
    {
        var knot = 0;
        var at = FirstKnot;
        while (knot < Knots - 1 && length >= at * Ratio)
        {
            knot++;
            at *= Ratio;
        }
        if (knot == Knots - 1 || length <= at)
        {
            return (knot, 0);
        }
        // A straight line over the length itself within one knot is near enough to one over its logarithm.
        return (knot, (length - at) / (float)((Ratio - 1) * at));
    }
}
