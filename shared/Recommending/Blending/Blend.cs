using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>Several models as one: a weighted sum of their scores, each brought to one scale per listener.</summary>
/// <remarks>
/// A component's scores over its own best <see cref="Depth"/> items of the listener are shifted so that the last of
/// them is 0 and divided by their standard deviation; an item beyond them counts 0. The blend's score is the sum by
/// the listener's <see cref="BlendWeights"/>, less their penalty on the item's popularity, so an item that no component puts among its best has none. What is left
/// out of a ranking does not take a place among the best, so scores depend on it.
/// </remarks>
public sealed class Blend : RecommendationModel
{
    internal const string KindName = "blend";

    private readonly RecommendationModel[] _components;

    // Added to the score of every item that a component puts among its best; none without a penalty.
    private readonly float[] _offsets;

    /// <summary>Blends models.</summary>
    /// <param name="components">At least one, all of the same items.</param>
    /// <param name="weights">Their weights, in the same order.</param>
    /// <exception cref="ArgumentException">They do not go together.</exception>
    public Blend(IReadOnlyList<RecommendationModel> components, BlendWeights weights)
        : this(components, weights, []) { }

    /// <summary>Blends models, popular items less.</summary>
    /// <param name="components">At least one, all of the same items.</param>
    /// <param name="weights">Their weights, in the same order.</param>
    /// <param name="matrix">What they were fitted to: how many listeners items have.</param>
    /// <exception cref="ArgumentException">They do not go together.</exception>
    public Blend(IReadOnlyList<RecommendationModel> components, BlendWeights weights, InteractionMatrix matrix)
        : this(components, weights, Offsets(matrix, weights.PopularityPenalty)) { }

    private Blend(IReadOnlyList<RecommendationModel> components, BlendWeights weights, float[] offsets)
        : base(components.Count == 0 ? 0 : components[0].Items)
    {
        if (offsets.Length > 0 && offsets.Length != Items)
        {
            throw new ArgumentException(
                $"Components have {Items} items and the matrix {offsets.Length}: they must agree.",
                nameof(components)
            );
        }
        if (components.Count != weights.Components || components.Any(component => component.Items != Items))
        {
            throw new ArgumentException(
                $"{components.Count} components of {string.Join(", ", components.Select(c => c.Items))} items and {weights.Components} weights do not go together.",
                nameof(components)
            );
        }
        _components = [.. components];
        _offsets = offsets;
        Weights = weights;
    }

    /// <summary>How many of each component's best items count.</summary>
    public static int Depth => 200;

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>The models.</summary>
    public IReadOnlyList<RecommendationModel> Components => _components;

