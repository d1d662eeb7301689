using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>How <see cref="ItemNeighbours"/> is fitted.</summary>
public sealed record ItemNeighboursOptions
{
    /// <summary>Neighbours kept per item (K). More reach further and cost memory: 8 bytes each.</summary>
    /// <remarks>On two splits of Last.fm listening, 100 lose 3 % of Recall@20 against 200, and 400 gain 1 %.</remarks>
    public int Neighbours { get; init; } = 200;

    /// <summary>
    /// Added to the product of norms, so that two items which a single listener shares are not thought identical.
    /// In units of weight²; 0 is the plain cosine.
    /// </summary>
    public float Shrinkage { get; init; } = 2;

    /// <summary>
    /// Entries of a row that count; a longer row counts with its heaviest (see
    /// <see cref="InteractionMatrix.WithRowsCapped"/>). Bounds the fit at listeners × cap² sums.
    /// </summary>
    public int RowCap { get; init; } = 1_000;
}

/// <summary>
/// Item-to-item neighbours: for every item the K items whose listeners are most alike, by shrunk cosine.
/// </summary>
/// <remarks>
/// <para>
/// sim(i, j) = Σ_u w_ui w_uj / (‖w_i‖ ‖w_j‖ + shrinkage), over listeners u; a listener's score for item i is
/// Σ w_uj sim(j, i) over the listener's items j in whose lists i is. Sarwar et al., "Item-based collaborative
/// filtering recommendation algorithms" (WWW 2001); shrinkage as in Bell and Koren (ICDM 2007).
/// </para>
/// <para>
/// Neighbours are stored per item, strongest first, ties by lower item. One item's list is computed by one worker,
/// its sums in listener order, so that the result has the same bytes for any number of workers.
/// </para>
/// </remarks>
public sealed class ItemNeighbours : RecommendationModel
{
    internal const string KindName = "item-neighbours";

    // Items per unit of parallel work: enough to hide scheduling, few enough that an unlucky one does not hold up.
    private const int PartitionItems = 256;

    private readonly int[] _starts;
    private readonly int[] _neighbours;
    private readonly float[] _similarities;

