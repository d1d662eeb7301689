namespace Nocturne.Playlists.Composing;

/// <summary>
/// Takes a model's ranking with the price of emerging artists' exposure: their merit is score × price, and the
/// candidates are in the order of merit. Scores stay, so reasons recompute.
/// </summary>
/// <remarks>The price is one number, so emerging and other items keep their order among themselves: two runs are merged.</remarks>
internal static class PricedRanking
{
    // As scores in fixed point are bounded.
    private const long Most = 1L << 52;

    /// <summary>Adds the best candidates that pass all filters.</summary>
    /// <param name="composition">The listener.</param>
    /// <param name="items">Ranked items.</param>
    /// <param name="scores">Their scores, not ascending.</param>
    /// <param name="kind">By which source they came.</param>
    /// <param name="filters">What every candidate keeps.</param>
    /// <param name="wanted">How many are enough.</param>
    /// <param name="candidates">Receives them.</param>
    public static void Collect(
        Composition composition,
        ReadOnlySpan<int> items,
        ReadOnlySpan<float> scores,
        ReasonKind kind,
        CandidateFilter[] filters,
        int wanted,
        List<Candidate> candidates
    )
    {
        var price = composition.Model.EmergingPrice;
        var isPriced = price != 1000;
        // Without a price all are one run.
        var plain = isPriced ? Next(composition, items, -1, isEmerging: false) : 0;
        var emerging = isPriced ? Next(composition, items, -1, isEmerging: true) : items.Length;
        while (candidates.Count < wanted && (plain < items.Length || emerging < items.Length))
        {
            var plainMerit = plain < items.Length ? FixedPoint.Of(scores[plain]) : long.MinValue;
            var emergingMerit =
                emerging < items.Length ? Priced(FixedPoint.Of(scores[emerging]), price) : long.MinValue;
            var isEmerging = emergingMerit > plainMerit || (emergingMerit == plainMerit && emerging < plain);
            var at = isEmerging ? emerging : plain;
            var score = FixedPoint.Of(scores[at]);
            if (score <= 0)
            {
                return; // what follows in both runs is no better
            }
            var candidate = composition.Numbers.CandidateAt(items[at], score, kind) with
            {
                Merit = isEmerging ? emergingMerit : score,
            };
            if (CandidateFilter.KeepAll(filters, composition, candidate))
            {
                candidates.Add(candidate);
            }
            if (isEmerging)
            {
                emerging = Next(composition, items, emerging, isEmerging: true);
            }
            else
            {
                plain = isPriced ? Next(composition, items, plain, isEmerging: false) : plain + 1;
            }
        }
    }

    private static long Priced(long score, int price) => (long)Int128.Min((Int128)score * price / 1000, Most);

    private static int Next(Composition composition, ReadOnlySpan<int> items, int after, bool isEmerging)
    {
        for (var at = after + 1; at < items.Length; at++)
        {
            if (composition.Model.IsEmerging(composition.Catalogue.ArtistOf(items[at])) == isEmerging)
            {
                return at;
            }
        }
        return items.Length;
    }
}
