namespace Nocturne.Recommending;

/// <summary>Learns a blend's weights from what listeners went on to play.</summary>
/// <remarks>
/// <para>
/// Coordinate ascent on the quality of the top 20 itself (the mean of Recall@20 and NDCG@20): one weight at a time is
/// tried at a few multiples of what it is. The steps are coarse and few, which with thousands of listeners and a
/// handful of weights leaves little room to fit noise; the metric has no gradient, and its smooth stand-ins rank
/// other blends best.
/// </para>
/// <para>
/// First one set of weights for all is learned, from the best of three beginnings. Then each knot of
/// <see cref="BlendWeights"/> gets its own, begun there, learned from its cases and shrunk to the common ones:
/// (n·own + n₀·common) / (n + n₀).
/// </para>
/// </remarks>
public static class BlendLearner
{
    // Cases at which a knot's own weights count as much as the common ones.
    private const int PriorCases = 500;
    private const int MostRounds = 8;

    // Less than this is not worth a step: it would not be seen on other listeners.
    private const double LeastGain = 2e-5;

    private static readonly float[] Factors = [0, 0.5f, 0.8f, 1.25f, 2];

    /// <summary>Learns the weights.</summary>
    /// <param name="cases">What to learn from; without any, all components count alike.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static BlendWeights Learn(BlendCases cases, int workers, CancellationToken cancellation = default)
    {
        var common = Common(cases, workers, cancellation);
        var all = new List<float>();
        for (var knot = 0; knot < BlendWeights.Knots; knot++)
        {
            var near = cases.Near(knot);
            var own = near.Count == 0 ? common : Ascend(near, common, workers, cancellation).Weights;
            var share = near.Count / (float)(near.Count + PriorCases);
            all.AddRange(common.Select((weight, c) => weight + ((own[c] - weight) * share)));
        }
        return new BlendWeights(cases.Components, all);
    }

    /// <summary>
    /// Learns the weights of several cuts, each by itself, and averages them; the best single component instead, where
    /// the average does not beat it on cases that it was not learned from.
    /// </summary>
    /// <param name="cuts">Cases of each cut.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static BlendWeights Learn(
        IReadOnlyList<BlendCases> cuts,
        int workers,
        CancellationToken cancellation = default
    )
    {
        var half = Average([.. cuts.Select(cut => Learn(cut.Half(0), workers, cancellation))]);
        var second = BlendCases.Join([.. cuts.Select(cut => cut.Half(1))]);
        var (single, quality) = BestSingle(BlendCases.Join([.. cuts.Select(cut => cut.Half(0))]), second, workers);
        return second.Count > 0 && second.Quality(half, workers) <= quality
            ? BlendWeights.Uniform(single)
            : Average([.. cuts.Select(cut => Learn(cut, workers, cancellation))]);
    }

    /// <summary>The component that is best alone on the first cases, and how good it is on the second.</summary>
    private static (float[] Weights, double Quality) BestSingle(BlendCases first, BlendCases second, int workers)
    {
        var singles = Enumerable
            .Range(0, first.Components)
            .Select(c => Enumerable.Range(0, first.Components).Select(i => i == c ? 1f : 0).ToArray());
        var best = singles.MaxBy(weights => first.Quality(weights, workers))!;
        return (best, second.Quality(best, workers));
    }

    private static BlendWeights Average(IReadOnlyList<BlendWeights> weights) =>
        new(
            weights[0].Components,
            [.. weights[0].Values.Select((_, i) => weights.Sum(some => some.Values[i]) / weights.Count)]
        );

    private static float[] Common(BlendCases cases, int workers, CancellationToken cancellation)
    {
        var equal = Enumerable.Repeat(1f / cases.Components, cases.Components).ToArray();
        if (cases.Count == 0)
        {
            return equal;
        }
        var singles = Enumerable
            .Range(0, cases.Components)
            .Select(c => cases.Quality([.. equal.Select((_, i) => i == c ? 1f : 0)], workers))
            .ToArray();
        var best = singles.Max();
        // All alike; each by how good it is alone; and the best alone with a little of the others.
        float[][] beginnings =
        [
            equal,
            Normalise([.. singles.Select(quality => (float)(best > 0 ? quality * quality / (best * best) : 1))]),
            Normalise([.. singles.Select(quality => quality == best ? 1f : 0.1f)]),
        ];
        return beginnings
            .Select(weights => Ascend(cases, weights, workers, cancellation))
            .MaxBy(result => result.Quality)
            .Weights;
    }

    private static (float[] Weights, double Quality) Ascend(
        BlendCases cases,
        float[] weights,
        int workers,
        CancellationToken cancellation
    )
    {
        var quality = cases.Quality(weights, workers);
        for (var round = 0; round < MostRounds; round++)
        {
            var before = quality;
            for (var component = 0; component < weights.Length; component++)
            {
                cancellation.ThrowIfCancellationRequested();
                var tries = Tries(weights[component]);
                var reached = cases.Qualities(weights, component, tries, workers);
                var best = Array.IndexOf(reached, reached.Max());
                if (reached[best] > quality + LeastGain)
                {
                    var changed = Normalise([.. weights.Select((w, c) => c == component ? tries[best] : w)]);
                    (weights, quality) = changed.Sum() > 0 ? (changed, reached[best]) : (weights, quality);
                }
            }
            if (quality - before < LeastGain)
            {
                break;
            }
        }
        return (weights, quality);
    }

    private static float[] Tries(float weight) =>
        weight > 0 ? [.. Factors.Select(factor => weight * factor)] : [0.05f, 0.2f];

    private static float[] Normalise(float[] weights)
    {
        var sum = 0f;
        foreach (var weight in weights)
        {
            sum += weight;
        }
        return sum > 0 ? [.. weights.Select(weight => weight / sum)] : weights;
    }
}
