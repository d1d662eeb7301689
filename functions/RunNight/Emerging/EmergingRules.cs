namespace Nocturne.RunNight.Emerging;

/// <summary>When an artist is emerging: an audience neither too small to trust nor large, that grows.</summary>
/// <remarks>
/// An audience is the share of the listeners trained on who play the artist, in billionths, so that neither a sample
/// nor a growing number of listeners looks like growth. It is compared with its own mean over about
/// <see cref="MeanNights"/> nights. An artist that no night before knew grows from 0. While there are fewer than
/// <see cref="LeastNights"/> nights to compare with, the audience decides alone.
/// </remarks>
internal sealed record EmergingRules(int LeastListeners, int MostShare, int Growth)
{
    /// <summary>An audience of everyone.</summary>
    public const long Everyone = 1_000_000_000;

    /// <summary>How many nights the mean remembers: four weeks.</summary>
    public const int MeanNights = 28;

    /// <summary>How many nights a mean needs: a week, so that it has seen every weekday.</summary>
    public const int LeastNights = 7;

    /// <summary>Whether an artist is emerging.</summary>
    /// <param name="listeners">Of the listeners trained on, those who play the artist.</param>
    /// <param name="audience">The share that they are, in billionths.</param>
    /// <param name="mean">The mean of the nights before, in billionths.</param>
    /// <param name="nights">How many those are.</param>
    public bool IsEmerging(int listeners, long audience, long mean, int nights) =>
        listeners >= LeastListeners
        && audience * 1000 <= MostShare * Everyone
        && (nights < LeastNights || audience * 1000 >= mean * (1000 + Growth));

    /// <summary>The mean with one more night.</summary>
    public static long MeanWith(long audience, long mean, int nights) =>
        mean + ((audience - mean) / Math.Min(nights + 1, MeanNights));
}
