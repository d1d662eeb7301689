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
    internal double Quality(IReadOnlyList<float> weights, int workers) =>
        Means(1, workers, (some, scratch, qualities) => qualities[0] = some.Quality(weights, scratch))[0];

    /// <summary>The same with each case's own weights.</summary>
    internal double Quality(BlendWeights weights, int workers) =>
        Means(
            1,
            workers,
            (some, scratch, qualities) =>
            {
                var at = new float[Components];
                weights.At(some.Length, at);
                qualities[0] = some.Quality(at, scratch);
            }
        )[0];

    /// <summary>The qualities with other weights of one component, the rest as they are: each costs one sum.</summary>
    /// <param name="weights">A weight for each component.</param>
    /// <param name="component">The component.</param>
    /// <param name="tries">Its weights to try.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    internal double[] Qualities(float[] weights, int component, float[] tries, int workers) =>
        Means(
            tries.Length,
            workers,
            (some, scratch, qualities) => some.Qualities(weights, component, tries, scratch, qualities)
        );

    private delegate void Measure(Case some, Scratch scratch, Span<double> qualities);

    private double[] Means(int measures, int workers, Measure measure)
    {
        var all = new double[_cases.Length * measures];
        Parallel.For(
            0,
            _cases.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            () => new Scratch(),
            (i, _, scratch) =>
            {
                measure(_cases[i], scratch, all.AsSpan(i * measures, measures));
                return scratch;
            },
            static _ => { }
        );
        var means = new double[measures];
        for (var i = 0; i < all.Length; i++)
        {
            means[i % measures] += all[i] / _cases.Length;
        }
        return means;
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
        if (!isRelevant.Contains(true))
        {
            return new Case(row.Items.Length, wanted, [], [], 0);
        }
        var stride = DenseKernels.Stride(ordered.Length);
        var all = new float[components.Count * stride];
        for (var i = 0; i < ordered.Length; i++)
        {
            var of = candidates[ordered[i]];
            for (var c = 0; c < of.Length; c++)
            {
                all[(c * stride) + i] = of[c];
            }
        }
        return new Case(row.Items.Length, wanted, isRelevant, all, stride);
    }

    /// <summary>Sums of scores of one case's candidates.</summary>
    private sealed class Scratch
    {
        private float[] _base = [];
        private float[] _sums = [];

        public (Memory<float> Base, Memory<float> Sums) Of(int stride)
        {
            if (_base.Length < stride)
            {
                (_base, _sums) = (new float[stride * 2], new float[stride * 2]);
            }
            return (_base.AsMemory(0, stride), _sums.AsMemory(0, stride));
        }
    }

    /// <summary>One listener.</summary>
    /// <param name="Length">Items in the listener's row.</param>
    /// <param name="Relevant">How many items were held out.</param>
    /// <param name="IsRelevant">Of each candidate, ascending by item, whether it was.</param>
    /// <param name="Values">Of each component, the candidates' scaled scores: a padded row each.</param>
    /// <param name="Stride">The length of such a row.</param>
    private sealed record Case(int Length, int Relevant, bool[] IsRelevant, float[] Values, int Stride)
    {
        private const int K = 20;

        public double Quality(IReadOnlyList<float> weights, Scratch scratch)
        {
            if (IsRelevant.Length == 0)
            {
                return 0;
            }
            var sums = scratch.Of(Stride).Sums.Span;
            Sum(weights, -1, sums);
            return Quality(sums);
        }

        public void Qualities(float[] weights, int component, float[] tries, Scratch scratch, Span<double> qualities)
        {
            if (IsRelevant.Length == 0)
            {
                return;
            }
            var (rest, sums) = scratch.Of(Stride);
            Sum(weights, component, rest.Span);
            for (var i = 0; i < tries.Length; i++)
            {
                rest.Span.CopyTo(sums.Span);
                DenseKernels.AddScaled(sums.Span, ValuesOf(component), tries[i]);
                qualities[i] = Quality(sums.Span);
            }
        }

        private ReadOnlySpan<float> ValuesOf(int component) => Values.AsSpan(component * Stride, Stride);

        private void Sum(IReadOnlyList<float> weights, int without, Span<float> sums)
        {
            sums.Clear();
            for (var c = 0; c < weights.Count; c++)
            {
                if (c != without && weights[c] != 0)
                {
                    DenseKernels.AddScaled(sums, ValuesOf(c), weights[c]);
                }
            }
        }

        private double Quality(ReadOnlySpan<float> sums)
        {
            Span<int> items = stackalloc int[K];
            Span<float> scores = stackalloc float[K];
            var found = TopItems.Of(sums[..IsRelevant.Length], items, scores);
            var (hits, gain, ideal) = (0, 0d, 0d);
            for (var rank = 0; rank < Math.Min(K, Relevant); rank++)
            {
                ideal += RankingMetrics.DiscountAt(rank);
            }
            for (var rank = 0; rank < found; rank++)
            {
                if (IsRelevant[items[rank]])
                {
                    hits++;
                    gain += RankingMetrics.DiscountAt(rank);
                }
            }
            return (((double)hits / Relevant) + (gain / ideal)) / 2;
        }
    }
}
