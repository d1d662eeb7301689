namespace Nocturne.Recommending;

/// <summary>
/// What a blend's weights are learned from: for each of many listeners the items that any component puts among its
/// best, each component's scaled scores of them, and what the listener went on to play.
/// </summary>
/// <remarks>Held out items are never among what the components were fitted to.</remarks>
public sealed class BlendCases
{
    /// <summary>Cases that are taken of one fold: enough for a dozen weights, and at most about 200 MB.</summary>
    public const int MostCases = 4_000;

    private readonly Case[] _cases;

    private BlendCases(int components, Case[] cases)
    {
        Components = components;
        _cases = cases;
    }

    /// <summary>How many components there are.</summary>
    public int Components { get; }

    /// <summary>How many listeners.</summary>
    public int Count => _cases.Length;

    /// <summary>Asks every component for the cases of a fold.</summary>
    /// <param name="components">Models fitted to the fold's training data.</param>
    /// <param name="fold">The fold; of more than <see cref="MostCases"/> cases so many are taken, evenly.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static BlendCases Collect(
        IReadOnlyList<RecommendationModel> components,
        EvaluationFold fold,
        int workers,
        CancellationToken cancellation = default
    )
    {
        var taken = Math.Min(MostCases, fold.Cases.Count);
        var cases = new Case[taken];
        Parallel.For(
            0,
            taken,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new RecommendationScratch(fold.Data.Matrix.Items),
            (i, _, scratch) =>
            {
                cases[i] = CaseOf(components, fold, (int)((long)i * fold.Cases.Count / taken), scratch);
                return scratch;
            },
            static _ => { }
        );
        return new BlendCases(components.Count, cases);
    }

    /// <summary>Several cuts as one.</summary>
    public static BlendCases Join(IReadOnlyList<BlendCases> cuts) =>
        new(cuts[0].Components, [.. cuts.SelectMany(cut => cut._cases)]);

    /// <summary>The cases whose history is nearest to one of the knots of <see cref="BlendWeights"/>.</summary>
    internal BlendCases Near(int knot) =>
        new(
            Components,
            [
                .. _cases.Where(c =>
                {
                    var (at, share) = BlendWeights.Place(c.Length);
                    return (share > 0.5f ? at + 1 : at) == knot;
                }),
            ]
        );

    /// <summary>Every second case, beginning with the first (0) or the second (1).</summary>
    internal BlendCases Half(int which) => new(Components, [.. _cases.Where((_, i) => i % 2 == which)]);

    /// <summary>The mean of Recall@20 and NDCG@20 over the cases, 0 to 1.</summary>
    /// <param name="weights">A weight for each component.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    internal double Quality(IReadOnlyList<float> weights, int workers) => Mean(_ => weights, workers);

    /// <summary>The same with each case's own weights.</summary>
    internal double Quality(BlendWeights weights, int workers) =>
        Mean(
            length =>
            {
                var at = new float[Components];
                weights.At(length, at);
                return at;
            },
            workers
        );

    private double Mean(Func<int, IReadOnlyList<float>> weightsAt, int workers)
    {
        var qualities = new double[_cases.Length];
        Parallel.For(
            0,
            _cases.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            i => qualities[i] = _cases[i].Quality(weightsAt(_cases[i].Length))
        );
        return qualities.Length == 0 ? 0 : qualities.Sum() / qualities.Length;
    }

    private static Case CaseOf(
        IReadOnlyList<RecommendationModel> components,
        EvaluationFold fold,
        int index,
        RecommendationScratch scratch
    )
    {
        var relevant = fold.Cases.Relevant(index);
        var wanted = relevant.Length + fold.Cases.Beyond(index);
        var row = fold.Data.Matrix.Row(fold.Cases.Row(index));
        ReadOnlySpan<int> excluded = fold.Cases.ExcludesOwn ? row.Items : [];
        var (items, scores) = (new int[Blend.Depth], new float[Blend.Depth]);
        var candidates = new Dictionary<int, float[]>();
        for (var c = 0; c < components.Count; c++)
        {
            var count = components[c].Top(row, excluded, scratch, items, scores);
            var (shift, scale) = Blend.Affine(scores.AsSpan(0, count));
            for (var i = 0; i < count; i++)
            {
                if (!candidates.TryGetValue(items[i], out var values))
                {
                    candidates.Add(items[i], values = new float[components.Count]);
                }
                values[c] = (scores[i] - shift) * scale;
            }
        }
        var ordered = candidates.Keys.Order().ToArray();
        var isRelevant = new bool[ordered.Length];
        for (var i = 0; i < ordered.Length; i++)
        {
            isRelevant[i] = relevant.BinarySearch(ordered[i]) >= 0;
        }
        return isRelevant.Contains(true)
            ? new Case(row.Items.Length, relevant.Length, isRelevant, [.. ordered.SelectMany(item => candidates[item])])
            : new Case(row.Items.Length, wanted, [], []);
    }

    /// <summary>One listener.</summary>
    /// <param name="Length">Items in the listener's row.</param>
    /// <param name="Relevant">How many items were held out.</param>
    /// <param name="IsRelevant">Of each candidate, ascending by item, whether it was.</param>
    /// <param name="Values">Each candidate's scaled scores, a component each.</param>
    private sealed record Case(int Length, int Relevant, bool[] IsRelevant, float[] Values)
    {
        private const int K = 20;

        public double Quality(IReadOnlyList<float> weights)
        {
            if (IsRelevant.Length == 0)
            {
                return 0;
            }
            Span<int> items = stackalloc int[K];
            Span<float> scores = stackalloc float[K];
            var top = new TopItems(items, scores);
            var at = 0;
            for (var i = 0; i < IsRelevant.Length; i++)
            {
                var score = 0f;
                for (var c = 0; c < weights.Count; c++)
                {
                    score += weights[c] * Values[at++];
                }
                if (score != 0)
                {
                    top.Offer(i, score);
                }
            }
            var found = top.Sort();
            var (hits, gain, ideal) = (0, 0d, 0d);
            for (var rank = 0; rank < Math.Min(K, Relevant); rank++)
            {
                ideal += RankingMetrics.Discount(rank);
            }
            for (var rank = 0; rank < found; rank++)
            {
                if (IsRelevant[items[rank]])
                {
                    hits++;
                    gain += RankingMetrics.Discount(rank);
                }
            }
            return (((double)hits / Relevant) + (gain / ideal)) / 2;
        }
    }
}