    /// <summary>Their weights.</summary>
    public BlendWeights Weights { get; }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores) => Score(row, [], scores);

    /// <inheritdoc/>
    public override void Score(ListenerRow row, ReadOnlySpan<int> excluded, Span<float> scores)
    {
        scores = scores[..Items];
        scores.Clear();
        var scratch = new RecommendationScratch(Items);
        var blending = scratch.Blending;
        foreach (var item in Sum(row, excluded, scratch))
        {
            scores[item] = blending.Sums[item];
        }
    }

    /// <inheritdoc/>
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
        var blending = scratch.Blending;
        var touched = Sum(row, excluded, scratch);
        var top = new TopItems(items, scores);
        foreach (var item in touched)
        {
            if (blending.Sums[item] != 0)
            {
                top.Offer(item, blending.Sums[item]);
            }
            blending.Sums[item] = 0;
        }
        return top.Sort();
    }

    /// <inheritdoc/>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias) =>
        Explain(row, [], item, contributors, terms, out bias);

    /// <inheritdoc/>
    public override int Explain(
        ListenerRow row,
        ReadOnlySpan<int> excluded,
        int item,
        Span<int> contributors,
        Span<float> terms,
        out float bias
    )
    {
        var ranker = NewRanker(new RecommendationScratch(Items));
        ranker.Begin(row, excluded);
        return ranker.Explain(item, contributors, terms, out bias);
    }

    /// <inheritdoc/>
    public override RowRanker NewRanker(RecommendationScratch scratch) => new BlendRanker(this, scratch);

    /// <summary>What is added to the score of an item that a component puts among its best.</summary>
    /// <param name="item">The item.</param>
    /// <param name="length">Items in the listener's row.</param>
    internal float OffsetOf(int item, int length) =>
        _offsets.Length > 0 ? _offsets[item] * BlendWeights.PenaltyShare(length) : 0;

    /// <summary>What brings a component's scores to the common scale: (score - shift) · scale.</summary>
    /// <param name="scores">Its best, strongest first.</param>
    internal static (float Shift, float Scale) Affine(ReadOnlySpan<float> scores)
    {
        if (scores.IsEmpty)
        {
            return (0, 0);
        }
        var (sum, squares) = (0d, 0d);
        foreach (var score in scores)
        {
            sum += score;
            squares += (double)score * score;
        }
        var mean = sum / scores.Length;
        var deviation = Math.Sqrt(Math.Max((squares / scores.Length) - (mean * mean), 0));
        // Where all are equal, or there is one, they are as good as the middle of a list; a component that finds only
        // a few items is not less sure of them than one that always fills its list, so short lists end below 0.
        var isFull = scores.Length >= Depth;
        var shift = isFull ? scores[^1] : Math.Min(scores[^1], 0);
        var scale =
            deviation > 1e-9 * Math.Abs(mean) ? 1 / deviation
            : mean > 0 ? 1 / mean
            : 0;
        return ((float)shift, (float)Math.Min(scale, 1e12));
    }

    internal static Blend From(ModelArtefact artefact)
    {
        var count = artefact.Parameter<int>("components");
        if (count is < 1 or > 64)
        {
            throw new ModelArtefactException($"The artefact blends {count} components.");
        }
        var penalty = artefact.Parameter<float>("popularity_penalty");
        var weights = artefact.Floats("weights", count * BlendWeights.Knots);
        try
        {
            return new Blend(
                [.. Enumerable.Range(0, count).Select(i => Restore(artefact.Model(Name(i))))],
                new BlendWeights(count, weights) { PopularityPenalty = penalty },
                artefact.FiniteFloats("offsets", penalty > 0 ? artefact.Items : 0)
            );
        }
        catch (ArgumentException e)
        {
            throw new ModelArtefactException($"The artefact's blend is not usable. {e.Message}", e);
        }
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        artefact.Parameter("components", _components.Length.ToString(CultureInfo.InvariantCulture));
        artefact.Parameter("popularity_penalty", Weights.PopularityPenalty);
        artefact.Section("weights", [.. Weights.Values]);
        artefact.Section("offsets", _offsets);
        for (var i = 0; i < _components.Length; i++)
        {
            artefact.Model(Name(i), _components[i].Kind, _components[i].WriteInto);
        }
    }

    /// <summary>What of an item's score a penalty is for: log2(1 + n), n being its listeners.</summary>
    internal static float PopularityOf(InteractionMatrix matrix, int item) =>
        (float)Logarithm.Base2(1 + matrix.ColumnListeners(item).Length);

    private static float[] Offsets(InteractionMatrix matrix, float penalty) =>
        penalty > 0 ? [.. Enumerable.Range(0, matrix.Items).Select(item => -penalty * PopularityOf(matrix, item))] : [];

    private static string Name(int component) => component.ToString(CultureInfo.InvariantCulture);

    /// <summary>Sums the components into the scratch memory; returns the items that have a sum.</summary>
    private ReadOnlySpan<int> Sum(ListenerRow row, ReadOnlySpan<int> excluded, RecommendationScratch scratch)
    {
        var blending = scratch.Blending;
        Span<float> weights = stackalloc float[_components.Length];
        Weights.At(row.Items.Length, weights);
        var touched = 0;
        for (var c = 0; c < _components.Length; c++)
        {
            if (weights[c] == 0)
            {
                continue;
            }
            var count = _components[c].Top(row, excluded, scratch, blending.Items, blending.Scores);
            var (shift, scale) = Affine(blending.Scores.AsSpan(0, count));
            for (var i = 0; i < count; i++)
            {
                ref var sum = ref blending.Sums[blending.Items[i]];
                if (sum == 0)
                {
                    blending.Touched = Append(blending.Touched, touched++, blending.Items[i]);
                    sum = OffsetOf(blending.Items[i], row.Items.Length);
                }
                sum += weights[c] * (blending.Scores[i] - shift) * scale;
            }
        }
        return blending.Touched.AsSpan(0, touched);
    }

    private static int[] Append(int[] list, int at, int item)
    {
        if (at == list.Length)
        {
            Array.Resize(ref list, list.Length * 2);
        }
        list[at] = item;
        return list;
    }
}

/// <summary>A blend's working memory, besides what its components need.</summary>
internal sealed class BlendScratch(int items)
{
    /// <summary>A sum for each item; all zero between calls.</summary>
    public float[] Sums { get; } = new float[items];

    /// <summary>Items with a sum, an item twice where its sum came back to zero in between.</summary>
    public int[] Touched { get; set; } = new int[1024];

    /// <summary>A component's best items.</summary>
    public int[] Items { get; } = new int[Math.Min(Blend.Depth, items)];

    /// <summary>Their scores.</summary>
    public float[] Scores { get; } = new float[Math.Min(Blend.Depth, items)];
}
