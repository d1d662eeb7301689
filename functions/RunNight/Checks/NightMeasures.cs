using Nocturne.Nights;

namespace Nocturne.RunNight.Checks;

/// <summary>What checks look at.</summary>
public sealed record NightMeasures
{
    /// <summary>Days without which no volume is compared.</summary>
    private const int LeastDays = 3;

    /// <summary>Days whose mean is the usual volume: four weeks.</summary>
    private const int UsualDays = 28;

    /// <summary>Listeners in the snapshot.</summary>
    public required long Listeners { get; init; }

    /// <summary>Listeners who have playlists.</summary>
    public required long Composed { get; init; }

    /// <summary>Listeners who have the general playlist alone.</summary>
    public required long General { get; init; }

    /// <summary>Arrivals of the newest whole day.</summary>
    public required DayCounts Newest { get; init; }

    /// <summary>Its lines against the mean of the days before; null with too few days.</summary>
    public double? Volume { get; init; }

    /// <summary>The model's quality against the best of the latest nights; null before the second night.</summary>
    public double? ModelQuality { get; init; }

    /// <summary>The mean score of personal slots against that of the night before.</summary>
    public double? ScoreDrift { get; init; }

    /// <summary>The share of slots that the most shown hundredth of shown items takes.</summary>
    public double? TopExposure { get; init; }

    /// <summary>The newest whole day's arrivals, and how they compare.</summary>
    /// <param name="counts">Arrivals of this run and the days carried on from the runs before.</param>
    /// <param name="startedOn">The day on which the run started, which is not whole yet.</param>
    public static (DayCounts Newest, double? Volume) VolumeOf(ArchiveCounts counts, DateOnly startedOn)
    {
        var today = startedOn.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var whole = counts.Days.Where(day => string.CompareOrdinal(day.Key, today) < 0).Select(d => d.Value).ToList();
        if (whole.Count == 0)
        {
            return (default, null);
        }
        var before = whole.SkipLast(1).TakeLast(UsualDays).ToList();
        var usual = before.Count < LeastDays ? 0 : before.Average(day => (double)day.Lines);
        return (whole[^1], usual > 0 ? whole[^1].Lines / usual : null);
    }

    /// <summary>The share that the most shown hundredth of the shown items (one at least) has of all exposures.</summary>
    /// <param name="exposures">How often each item is shown.</param>
    public static double? TopShareOf(IReadOnlyCollection<long> exposures)
    {
        const int Parts = 100;
        var shown = exposures.Where(count => count > 0).OrderDescending().ToList();
        return shown.Count < Parts ? null : (double)shown.Take(shown.Count / Parts).Sum() / shown.Sum();
    }
}
