namespace Nocturne.Recommending;

/// <summary>What the listener played themselves, the more and the more recently the higher.</summary>
/// <remarks>
/// The score of an item is Σ over its plays of <see cref="PlayDecay"/> by their age; in a row without plays, its
/// weight. Half of what most listeners play on a day they have played before, so this is hard to beat where repeats
/// count: Anderson, Kumar, Tomkins and Vassilvitskii, "The dynamics of repeat consumption" (WWW 2014).
/// </remarks>
public sealed class OwnPlays : RecommendationModel
{
    internal const string KindName = "own-plays";

    /// <summary>There is nothing to fit.</summary>
    /// <param name="items">How many items there are.</param>
    /// <param name="decay">What a play says by its age.</param>
    public OwnPlays(int items, PlayDecay decay)
        : base(items) => Decay = decay;

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What a play says by its age.</summary>
    public PlayDecay Decay { get; }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores)
    {
        scores[..Items].Clear();
        var sums = new float[row.Items.Length];
        RowPlaySums.Of(row, Decay, sums);
        for (var i = 0; i < sums.Length; i++)
        {
            scores[row.Items[i]] = sums[i];
        }
    }

    /// <inheritdoc/>
    /// <remarks>Costs the row, not the number of items.</remarks>
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
        var marked = scratch.Mark(excluded);
        var sums = scratch.Sums.AsSpan(0, row.Items.Length);
        RowPlaySums.Of(row, Decay, sums);
        var top = new TopItems(items, scores);
        for (var i = 0; i < sums.Length; i++)
        {
            if (sums[i] > 0 && scratch.Marks[row.Items[i]] != marked)
            {
                top.Offer(row.Items[i], sums[i]);
            }
        }
        sums.Clear();
        return top.Sort();
    }

    /// <inheritdoc/>
    /// <remarks>An item's own plays are the whole score.</remarks>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        bias = 0;
        var sums = new float[row.Items.Length];
        RowPlaySums.Of(row, Decay, sums);
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] = row.Items[i] == item ? sums[i] : 0;
        }
        return TopItems.OfParts(row.Items, sums, contributors, terms);
    }

    internal static OwnPlays From(ModelArtefact artefact) => new(artefact.Items, PlayDecay.Read(artefact, "decay"));

    private protected override void Write(ModelArtefactWriter artefact) => Decay.Write(artefact, "decay");
}
