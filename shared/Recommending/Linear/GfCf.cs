namespace Nocturne.Recommending;

/// <summary>Collaborative filtering as a filter on the graph of listeners and items, without training.</summary>
/// <remarks>
/// <para>
/// With R̃ = D_U^-½·R·D_I^-δ, where D are the sums of rows and of columns and δ is a half: a listener's scores are
/// r·(R̃ᵀ·R̃ + α·D_I^-δ·V·Vᵀ·D_I^δ), the linear filter and the ideal low-pass filter by the first k right singular
/// vectors V of R̃. Shen et al., "How powerful is graph convolution for recommendation?" (GF-CF, CIKM 2021).
/// </para>
/// <para>
/// The linear filter is kept as each item's K strongest neighbours (see <see cref="NeighbourModel"/>), the low-pass
/// filter as V and the degrees. A filter passes the listener's own items to themselves as well; that part of R̃ᵀ·R̃ is
/// left out, as such items are not ranked.
/// </para>
/// </remarks>
public sealed class GfCf : NeighbourModel
{
    internal const string KindName = "gf-cf";
    private const int ChunkItems = 64;

    private readonly FactorMatrix _vectors;
    private readonly float[] _degrees; // D_I^δ, 0 for an item that nobody has

    private GfCf(GfCfOptions options, Neighbourhoods lists, FactorMatrix vectors, float[] degrees)
        : base(lists)
    {
        Options = options;
        _vectors = vectors;
        _degrees = degrees;
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public GfCfOptions Options { get; }

    /// <summary>V: the items' parts in the first right singular vectors.</summary>
    public FactorMatrix Vectors => _vectors;

    /// <summary>Why a matrix cannot be fitted; null if it can.</summary>
    public static string? Unsuited(InteractionMatrix matrix, GfCfOptions options)
    {
        var block = DenseKernels.Stride(SingularVectors.Block(matrix, options.Dimensions));
        return ((long)matrix.Listeners + matrix.Items) * block <= options.MaxNumbers
            ? null
            : $"GF-CF iterates {block} vectors of {matrix.Listeners} listeners and {matrix.Items} items, more than {options.MaxNumbers} numbers: sample listeners, take fewer dimensions, or raise {nameof(GfCfOptions)}.{nameof(GfCfOptions.MaxNumbers)}.";
    }

    /// <summary>Makes both filters.</summary>
    /// <param name="matrix">Positive weights; negative ones are not used.</param>
    /// <param name="options">k, α, K.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="ArgumentException">Options are out of range, or the vectors would not fit the bound.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static GfCf Fit(
        InteractionMatrix matrix,
        GfCfOptions options,
        int workers,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        options.Check(matrix.Items, nameof(options));
        if (Unsuited(matrix, options) is { } reason)
        {
            throw new ArgumentException(reason, nameof(matrix));
        }
        matrix = matrix.WithoutNegatives().WithRowsCapped(options.RowCap);
        var degrees = new float[matrix.Items];
        for (var item = 0; item < matrix.Items; item++)
        {
            var sum = Sum(matrix.ColumnWeights(item));
            degrees[item] = sum > 0 ? (float)Powers.Of(sum, options.ItemExponent) : 0;
        }
        var normalized = Normalized(matrix, degrees);
        var lists = NeighbourSearch.Run(normalized, new Plain(), options.Neighbours, workers, cancellation);
        var vectors = SingularVectors.Right(
            normalized,
            options.Dimensions,
            options.Iterations,
            options.Seed,
            workers,
            cancellation
        );
        return new GfCf(options, lists, vectors, degrees);
    }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores)
    {
        base.Score(row, scores);
        Span<float> passed = stackalloc float[_vectors.Stride];
        passed.Clear();
        for (var i = 0; i < row.Items.Length; i++)
        {
            DenseKernels.AddScaled(passed, _vectors.Row(row.Items[i]), Gain(row, i));
        }
        Span<float> products = stackalloc float[ChunkItems];
        for (var first = 0; first < Items; first += ChunkItems)
        {
            var count = Math.Min(ChunkItems, Items - first);
            DenseKernels.RowDots(passed, _vectors.RowRange(first, count), products[..count]);
            for (var i = 0; i < count; i++)
            {
                scores[first + i] += products[i] * _degrees[first + i];
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Costs the number of items × k.</remarks>
    public override int Top(
        ListenerRow row,
        ReadOnlySpan<int> excluded,
        RecommendationScratch scratch,
        Span<int> items,
        Span<float> scores
    )
    {
        CheckSpans(items, scores);
        scratch.CheckServes(Items);
        Score(row, scratch.Scores);
        return TopItems.Of(scratch.Scores, scratch.Marks, scratch.Mark(excluded), items, scores);
    }

    private protected override bool ExplainsByLists => false;

    /// <inheritdoc/>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        bias = 0;
        var parts = new float[row.Items.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var product = DenseKernels.Dot(_vectors.Row(row.Items[i]), _vectors.Row(item));
            parts[i] = Term(row, i, item) + (Gain(row, i) * product * _degrees[item]);
        }
        return TopItems.OfParts(row.Items, parts, contributors, terms);
    }

    internal static GfCf From(ModelArtefact artefact)
    {
        var options = new GfCfOptions
        {
            Dimensions = artefact.Parameter<int>("dimensions"),
            LowPass = artefact.Parameter<float>("low_pass"),
            ItemExponent = artefact.Parameter<float>("item_exponent"),
            Neighbours = artefact.Parameter<int>("neighbours"),
            RowCap = artefact.Parameter<int>("row_cap"),
            Iterations = artefact.Parameter<int>("iterations"),
            Seed = artefact.Parameter<int>("seed"),
            MaxNumbers = artefact.Parameter<int>("max_numbers"),
        };
        ModelArtefact.Check(() => options.Check(artefact.Items, nameof(artefact)));
        var values = artefact.FiniteFloats(
            "vectors",
            checked(artefact.Items * DenseKernels.Stride(options.Dimensions))
        );
        var degrees = artefact.FiniteFloats("degrees", artefact.Items);
        var vectors = new FactorMatrix(artefact.Items, options.Dimensions, values);
        return new GfCf(options, Neighbourhoods.Read(artefact), vectors, degrees);
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        base.Write(artefact);
        artefact.Section("vectors", _vectors.Values);
        artefact.Section("degrees", _degrees);
    }

    private protected override void WriteOptions(ModelArtefactWriter artefact)
    {
        artefact.Parameter("dimensions", Options.Dimensions);
        artefact.Parameter("low_pass", Options.LowPass);
        artefact.Parameter("item_exponent", Options.ItemExponent);
        artefact.Parameter("neighbours", Options.Neighbours);
        artefact.Parameter("row_cap", Options.RowCap);
        artefact.Parameter("iterations", Options.Iterations);
        artefact.Parameter("seed", Options.Seed);
        artefact.Parameter("max_numbers", (int)Options.MaxNumbers);
    }

    /// <summary>α·r_j·D_j^-δ.</summary>
    private float Gain(ListenerRow row, int entry)
    {
        var degree = _degrees[row.Items[entry]];
        return degree > 0 ? Options.LowPass * Weight(row.Weights[entry]) / degree : 0;
    }

    private static InteractionMatrix Normalized(InteractionMatrix matrix, float[] degrees) =>
        matrix.Reweighted(
            (listener, weights, result) =>
            {
                var root = Math.Sqrt(Sum(weights));
                var items = matrix.RowItems(listener);
                for (var i = 0; i < weights.Length; i++)
                {
                    result[i] = weights[i] > 0 ? (float)(weights[i] / root / degrees[items[i]]) : 0;
                }
            }
        );

    private static double Sum(ReadOnlySpan<float> weights)
    {
        var sum = 0d;
        foreach (var weight in weights)
        {
            sum += weight;
        }
        return sum;
    }

    private readonly struct Plain : ISimilarity
    {
        public float Of(float sum, int item, int other) => sum;
    }
}
