namespace Nocturne.Nights;

/// <summary>What a failed check does.</summary>
public enum CheckSeverity
{
    /// <summary>It is recorded.</summary>
    Soft,

    /// <summary>The run fails, and what was published before stays.</summary>
    Hard,
}

/// <summary>What became of a check.</summary>
public enum CheckOutcome
{
    /// <summary>The measure is within its bounds.</summary>
    Passed,

    /// <summary>It is not.</summary>
    Failed,

    /// <summary>There is nothing to measure yet.</summary>
    NotMeasured,
}

/// <summary>A check of a run, with what it measured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Severity">What failing does.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Measured">The measure; null where there was none.</param>
/// <param name="Least">The least that passes; null: any.</param>
/// <param name="Most">The most that passes; null: any.</param>
public sealed record CheckResult(
    string Name,
    CheckSeverity Severity,
    CheckOutcome Outcome,
    double? Measured,
    double? Least,
    double? Most
);
