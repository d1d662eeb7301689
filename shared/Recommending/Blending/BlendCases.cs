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
    internal double Quality(IReadOnlyList<float> weights, int workers) => Measure(weights, 0, workers).Quality;

    /// <summary>The same with each case's own weights.</summary>
    internal double Quality(BlendWeights weights, int workers) =>
        Mean(
            length =>
            {
                var at = new float[Components];
                weights.At(length, at);
                return at;
            },
            weights.PopularityPenalty,
            workers
        ).Quality;

    /// <summary>
    /// Quality, and how much more popular the lists are than the histories
    /// (<see cref="RankingResult.PopularityLift"/>).
    /// </summary>
    /// <param name="weights">A weight for each component.</param>
    /// <param name="penalty">See <see cref="BlendWeights.PopularityPenalty"/>.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    internal (double Quality, double Lift) Measure(IReadOnlyList<float> weights, float penalty, int workers) =>
        Mean(_ => weights, penalty, workers);

    private (double Quality, double Lift) Mean(Func<int, IReadOnlyList<float>> weightsAt, float penalty, int workers)
    {
        var measured = new (double Quality, double Popularity)[_cases.Length];
        Parallel.For(
            0,
            _cases.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            () => new float[1_024],
            (i, _, scratch) =>
            {
                measured[i] = _cases[i].Measure(weightsAt(_cases[i].Length), penalty, ref scratch);
                return scratch;
            },
            static _ => { }
        );
        var (quality, listed, played) = (0d, 0d, 0d);
        for (var i = 0; i < measured.Length; i++)
        {
            quality += measured[i].Quality;
            // Who gets no list has none to compare; of whom little is known gets what is popular, and should.
            var isCompared = _cases[i].Length >= BlendWeights.WholePenaltyFrom && measured[i].Popularity > 0;
            listed += isCompared ? measured[i].Popularity : 0;
            played += isCompared ? _cases[i].History : 0;
        }
        return measured.Length == 0 ? (0, 0) : (quality / measured.Length, played > 0 ? (listed / played) - 1 : 0);
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
        var stride = DenseKernels.Stride(ordered.Length);
        var rows = new float[(components.Count + 1) * stride];
        for (var i = 0; i < ordered.Length; i++)
        {
            var of = candidates[ordered[i]];
            for (var c = 0; c < of.Length; c++)
            {
                rows[(c * stride) + i] = of[c];
            }
            rows[(components.Count * stride) + i] = Blend.PopularityOf(fold.Data.Matrix, ordered[i]);
        }
        return new Case(
            row.Items.Length,
            wanted,
            isRelevant,
            rows,
            [.. ordered.Select(Popularity)],
            row.Items.IsEmpty ? 0 : row.Items.ToArray().Average(Popularity)
        );

        float Popularity(int item) =>
            fold.Data.Matrix.ColumnListeners(item).Length / (float)Math.Max(fold.Data.Matrix.Listeners, 1);
    }

    /// <summary>One listener.</summary>
    /// <param name="Length">Items in the listener's row.</param>
    /// <param name="Relevant">How many items were held out.</param>
    /// <param name="IsRelevant">Of each candidate, ascending by item, whether it was.</param>
    /// <param name="Values">
    /// Rows, padded: of each component the candidates' scaled scores, and last the logarithm of each one's listeners that
    /// a penalty is for.
    /// </param>
    /// <param name="Popularity">The share of listeners who have each candidate.</param>
    /// <param name="History">The mean share of listeners who have an item of the row.</param>
    private sealed record Case(
        int Length,
        int Relevant,
        bool[] IsRelevant,
        float[] Values,
        float[] Popularity,
        float History
    )
    {
        private const int K = 20;

        public (double Quality, double Popularity) Measure(
            IReadOnlyList<float> weights,
            float penalty,
            ref float[] scratch
        )
        {
            var stride = DenseKernels.Stride(IsRelevant.Length);
            if (scratch.Length < stride)
            {
                scratch = new float[stride * 2];
            }
            var sums = scratch.AsSpan(0, stride);
            sums.Clear();
            for (var c = 0; c <= weights.Count; c++)
            {
                var weight = c == weights.Count ? -penalty * BlendWeights.PenaltyShare(Length) : weights[c];
                if (weight != 0)
                {
                    DenseKernels.AddScaled(sums, Values.AsSpan(c * stride, stride), weight);
                }
            }
            Span<int> items = stackalloc int[K];
            Span<float> scores = stackalloc float[K];
            var found = TopItems.Of(sums[..IsRelevant.Length], items, scores);
            var (hits, gain, ideal, popularity) = (0, 0d, 0d, 0d);
            for (var rank = 0; rank < Math.Min(K, Relevant); rank++)
            {
                ideal += RankingMetrics.DiscountAt(rank);
            }
            for (var rank = 0; rank < found; rank++)
            {
                popularity += Popularity[items[rank]];
                if (IsRelevant[items[rank]])
                {
                    hits++;
                    gain += RankingMetrics.DiscountAt(rank);
                }
            }
            return ((((double)hits / Relevant) + (gain / ideal)) / 2, popularity / Math.Max(found, 1));
        }
    }
}
