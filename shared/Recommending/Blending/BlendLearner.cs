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
/// component: what is beyond that has a price that quality does not pay, and a penalty on popularity is learned with
/// the weights.
/// </para>
/// <para>
/// First one set of weights for all is learned, from the best of nine beginnings. Then each knot of
/// <see cref="BlendWeights"/> gets its own, begun there, learned from its cases and shrunk to the common ones:
/// (n·own + n₀·common) / (n + n₀).
/// </para>
/// </remarks>
public static class BlendLearner
{
    // Cases at which a knot's own weights count as much as the common ones.
    private const int PriorCases = 500;
    private const int MostRounds = 8;
    private const int Promising = 2;

    // Less than this is not worth a step: it would not be seen on other listeners.
    private const double LeastGain = 2e-5;

    // Quality that a unit of popularity lift beyond the limit costs: no blend gains half as much by being more popular.
    private const double LiftPrice = 0.5;

    // The limit is this much (of 1 + lift) below the best single component's: other listeners' differ a little.
    private const double LiftMargin = 0.02;

    // Which of components this near to the best is the best elsewhere, is chance.
    private const double NearlyBest = 0.99;

    private static readonly float[] LeastWeights = [0.05f, 0.2f];
    private static readonly float[] LeastPenalties = [0.02f, 0.08f];
    private static readonly float[] FirstPenalties = [0, 0.08f, 0.16f];
    private static readonly float[] Factors = [0, 0.5f, 0.8f, 1.25f, 2];

    /// <summary>Learns the weights.</summary>
    /// <param name="cases">What to learn from; without any, all components count alike.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static BlendWeights Learn(BlendCases cases, int workers, CancellationToken cancellation = default)
    {
        var singles = Singles(cases.Components);
        var alone = singles.Select(weights => cases.Measure(weights, 0, workers)).ToArray();
        var limiting = Limiting(alone);
        var (common, penalty) = Common(cases, alone, Limit(alone[limiting].Lift), workers, cancellation);
        var all = new List<float>();
        for (var knot = 0; knot < BlendWeights.Knots; knot++)
        {
            var near = cases.Near(knot);
            var limit = Limit(near.Measure(singles[limiting], 0, workers).Lift);
            var own =
                near.Count == 0
                    ? common
                    : Ascend(near, common, penalty, isOwn: true, limit, MostRounds, workers, cancellation).Weights;
            var share = near.Count / (float)(near.Count + PriorCases);
            all.AddRange(common.Select((weight, c) => weight + ((own[c] - weight) * share)));
        }
        return new BlendWeights(cases.Components, all) { PopularityPenalty = penalty };
    }

    /// <summary>
    /// Learns the weights of both halves of several cuts, each by itself, and averages them; the best single component
    /// instead, where what was learned from one half does not beat it on the other.
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
        var learned = new List<BlendWeights>();
        for (var half = 0; half < 2; half++)
        {
            var taught = cuts.Select(cut => Learn(cut.Half(half), workers, cancellation)).ToList();
            learned.AddRange(taught);
            var first = BlendCases.Join([.. cuts.Select(cut => cut.Half(half))]);
            var second = BlendCases.Join([.. cuts.Select(cut => cut.Half(1 - half))]);
            blend += second.Quality(Average(taught), workers) * second.Count;
            single += second.Quality(BestSingle(first, workers), workers) * second.Count;
        }
        var all = BlendCases.Join(cuts);
        return all.Count > 0 && blend <= single ? BlendWeights.Uniform(BestSingle(all, workers)) : Average(learned);
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
        )
        {
            PopularityPenalty = weights.Sum(some => some.PopularityPenalty) / weights.Count,
        };

    private static (float[] Weights, float Penalty) Common(
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
            return (equal, 0);
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
        // All go one round; the most promising go on.
        var (weights, penalty, _) = beginnings
            .SelectMany(beginning => FirstPenalties.Select(first => (Weights: beginning, Penalty: first)))
            .Select(from => Ascend(cases, from.Weights, from.Penalty, isOwn: false, limit, 1, workers, cancellation))
            .OrderByDescending(result => result.Worth)
            .Take(Promising)
            .Select(from =>
                Ascend(cases, from.Weights, from.Penalty, isOwn: false, limit, MostRounds, workers, cancellation)
            )
            .MaxBy(result => result.Worth);
        return (weights, penalty);
    }

    /// <param name="cases">What to learn from.</param>
    /// <param name="weights">Where to begin.</param>
    /// <param name="penalty">The penalty to begin with.</param>
    /// <param name="isOwn">Whether they are a knot's own weights, for which the common penalty stays.</param>
    /// <param name="limit">The popularity lift that is free.</param>
    /// <param name="rounds">The most rounds.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    private static (float[] Weights, float Penalty, double Worth) Ascend(
        BlendCases cases,
        float[] weights,
        float penalty,
        bool isOwn,
        double limit,
        int rounds,
        int workers,
        CancellationToken cancellation
    )
    {
        var worth = Worth(weights, penalty);
        for (var round = 0; round < rounds; round++)
        {
            var before = worth;
            for (var component = 0; component < weights.Length; component++)
            {
                foreach (var tried in Tries(weights[component], LeastWeights))
                {
                    var changed = Normalise([.. weights.Select((w, c) => c == component ? tried : w)]);
                    if (changed.Sum() > 0)
                    {
                        Try(changed, penalty);
                    }
                }
            }
            foreach (var tried in isOwn ? [] : Tries(penalty, LeastPenalties))
            {
                Try(weights, tried);
            }
            if (worth - before < LeastGain)
            {
                break;
            }
        }
        return (weights, penalty, worth);

        void Try(float[] triedWeights, float triedPenalty)
        {
            cancellation.ThrowIfCancellationRequested();
            var reached = Worth(triedWeights, triedPenalty);
            if (reached > worth + LeastGain)
            {
                (weights, penalty, worth) = (triedWeights, triedPenalty, reached);
            }
        }

        double Worth(float[] someWeights, float somePenalty)
        {
            var (quality, lift) = cases.Measure(someWeights, somePenalty, workers);
            return quality - (LiftPrice * Math.Max(0, lift - limit));
        }
    }

    private static IEnumerable<float> Tries(float value, float[] least) =>
        value > 0 ? Factors.Select(factor => value * factor) : least;

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
