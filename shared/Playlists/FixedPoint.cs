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
}
