using System.ComponentModel.DataAnnotations;

namespace Nocturne.IngestEvents;

/// <summary>The bounds of one instance of IngestEvents.</summary>
public sealed class IngestOptions
{
    /// <summary>
    /// Listeners whose state is being committed at one time. More hide more of the store's latency; each costs the
    /// memory of one update (well under 1 MiB).
    /// </summary>
    [Range(1, 1_024)]
    public int ConcurrentCommits { get; set; } = 32;

    /// <summary>
    /// Events waiting for a commit. Above it deliveries are answered 503 and come again later: at about 1 KiB each
    /// the default holds 100 MiB at most.
    /// </summary>
    [Range(1_000, 10_000_000)]
    public int MaxWaitingEvents { get; set; } = 100_000;

    /// <summary>Events of one listener taken into one commit; the rest goes into the next.</summary>
    [Range(1, 10_000)]
    public int MaxEventsPerCommit { get; set; } = 2_000;
}
