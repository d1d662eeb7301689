using Nocturne.Nights;

namespace Nocturne.RunNight.Checks;

/// <summary>A check as data: what is measured, within which bounds, and what failing does.</summary>
/// <param name="Name">Its name in reports; docs/operations.md lists all.</param>
/// <param name="Meaning">What is measured, for people.</param>
/// <param name="Severity">What failing does.</param>
/// <param name="Least">The least that passes; null: any.</param>
/// <param name="Most">The most that passes; null: any.</param>
/// <param name="Measure">The measure; null where there is nothing to measure yet.</param>
public sealed record QualityCheck(
    string Name,
    string Meaning,
    CheckSeverity Severity,
    double? Least,
    double? Most,
    Func<NightMeasures, double?> Measure
)
{
    /// <summary>All checks, in the order of reports.</summary>
    /// <remarks>
    /// A measure that moves with the world (volume, lateness) is soft where it is odd and hard only where playlists
    /// made of it would be wrong; what only our own mistake can cause (listeners without playlists) is hard.
    /// </remarks>
    public static IReadOnlyList<QualityCheck> All { get; } =
    [
        new(
            "listeners-served",
            "share of the snapshot's listeners who have playlists",
            CheckSeverity.Hard,
            1,
            1,
            m => Share(m.Composed, m.Listeners)
        ),
        new(
            "volume-collapsed",
            "lines that arrived on the newest whole day, against the mean of the days before",
            CheckSeverity.Hard,
            0.1,
            null,
            m => m.Volume
        ),
        new("volume", "the same", CheckSeverity.Soft, 0.5, 2, m => m.Volume),
        new(
            "unreadable-lines-most",
            "share of the newest whole day's lines that are no event",
            CheckSeverity.Hard,
            null,
            0.5,
            m => Share(m.Newest.Unreadable, m.Newest.Lines)
        ),
        new(
            "unreadable-lines",
            "the same",
            CheckSeverity.Soft,
            null,
            0.01,
            m => Share(m.Newest.Unreadable, m.Newest.Lines)
        ),
        new(
            "late-events",
            "share of the newest whole day's lines received more than a day after they happened",
            CheckSeverity.Soft,
            null,
            0.2,
            m => Share(m.Newest.Late, m.Newest.Lines)
        ),
        new(
            "duplicate-lines",
            "share of the newest whole day's lines that repeat an event",
            CheckSeverity.Soft,
            null,
            0.05,
            m => Share(m.Newest.Duplicates, m.Newest.Lines)
        ),
        new(
            "personal-playlists",
            "share of listeners who have more than the general playlist",
            CheckSeverity.Soft,
            0.5,
            null,
            m => Share(m.Composed - m.General, m.Composed)
        ),
        new(
            "model-quality",
            "the model's quality on the newest day, against the best of 28 nights",
            CheckSeverity.Soft,
            0.9,
            null,
            m => m.ModelQuality
        ),
        new("model-quality-collapsed", "the same", CheckSeverity.Hard, 0.25, null, m => m.ModelQuality),
        new(
            "score-drift",
            "mean score of personal slots, against the night before",
            CheckSeverity.Soft,
            0.5,
            2,
            m => m.ScoreDrift
        ),
        new(
            "exposure-concentration",
            "share of all slots that the most shown hundredth of the shown items takes",
            CheckSeverity.Soft,
            null,
            0.5,
            m => m.TopExposure
        ),
    ];

    /// <summary>Measures and judges.</summary>
    public CheckResult Run(NightMeasures measures)
    {
        var measured = Measure(measures);
        var outcome =
            measured is not { } value ? CheckOutcome.NotMeasured
            : value < Least || value > Most || double.IsNaN(value) ? CheckOutcome.Failed
            : CheckOutcome.Passed;
        return new CheckResult(Name, Severity, outcome, measured, Least, Most);
    }

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
