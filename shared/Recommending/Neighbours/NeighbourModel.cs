using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nocturne.Recommending;

/// <summary>A model that is a list of neighbours for every item, whatever made the lists.</summary>
/// <remarks>
/// A listener's score for item i is Σ w_uj·sim(j, i) over the listener's items j in whose lists i is; negative
/// weights are not used, and those over a million count as a million. Lists are strongest first, ties by lower item.
/// </remarks>
public abstract class NeighbourModel : RecommendationModel
{
    // More than a million times the weight of one stream decides nothing more, and sums of both signs would overflow.
    private const float MostWeight = 1e6f;

    private readonly int[] _starts;
    private readonly int[] _neighbours;
    private readonly float[] _similarities;
    private readonly bool _isSigned;

    private protected NeighbourModel(Neighbourhoods lists)
        : base(lists.Starts.Length - 1)
    {
        _starts = lists.Starts;
        _neighbours = lists.Neighbours;
        _similarities = lists.Similarities;
        _isSigned = _similarities.AsSpan().ContainsAnyInRange(float.NegativeInfinity, 0);
    }

    /// <summary>The neighbours of <paramref name="item"/>, most alike first.</summary>
    public ReadOnlySpan<int> NeighboursOf(int item) => _neighbours.AsSpan(_starts[item].._starts[item + 1]);

    /// <summary>The similarities of <see cref="NeighboursOf"/>, in the same order, by size.</summary>
    public ReadOnlySpan<float> SimilaritiesOf(int item) => _similarities.AsSpan(_starts[item].._starts[item + 1]);

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores)
    {
        scores = scores[..Items];
        scores.Clear();
        for (var i = 0; i < row.Items.Length; i++)
        {
            var weight = Weight(row.Weights[i]);
            var neighbours = NeighboursOf(row.Items[i]);
            var similarities = SimilaritiesOf(row.Items[i]);
            for (var n = 0; n < neighbours.Length; n++)
            {
                scores[neighbours[n]] += weight * similarities[n];
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Costs the row's length × K, and not the number of items unless similarities have both signs.</remarks>
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
        if (_isSigned)
        {
            Score(row, scratch.Scores);
            return TopItems.Of(scratch.Scores, scratch.Marks, scratch.Mark(excluded), items, scores);
        }
        nint touched = 0;
        for (var i = 0; i < row.Items.Length; i++)
        {
            if (i + 1 < row.Items.Length)
            {
                Prefetch(row.Items[i + 1]);
            }
            var weight = Weight(row.Weights[i]);
            if (!(weight > 0))
            {
                continue; // a sum in use is told from an unused one by being over zero
            }
            touched = AddList(
                NeighboursOf(row.Items[i]),
                ref MemoryMarshal.GetReference(SimilaritiesOf(row.Items[i])),
                weight,
                ref MemoryMarshal.GetArrayDataReference(scratch.Sums),
                ref MemoryMarshal.GetArrayDataReference(scratch.Touched),
                touched
            );
        }
        return scratch.TakeTop((int)touched, excluded, items, scores);
    }

    /// <summary>Adds a list to sums, which are not negative, and lists those that were zero.</summary>
    /// <returns>How many are listed.</returns>
    /// <remarks>
    /// Lists name items of the model alone, and each is listed at most once, so no place has to be checked. Not inlined, so
    /// that the number of those that are listed, for which every step waits, stays in a register.
    /// </remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint AddList(
        ReadOnlySpan<int> neighbours,
        ref float similarities,
        float weight,
        ref float sums,
        ref int touched,
        nint count
    )
    {
        for (nint n = 0; n < neighbours.Length; n++)
        {
            // Whether a sum is new is a coin toss to the branch predictor, so it is listed without a branch.
            var neighbour = neighbours[(int)n];
            ref var sum = ref Unsafe.Add(ref sums, neighbour);
            var before = sum;
            var after = before + (weight * Unsafe.Add(ref similarities, n));
            sum = after;
            Unsafe.Add(ref touched, count) = neighbour;
            // By their bits, for a comparison of numbers minds those that are none.
            var isNew = BitConverter.SingleToInt32Bits(before) == 0 ? 1 : 0;
            count += isNew & (BitConverter.SingleToInt32Bits(after) != 0 ? 1 : 0);
        }
        return count;
    }

    /// <summary>
    /// Asks for a list while another is walked: lists lie anywhere in memory, and waiting for them would be half of the
    /// time.
    /// </summary>
    public void Prefetch(int item)
    {
        DenseKernels.Prefetch(MemoryMarshal.Cast<int, float>(NeighboursOf(item)));
        DenseKernels.Prefetch(SimilaritiesOf(item));
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
            var term = Term(row, i, item);
            if (term != 0)
            {
                top.Offer(row.Items[i], term);
            }
        }
        return top.Sort();
    }

    /// <summary>The same of a model whose scores are sums over its lists, the items in the row's order.</summary>
    /// <param name="row">The listener.</param>
    /// <param name="item">The item to explain.</param>
    /// <param name="contributors">Receives items of the row; at least as long as the row.</param>
    /// <param name="terms">Receives their terms; at least as long as the row.</param>
    /// <returns>How many items contributed.</returns>
    public int ExplainInOrder(ListenerRow row, int item, Span<int> contributors, Span<float> terms)
    {
        var count = 0;
        for (var i = 0; i < row.Items.Length; i++)
        {
            var term = Term(row, i, item);
            if (term != 0)
            {
                (contributors[count], terms[count]) = (row.Items[i], term);
                count++;
            }
        }
        return count;
    }

    internal override bool TryAddParts(ListenerRow row, int item, float factor, Span<float> parts, out float bias)
    {
        bias = 0;
        if (!ExplainsByLists)
        {
            return false;
        }
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] += factor * Term(row, i, item);
        }
        return true;
    }

    /// <inheritdoc/>
    public override RowRanker NewRanker(RecommendationScratch scratch) =>
        ExplainsByLists ? new NeighbourRanker(this, scratch) : base.NewRanker(scratch);

    /// <summary>Whether an item's score is the sum of <see cref="Term"/> over the row.</summary>
    private protected virtual bool ExplainsByLists => true;

    /// <summary>What an entry of a row adds to an item's score by the lists.</summary>
    private protected float Term(ListenerRow row, int entry, int item)
    {
        var at = NeighboursOf(row.Items[entry]).IndexOf(item);
        return at < 0 ? 0 : Weight(row.Weights[entry]) * SimilaritiesOf(row.Items[entry])[at];
    }

    internal static float Weight(float weight) => Math.Clamp(weight, 0, MostWeight);

    private protected override void Write(ModelArtefactWriter artefact)
    {
        WriteOptions(artefact);
        new Neighbourhoods(_starts, _neighbours, _similarities).Write(artefact);
    }

    private protected abstract void WriteOptions(ModelArtefactWriter artefact);
}

