namespace Nocturne.Nights;

/// <summary>What arrived on one day, as the archive has it.</summary>
/// <param name="Lines">Lines that are not empty.</param>
/// <param name="Unreadable">Lines that are no event; they are in rejected-events too.</param>
/// <param name="Late">Events that happened more than a day before they were received.</param>
/// <param name="Duplicates">Lines that repeat an event, by a sample; 0 in the counts of one shard.</param>
public readonly record struct DayCounts(long Lines, long Unreadable, long Late, long Duplicates)
{
    /// <summary>Both together.</summary>
    public static DayCounts operator +(DayCounts left, DayCounts right) =>
        new(
            left.Lines + right.Lines,
            left.Unreadable + right.Unreadable,
            left.Late + right.Late,
            left.Duplicates + right.Duplicates
        );
}

/// <summary>Arrivals by day (yyyy-MM-dd) of the part of the archive that a run read.</summary>
public sealed class ArchiveCounts
{
    /// <summary>By day of arrival.</summary>
    public SortedDictionary<string, DayCounts> Days { get; init; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Of each day the <see cref="SampleSize"/> least hashes of its events' identities, ascending, with repetitions.
    /// Repetitions lie in any shard's objects; the least hashes are the same events everywhere.
    /// </summary>
    public SortedDictionary<string, ulong[]> Samples { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Hashes of a day in one shard's sample at most.</summary>
    public static int SampleSize => 4_096;

    /// <summary>The share of lines that repeat an event, from the samples of all shards.</summary>
    public static double DuplicateShare(IReadOnlyCollection<ulong[]> samples)
    {
        // A full sample says nothing of greater hashes, so what is looked at ends with the first full one.
        var most = samples.Where(s => s.Length == SampleSize).Select(s => s[^1]).DefaultIfEmpty(ulong.MaxValue).Min();
        var seen = samples.SelectMany(sample => sample).Where(hash => hash <= most).ToList();
        return seen.Count == 0 ? 0 : 1 - (seen.Distinct().Count() / (double)seen.Count);
    }

    /// <summary>Adds a day's counts.</summary>
    public void Add(string day, DayCounts counts) => Days[day] = Days.GetValueOrDefault(day) + counts;
}