    private ItemNeighbours(ItemNeighboursOptions options, int[] starts, int[] neighbours, float[] similarities)
        : base(starts.Length - 1)
    {
        Options = options;
        _starts = starts;
        _neighbours = neighbours;
        _similarities = similarities;
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public ItemNeighboursOptions Options { get; }

    /// <summary>The neighbours of <paramref name="item"/>, most alike first.</summary>
    public ReadOnlySpan<int> NeighboursOf(int item) => _neighbours.AsSpan(_starts[item].._starts[item + 1]);

    /// <summary>The similarities of <see cref="NeighboursOf"/>, in (0, 1], in the same order.</summary>
    public ReadOnlySpan<float> SimilaritiesOf(int item) => _similarities.AsSpan(_starts[item].._starts[item + 1]);

    /// <summary>Computes every item's neighbours.</summary>
    /// <param name="matrix">Positive weights are used as they are (dampen play counts before), negative ones are not.</param>
    /// <param name="options">K, shrinkage and the cap on rows.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ItemNeighbours Fit(
        InteractionMatrix matrix,
        ItemNeighboursOptions options,
        int workers,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        if (options.Neighbours < 1 || options.RowCap < 1 || !(options.Shrinkage >= 0))
        {
            throw new ArgumentException(
                $"{options}: neighbours and the row cap are at least 1 and shrinkage at least 0.",
                nameof(options)
            );
        }
        if (options.Neighbours * (long)matrix.Items > Array.MaxLength)
        {
            throw new ArgumentException(
                $"{options.Neighbours} neighbours of {matrix.Items} items do not fit one array: keep fewer neighbours.",
                nameof(options)
            );
        }
        matrix = matrix.WithoutNegatives().WithRowsCapped(options.RowCap);
        var norms = Norms(matrix);
        var partitions = new Partition[(matrix.Items + PartitionItems - 1) / PartitionItems];
        Parallel.For(
            0,
            partitions.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new FitScratch(matrix.Items, options.Neighbours),
            (partition, _, scratch) =>
            {
                partitions[partition] = FitPartition(matrix, norms, options, partition, scratch, cancellation);
                return scratch;
            },
            static _ => { }
        );
        return Join(matrix.Items, options, partitions);
    }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores)
    {
        scores = scores[..Items];
        scores.Clear();
        for (var i = 0; i < row.Items.Length; i++)
        {
            var weight = Math.Max(row.Weights[i], 0);
            var neighbours = NeighboursOf(row.Items[i]);
            var similarities = SimilaritiesOf(row.Items[i]);
            for (var n = 0; n < neighbours.Length; n++)
            {
                scores[neighbours[n]] += weight * similarities[n];
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Costs the row's length × K, not the number of items.</remarks>
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
        var sums = scratch.Sums;
        var touched = scratch.Touched;
        var touchedCount = 0;
        for (var i = 0; i < row.Items.Length; i++)
        {
            var weight = row.Weights[i];
            if (!(weight > 0))
            {
                continue; // a sum in use is told from an unused one by being over zero
            }
            var neighbours = NeighboursOf(row.Items[i]);
            var similarities = SimilaritiesOf(row.Items[i]);
            for (var n = 0; n < neighbours.Length; n++)
            {
                // Whether a sum is new is a coin toss to the branch predictor, so it is listed without a branch.
                ref var sum = ref sums[neighbours[n]];
                var isNew = sum == 0;
                sum += weight * similarities[n];
                touched[touchedCount] = neighbours[n];
                touchedCount += isNew & sum > 0 ? 1 : 0;
            }
        }
        foreach (var item in excluded)
        {
            sums[item] = 0;
        }
        var top = new TopItems(items, scores);
        foreach (var item in touched.AsSpan(0, touchedCount))
        {
            var score = sums[item];
            sums[item] = 0;
            if (score > 0)
            {
                top.Offer(item, score);
            }
        }
        return top.Sort();
    }

    /// <inheritdoc/>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        if (contributors.Length < row.Items.Length || terms.Length < row.Items.Length)
        {
            throw new ArgumentException(
                $"A row of {row.Items.Length} items may have as many contributors.",
                nameof(contributors)
            );
        }
        bias = 0;
        var top = new TopItems(contributors, terms);
        for (var i = 0; i < row.Items.Length; i++)
        {
            var at = NeighboursOf(row.Items[i]).IndexOf(item);
            if (at >= 0 && row.Weights[i] > 0)
            {
                top.Offer(row.Items[i], row.Weights[i] * SimilaritiesOf(row.Items[i])[at]);
            }
        }
        return top.Sort();
    }

    internal static ItemNeighbours From(ModelArtefact artefact)
    {
        var options = new ItemNeighboursOptions
        {
            Neighbours = artefact.Parameter<int>("neighbours"),
            Shrinkage = artefact.Parameter<float>("shrinkage"),
            RowCap = artefact.Parameter<int>("row_cap"),
        };
        var starts = artefact.Ints("starts", artefact.Items + 1);
        if (starts[0] != 0)
        {
            throw new ModelArtefactException("The artefact's section 'starts' does not begin at 0.");
        }
        for (var item = 0; item < artefact.Items; item++)
        {
            if (starts[item + 1] < starts[item])
            {
                throw new ModelArtefactException($"The artefact's section 'starts' descends at item {item}.");
            }
        }
        var neighbours = artefact.Ints("neighbours", starts[^1]);
        foreach (var neighbour in neighbours)
        {
            if ((uint)neighbour >= (uint)artefact.Items)
            {
                throw new ModelArtefactException($"The artefact's section 'neighbours' names item {neighbour}.");
            }
        }
        return new ItemNeighbours(options, starts, neighbours, artefact.Floats("similarities", starts[^1]));
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        artefact.Parameter("neighbours", Options.Neighbours.ToString(CultureInfo.InvariantCulture));
        artefact.Parameter("shrinkage", Options.Shrinkage.ToString("R", CultureInfo.InvariantCulture));
        artefact.Parameter("row_cap", Options.RowCap.ToString(CultureInfo.InvariantCulture));
        artefact.Section("starts", _starts);
        artefact.Section("neighbours", _neighbours);
        artefact.Section("similarities", _similarities);
    }

    private static float[] Norms(InteractionMatrix matrix)
    {
        var norms = new float[matrix.Items];
        for (var item = 0; item < norms.Length; item++)
        {
            var sum = 0d;
            foreach (var weight in matrix.ColumnWeights(item))
            {
                sum += (double)weight * weight;
            }
            norms[item] = (float)Math.Sqrt(sum);
        }
        return norms;
    }

    private static Partition FitPartition(
        InteractionMatrix matrix,
        float[] norms,
        ItemNeighboursOptions options,
        int partition,
        FitScratch scratch,
        CancellationToken cancellation
    )
    {
        var first = partition * PartitionItems;
        var count = Math.Min(PartitionItems, matrix.Items - first);
        var lengths = new int[count];
        var neighbours = new List<int>();
        var similarities = new List<float>();
        for (var i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var kept = FitItem(matrix, norms, options, first + i, scratch);
            lengths[i] = kept;
            neighbours.AddRange(scratch.TopNeighbours.AsSpan(0, kept));
            similarities.AddRange(scratch.TopSimilarities.AsSpan(0, kept));
        }
        return new Partition(lengths, [.. neighbours], [.. similarities]);
    }

    private static int FitItem(
        InteractionMatrix matrix,
        float[] norms,
        ItemNeighboursOptions options,
        int item,
        FitScratch scratch
    )
    {
        var sums = scratch.Sums;
        var touched = scratch.Touched;
        var touchedCount = 0;
        var listeners = matrix.ColumnListeners(item);
        var weights = matrix.ColumnWeights(item);
        for (var l = 0; l < listeners.Length; l++)
        {
            var weight = weights[l];
            var others = matrix.RowItems(listeners[l]);
            var otherWeights = matrix.RowWeights(listeners[l]);
            for (var o = 0; o < others.Length; o++)
            {
                ref var sum = ref sums[others[o]];
                var isNew = sum == 0;
                sum += weight * otherWeights[o];
                touched[touchedCount] = others[o];
                touchedCount += isNew & sum > 0 ? 1 : 0;
            }
        }
        var top = new TopItems(scratch.TopNeighbours, scratch.TopSimilarities);
        foreach (var other in touched.AsSpan(0, touchedCount))
        {
            // Extreme weights may overflow to infinity or to 0/0: such a pair has no similarity to speak of.
            var similarity = sums[other] / ((norms[item] * norms[other]) + options.Shrinkage);
            sums[other] = 0;
            if (other != item && similarity > 0 && float.IsFinite(similarity))
            {
                top.Offer(other, Math.Min(similarity, 1f));
            }
        }
        return top.Sort();
    }

    private static ItemNeighbours Join(int items, ItemNeighboursOptions options, Partition[] partitions)
    {
        var starts = new int[items + 1];
        var neighbours = new int[partitions.Sum(p => p.Neighbours.Length)];
        var similarities = new float[neighbours.Length];
        var item = 0;
        var at = 0;
        foreach (var partition in partitions)
        {
            partition.Neighbours.CopyTo(neighbours, at);
            partition.Similarities.CopyTo(similarities, at);
            foreach (var length in partition.Lengths)
            {
                at += length;
                starts[++item] = at;
            }
        }
        return new ItemNeighbours(options, starts, neighbours, similarities);
    }

    private readonly record struct Partition(int[] Lengths, int[] Neighbours, float[] Similarities);

    private sealed class FitScratch(int items, int neighbours)
    {
        public float[] Sums { get; } = new float[items];

        // One more than there are items: the place after the last is written before it is known to be needed.
        public int[] Touched { get; } = new int[items + 1];

        public int[] TopNeighbours { get; } = new int[Math.Min(items, neighbours)];

        public float[] TopSimilarities { get; } = new float[Math.Min(items, neighbours)];
    }
}
