namespace Nocturne.Recommending;

/// <summary>What is measured of one list. Where it does not apply (no tail item was relevant), it is NaN.</summary>
public enum CaseMeasure
{
    /// <summary>See <see cref="RankingMetrics.Recall"/>. For a next item: whether it is in the list.</summary>
    Recall = 0,

    /// <summary>See <see cref="RankingMetrics.Ndcg"/>.</summary>
    Ndcg,

    /// <summary>
    /// See <see cref="RankingMetrics.Precision"/>. For a next item: whether it is in the list, as the literature on
    /// sessions has it.
    /// </summary>
    Precision,

    /// <summary>See <see cref="RankingMetrics.ReciprocalRank"/>.</summary>
    ReciprocalRank,

    /// <summary>The recall of relevant items among the most popular, which have a third of all interactions.</summary>
    RecallHead,

    /// <summary>The recall of relevant items among the next most popular, which have another third.</summary>
    RecallMiddle,

    /// <summary>The recall of all other relevant items, those that nobody had in training included.</summary>
    RecallTail,

    /// <summary>
    /// The mean self-information of the list's items, -log2 of the share of listeners who have one (Zhou et al.,
    /// PNAS 2010).
    /// </summary>
    Novelty,

    /// <summary>
    /// The mean of 1 - cosine over all pairs of the list's items, an item being the set of its listeners (Ziegler et
    /// al., WWW 2005). Measured on an even sample of <see cref="ListMeasures.MaxDiversityCases"/> cases.
    /// </summary>
    Diversity,

    /// <summary>
    /// KL divergence, in bits, of the list's distribution over genres from the history's: Σ p log2(p / q̃) with
    /// q̃ = 0.99 q + 0.01 p (Steck, RecSys 2018). Lower is better. Over features where items have them, else over
    /// artists, else over the head, middle and tail of popularity.
    /// </summary>
    Calibration,

    /// <summary>The mean share of listeners who have an item of the list.</summary>
    ListPopularity,

    /// <summary>The mean share of listeners who have an item of the history.</summary>
    HistoryPopularity,
}
