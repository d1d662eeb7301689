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
/// A blend of models that know popular items well can be more popular than each of them, at no loss of accuracy. So
/// lists may be no more popular, against the histories of the listeners they are for, than those of the best single
/// component: what is beyond that has a price that quality does not pay.
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

    // Quality that a unit of popularity lift beyond the limit costs: no blend gains half as much by being more popular.
    private const double LiftPrice = 0.5;

    // The limit is this much (of 1 + lift) below the best single component's: other listeners' differ a little.
    private const double LiftMargin = 0.02;

    // Which of components this near to the best is the best elsewhere, is chance.
    private const double NearlyBest = 0.99;

    private static readonly float[] Factors = [0, 0.5f, 0.8f, 1.25f, 2];

    /// <summary>Learns the weights.</summary>
    /// <param name="cases">What to learn from; without any, all components count alike.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static BlendWeights Learn(BlendCases cases, int workers, CancellationToken cancellation = default)
    {
        var singles = Singles(cases.Components);
        var alone = singles.Select(weights => cases.Measure(weights, workers)).ToArray();
        var limiting = Limiting(alone);
        var common = Common(cases, alone, Limit(alone[limiting].Lift), workers, cancellation);
        var all = new List<float>();
        for (var knot = 0; knot < BlendWeights.Knots; knot++)
        {
            var near = cases.Near(knot);
            var limit = Limit(near.Measure(singles[limiting], workers).Lift);
            var own = near.Count == 0 ? common : Ascend(near, common, limit, workers, cancellation).Weights;
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
        // Each half is asked about what the other taught.
        var (blend, single) = (0d, 0d);
        for (var half = 0; half < 2; half++)
        {
            var learned = Average([.. cuts.Select(cut => Learn(cut.Half(half), workers, cancellation))]);
            var first = BlendCases.Join([.. cuts.Select(cut => cut.Half(half))]);
            var second = BlendCases.Join([.. cuts.Select(cut => cut.Half(1 - half))]);
            blend += second.Quality(learned, workers) * second.Count;
            single += second.Quality(BestSingle(first, workers), workers) * second.Count;
        }
        var all = BlendCases.Join(cuts);
        return all.Count > 0 && blend <= single
            ? BlendWeights.Uniform(BestSingle(all, workers))
            : Average([.. cuts.Select(cut => Learn(cut, workers, cancellation))]);
    }

    private static float[] BestSingle(BlendCases cases, int workers) =>
        Singles(cases.Components).MaxBy(weights => cases.Quality(weights, workers))!;

    private static float[][] Singles(int components) =>
        [
            .. Enumerable
                .Range(0, components)
                .Select(c => Enumerable.Range(0, components).Select(i => i == c ? 1f : 0).ToArray()),
        ];

    /// <summary>The component whose lift is the limit: of the best, the one with the least.</summary>
    private static int Limiting((double Quality, double Lift)[] alone)
    {
        var best = alone.Max(single => single.Quality);
        return Enumerable
            .Range(0, alone.Length)
            .Where(c => alone[c].Quality >= NearlyBest * best)
            .MinBy(c => alone[c].Lift);
    }

    private static double Limit(double lift) => lift - (LiftMargin * (1 + lift));

    private static BlendWeights Average(IReadOnlyList<BlendWeights> weights) =>
        new(
            weights[0].Components,
            [.. weights[0].Values.Select((_, i) => weights.Sum(some => some.Values[i]) / weights.Count)]
        );

    private static float[] Common(
        BlendCases cases,
        (double Quality, double Lift)[] alone,
        double limit,
        int workers,
        CancellationToken cancellation
    )
    {
        var equal = Enumerable.Repeat(1f / cases.Components, cases.Components).ToArray();
        if (cases.Count == 0)
        {
            return equal;
        }
        var singles = alone.Select(single => single.Quality).ToArray();
        var best = singles.Max();
        // All alike; each by how good it is alone; and the best alone with a little of the others.
        float[][] beginnings =
        [
            equal,
            Normalise([.. singles.Select(quality => (float)(best > 0 ? quality * quality / (best * best) : 1))]),
            Normalise([.. singles.Select(quality => quality == best ? 1f : 0.1f)]),
        ];
        return beginnings
            .Select(weights => Ascend(cases, weights, limit, workers, cancellation))
            .MaxBy(result => result.Quality)
            .Weights;
    }

    private static (float[] Weights, double Quality) Ascend(
        BlendCases cases,
        float[] weights,
        double limit,
        int workers,
        CancellationToken cancellation
    )
    {
        var quality = Worth(weights);
        for (var round = 0; round < MostRounds; round++)
        {
            var before = quality;
            for (var component = 0; component < weights.Length; component++)
            {
                foreach (var tried in Tries(weights[component]))
                {
                    cancellation.ThrowIfCancellationRequested();
                    var changed = Normalise([.. weights.Select((w, c) => c == component ? tried : w)]);
                    if (changed.Sum() == 0)
                    {
                        continue;
                    }
                    var reached = Worth(changed);
                    if (reached > quality + LeastGain)
                    {
                        (weights, quality) = (changed, reached);
                    }
                }
            }
            if (quality - before < LeastGain)
            {
                break;
            }
        }
        return (weights, quality);

        double Worth(float[] tried)
        {
            var (gained, lift) = cases.Measure(tried, workers);
            return gained - (LiftPrice * Math.Max(0, lift - limit));
        }
    }

    private static IEnumerable<float> Tries(float weight) =>
        weight > 0 ? Factors.Select(factor => weight * factor) : [0.05f, 0.2f];

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