/// <summary>Lists of neighbours, one after the other.</summary>
/// <param name="Starts">Where each item's list begins, and the end of the last.</param>
/// <param name="Neighbours">Items.</param>
/// <param name="Similarities">How alike they are.</param>
internal sealed record Neighbourhoods(int[] Starts, int[] Neighbours, float[] Similarities)
{
    /// <summary>Refuses sizes that make no sense, or no array.</summary>
    public static void Check(int items, int neighbours, int rowCap, string name)
    {
        if (neighbours < 1 || rowCap < 1)
        {
            throw new ArgumentException(
                $"{neighbours} neighbours and rows of {rowCap} entries: both are at least 1.",
                name
            );
        }
        if (Math.Min(neighbours, items) * (long)items > Array.MaxLength)
        {
            throw new ArgumentException(
                $"{neighbours} neighbours of {items} items do not fit one array: keep fewer neighbours.",
                name
            );
        }
    }

    public void Write(ModelArtefactWriter artefact)
    {
        artefact.Section("starts", Starts);
        artefact.Section("neighbours", Neighbours);
        artefact.Section("similarities", Similarities);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="ModelArtefactException">It is not such.</exception>
    public static Neighbourhoods Read(ModelArtefact artefact)
    {
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
        return new Neighbourhoods(starts, neighbours, artefact.FiniteFloats("similarities", starts[^1]));
    }
}
