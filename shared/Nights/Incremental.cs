namespace Nocturne.Nights;

/// <summary>Why an epoch of the model began.</summary>
public enum EpochReason
{
    /// <summary>There is no run before whose epoch could go on.</summary>
    First,

    /// <summary>It is Monday, or there was one since: once a week everything is made anew, whatever has changed.</summary>
    Weekly,

    /// <summary>Another version of the program trained.</summary>
    Code,

    /// <summary>The price of emerging artists' exposure moved beyond its bound.</summary>
    Price,

    /// <summary>What the model would recommend moved beyond its bound.</summary>
    Drift,

    /// <summary>It did not begin: the epoch of the run before goes on.</summary>
    GoesOn,
}

/// <summary>
/// The time in which models are as good as the same: playlists made within it need not be made anew for a listener who
/// has not changed.
/// </summary>
/// <param name="Run">The run that it began with; drift is measured against its model, so that small steps add up.</param>
/// <param name="Reason">What this run decided, and why.</param>
public sealed record ModelEpoch(string Run, EpochReason Reason)
{
    /// <summary>The price of emerging artists' exposure when it began, in thousandths.</summary>
    public int Price { get; init; } = 1000;

    /// <summary>
    /// How much of what the epoch's first model would recommend this run's would too, in thousandths: the mean over a
    /// sample of listeners, of the ranking or of the neighbours, whichever is less. Null where it was not measured.
    /// </summary>
    public int? Overlap { get; init; }

    /// <summary>Listeners of the sample.</summary>
    public int Sample { get; init; }

    /// <summary>The epoch as listeners' memories name it.</summary>
    public int Number => RunId.Parse(Run).Date.DayNumber;
}

/// <summary>For how many listeners a night had work to do.</summary>
/// <param name="Composed">Everything made anew: they, or the model, have changed.</param>
/// <param name="Refreshed">Unchanged; only what the calendar asks for was made anew.</param>
/// <param name="Kept">Unchanged, and nothing was written: the older object stands.</param>
public readonly record struct IncrementalCounts(int Composed, int Refreshed, int Kept)
{
    /// <summary>Both together.</summary>
    public static IncrementalCounts operator +(IncrementalCounts left, IncrementalCounts right) =>
        new(left.Composed + right.Composed, left.Refreshed + right.Refreshed, left.Kept + right.Kept);
}
