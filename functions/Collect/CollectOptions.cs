using System.ComponentModel.DataAnnotations;
using Nocturne.Domain;

namespace Nocturne.Collect;

/// <summary>The bounds of one request to Collect, and of one caller.</summary>
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

    /// <summary>
    /// Requests of one token in a window, per instance: ten times what a player needs that polls every second.
    /// </summary>
    [Range(1, 1_000_000)]
    public int RequestsPerToken { get; set; } = 100;

    /// <summary>Requests from one address in a window, per instance: a household, or an office behind one address.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerAddress { get; set; } = 300;

    /// <summary>The window of both; ListenBrainz's own.</summary>
    [Range(1, 3_600)]
    public int RateWindowSeconds { get; set; } = 10;

    /// <summary>Proxies before this process that write X-Forwarded-For: 1 on Cloud Run, none on a developer's machine.</summary>
    [Range(0, 8)]
    public int TrustedProxies { get; set; }

    /// <summary>
    /// Takes <c>POST /v1/events</c> from anybody, for any listener. Only for a developer's machine: it is refused where
    /// <c>K_SERVICE</c> is set.
    /// </summary>
    public bool AllowAnonymousEvents { get; set; }

    /// <summary>
    /// The address under which clients reach this service, such as <c>https://listens.example.org</c>, for the
    /// identifiers of playlists; where it is not set, what the request was sent to.
    /// </summary>
    [Url]
    public string? PublicAddress { get; set; }
}
