namespace Nocturne.Playlists.Composing;

/// <summary>
/// How far a list's shares are from a listener's: Kullback and Leibler's divergence in bits, with the list's shares
/// smoothed by a hundredth of the listener's (Steck, "Calibrated recommendations", RecSys 2018, equations 2 and 3).
/// </summary>
/// <remarks>KL(p, q~) = Σ p·log2(p / q~) with q~ = .99 q + .01 p. All integers, in fixed point.</remarks>
internal static class Divergence
{
    /// <summary>The listener's part of q~, in hundredths.</summary>
    public const int Smoothing = 1;

    // Shares are made finer for the logarithm, so that a hundredth of the least one is still something.
    private const int Finer = 1 << 20;

    /// <summary>log2 of q~, in 2^-16, against shares in fixed point × 2^20.</summary>
    /// <param name="share">p, in fixed point, over 0.</param>
    /// <param name="count">Of the list, in this class.</param>
    /// <param name="whole">Of the list, in all classes; over 0.</param>
    public static long LogOfSmoothed(long share, long count, long whole) =>
        FixedLog.Log2(
            Math.Max(1, ((((100 - Smoothing) * (FixedPoint.One * count) / whole) + (Smoothing * share)) * Finer) / 100)
        );

    /// <summary>log2 of p in the same measure.</summary>
    public static long LogOf(long share) => FixedLog.Log2(share * Finer);

    /// <summary>KL(p, q~) in fixed point.</summary>
    /// <param name="shares">p: in fixed point, summing to one.</param>
    /// <param name="counts">The list's counts, as long.</param>
    public static long Of(ReadOnlySpan<long> shares, ReadOnlySpan<long> counts)
    {
        var whole = 0L;
        foreach (var count in counts)
        {
            whole += count;
        }
        if (whole == 0)
        {
            return 0;
        }
        var sum = 0L;
        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i] > 0)
            {
                sum += shares[i] * (LogOf(shares[i]) - LogOfSmoothed(shares[i], counts[i], whole));
            }
        }
        return Math.Max(0, sum >> FixedLog.Bits);
    }

    /// <summary>Makes shares of amounts: in fixed point, summing to one exactly; what rounding leaves is the largest's.</summary>
    /// <returns>False if there is nothing.</returns>
    public static bool TryShare(ReadOnlySpan<long> amounts, Span<long> shares)
    {
        Int128 whole = 0;
        foreach (var amount in amounts)
        {
            whole += amount;
        }
        if (whole <= 0)
        {
            return false;
        }
        var left = FixedPoint.One;
        var largest = 0;
        for (var i = 0; i < amounts.Length; i++)
        {
            shares[i] = (long)((Int128)amounts[i] * FixedPoint.One / whole);
            left -= shares[i];
            largest = amounts[i] > amounts[largest] ? i : largest;
        }
        shares[largest] += left;
        return true;
    }
}
