using System.ComponentModel.DataAnnotations;
using Nocturne.Domain;

namespace Nocturne.Collect;

/// <summary>The bounds of one request to Collect.</summary>
public sealed class CollectOptions
{
    /// <summary>The largest body. It is held in memory whole, about twice while its events are stamped.</summary>
    [Range(1 << 10, 64 << 20)]
    public int MaxBodyBytes { get; set; } = 10 << 20;

    /// <summary>The most events in one message; what IngestEvents takes.</summary>
    [Range(1, EventParser.MaxLines)]
    public int MaxMessageEvents { get; set; } = EventParser.MaxLines;

    /// <summary>The largest message.</summary>
    [Range(EventParser.MaxLineBytes + 1, 1 << 20)]
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>
    /// How many refused lines an answer names; the rest is only counted. Ten million lines fit in a body, and an answer
    /// must not be larger than what was asked.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxReportedLines { get; set; } = 1_000;

    /// <summary>When a client may come again after 503.</summary>
    [Range(1, 3_600)]
    public int RetryAfterSeconds { get; set; } = 5;
}
