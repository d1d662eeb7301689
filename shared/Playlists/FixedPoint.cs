using System.Runtime.Intrinsics;

namespace Nocturne.Playlists;

/// <summary>Scores as they are stored: integers in millionths, so that text and machine cannot change a digit.</summary>
public static class FixedPoint
{
    /// <summary>One, in fixed point.</summary>
    public const long One = 1_000_000;

    // Keeps products of a score and a small count inside a long.
    private const double Largest = 1L << 52;

    /// <summary>The nearest millionth of a finite score (halves to even), saturated at ± 2^52; NaN is 0.</summary>
    public static long Of(double score)
    {
        var rounded = Math.Round(score * One);
        // Composing rounds thousands of scores a listener, and a clamp costs more than the rounding.
        return Math.Abs(rounded) <= Largest ? (long)rounded
            : double.IsNaN(score) ? 0
            : (long)Math.CopySign(Largest, score);
    }

    /// <summary>The sum of <see cref="Of(double)"/> over scores.</summary>
    public static long SumOf(ReadOnlySpan<float> scores)
    {
        // Whole numbers add up exactly, in whatever order, as long as no sum can leave the 53 bits of a double.
        var (sum, most) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var at = 0;
        for (; at + Vector256<float>.Count <= scores.Length; at += Vector256<float>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(scores[at..]));
            low = Vector256.Round(low * One);
            high = Vector256.Round(high * One);
            sum += low + high;
            most = Vector256.Max(most, Vector256.Max(Vector256.Abs(low), Vector256.Abs(high)));
        }
        var isExact = Vector256.LessThanAll(most, Vector256.Create(Largest / Math.Max(1, scores.Length)));
        var all = isExact ? (long)Vector256.Sum(sum) : 0;
        foreach (var score in scores[(isExact ? at : 0)..])
        {
            all += Of(score);
        }
        return all;
    }
}
