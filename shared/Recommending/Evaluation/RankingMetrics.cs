namespace Nocturne.Recommending;

/// <summary>How good one ranked list is, given what was relevant.</summary>
/// <remarks>
/// <para>
/// Relevance is binary. Definitions: Recall@k = hits / |relevant|; NDCG@k = DCG / IDCG, a hit at rank r (from 1)
/// adding 1 / log2(r + 1), and IDCG that of min(k, |relevant|) hits at the top. (Some published code divides by the
/// DCG of the list's own hits instead, which is larger; the two must not be compared.) Precision@k = hits / k. The
/// reciprocal rank is 1 / r of the first hit, and 0 without one.
/// </para>
/// <para>
/// What is relevant may include items that no model can rank, such as those that appeared after the training data
/// ends: they are misses, and count in |relevant|.
/// </para>
/// </remarks>
public static class RankingMetrics
{
    private const int Tabled = 1_024;
    private static readonly double[] Discounts = [.. Enumerable.Range(0, Tabled).Select(Discount)];

    /// <summary>The share of relevant items that are among the first <paramref name="k"/>.</summary>
    /// <param name="ranked">Items, best first, without duplicates; may be shorter than <paramref name="k"/>.</param>
    /// <param name="relevant">Relevant items that can be ranked, ascending.</param>
    /// <param name="k">The cut-off.</param>
    /// <param name="beyond">How many more items are relevant, and cannot be ranked.</param>
    /// <exception cref="ArgumentException">Nothing is relevant.</exception>
    public static double Recall(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k, int beyond = 0)
    {
        CheckRelevant(relevant, beyond);
        return (double)Hits(ranked, relevant, k) / (relevant.Length + beyond);
    }

    /// <summary>Normalised discounted cumulative gain of the first <paramref name="k"/>, in [0, 1].</summary>
    /// <inheritdoc cref="Recall" path="/param"/>
    /// <inheritdoc cref="Recall" path="/exception"/>
    public static double Ndcg(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k, int beyond = 0)
    {
        CheckRelevant(relevant, beyond);
        var gain = 0d;
        for (var i = 0; i < Math.Min(k, ranked.Length); i++)
        {
            if (relevant.BinarySearch(ranked[i]) >= 0)
            {
                gain += DiscountAt(i);
            }
        }
        var ideal = 0d;
        for (var i = 0; i < Math.Min(k, relevant.Length + beyond); i++)
        {
            ideal += DiscountAt(i);
        }
        return gain / ideal;
    }

    /// <summary>The share of the first <paramref name="k"/> places that hold a relevant item.</summary>
    /// <inheritdoc cref="Recall" path="/param"/>
    public static double Precision(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k) =>
        (double)Hits(ranked, relevant, k) / k;

    /// <summary>One over the rank of the first hit among the first <paramref name="k"/>, 0 without one.</summary>
    /// <inheritdoc cref="Recall" path="/param"/>
    public static double ReciprocalRank(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k)
    {
        for (var i = 0; i < Math.Min(k, ranked.Length); i++)
        {
            if (relevant.BinarySearch(ranked[i]) >= 0)
            {
                return 1d / (i + 1);
            }
        }
        return 0;
    }

    private static int Hits(ReadOnlySpan<int> ranked, ReadOnlySpan<int> relevant, int k)
    {
        var hits = 0;
        foreach (var item in ranked[..Math.Min(k, ranked.Length)])
        {
            if (relevant.BinarySearch(item) >= 0)
            {
                hits++;
            }
        }
        return hits;
    }

    internal static double DiscountAt(int index) => index < Tabled ? Discounts[index] : Discount(index);

    private static double Discount(int index) => 1 / Logarithm.Base2(index + 2);

    private static void CheckRelevant(ReadOnlySpan<int> relevant, int beyond)
    {
        if (relevant.IsEmpty && beyond == 0)
        {
            throw new ArgumentException("Without a relevant item there is nothing to measure.", nameof(relevant));
        }
    }
}
