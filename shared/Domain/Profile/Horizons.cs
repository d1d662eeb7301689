namespace Nocturne.Domain;

/// <summary>
/// How streams fade, in integers only: a short horizon that halves every 7 days and a long one that halves every 6
/// months. Both are sums of fixed weights of buckets (a day of a month, a month), so they do not depend on order.
/// </summary>
public static class Horizons
{
    /// <summary>The weight of a stream at the start of its month on the short horizon, and in its month on the long one.</summary>
    public const int One = 1_024;

    /// <summary>Months that a profile looks back, the latest included; older streams count in totals only.</summary>
    public const int Months = 48;

    // round(1024 * 2^(i/7)) and round(1024 * 2^(-i/6)): constants, for a math library may round differently elsewhere.
    private static readonly int[] SeventhsUp = [1024, 1131, 1248, 1378, 1522, 1680, 1855];
    private static readonly int[] SixthsDown = [1024, 912, 813, 724, 645, 575];

    /// <summary>A stream's short weight by its day of the month (from 1), seen from the month's first day.</summary>
    public static long ShortWeight(int dayOfMonth) => (long)SeventhsUp[(dayOfMonth - 1) % 7] << ((dayOfMonth - 1) / 7);

    /// <summary>A short weight seen from the first day of <paramref name="to"/> instead of that of <paramref name="from"/>.</summary>
    public static long ShortLater(long weight, Month from, Month to) => ShortLater(weight, from, to.FirstDay);

    /// <summary>A short weight of <paramref name="from"/> seen from a day that is not before its first.</summary>
    public static long ShortLater(long weight, Month from, DateOnly to)
    {
        var days = to.DayNumber - from.FirstDay.DayNumber;
        var halvings = (days + 6) / 7;
        return halvings > 40 ? 0 : (weight * SeventhsUp[(halvings * 7) - days]) >> (10 + halvings);
    }

    /// <summary>The long weight of <paramref name="streams"/> in one month, seen from another.</summary>
    public static long LongWeight(long streams, Month from, Month to)
    {
        var months = to.Number - from.Number;
        return (streams * SixthsDown[months % 6]) >> Math.Min(62, months / 6);
    }
}
