using System.ComponentModel.DataAnnotations;

namespace Nocturne.Serve;

/// <summary>The bounds of one request to Serve, and of one caller.</summary>
public sealed class ServeOptions
{
    /// <summary>Requests of one caller in a window, per instance: an app that opens every page at once, and some.</summary>
    [Range(1, 10_000_000)]
    public int RequestsPerCaller { get; set; } = 200;

    /// <summary>Requests from one address in a window, per instance: a household, or an office behind one address.</summary>
    [Range(1, 10_000_000)]
    public int RequestsPerAddress { get; set; } = 600;

    /// <summary>The window of both.</summary>
    [Range(1, 3_600)]
    public int RateWindowSeconds { get; set; } = 10;

    /// <summary>Proxies before this process that write X-Forwarded-For: 1 on Cloud Run, none on a developer's machine.</summary>
    [Range(0, 8)]
    public int TrustedProxies { get; set; }

    /// <summary>Origins whose pages may call, such as <c>https://app.example.org</c>; <c>*</c> is every one.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];

    /// <summary>
    /// Admits requests without a credential as an operator's. Only for a developer's machine: it is refused where
    /// <c>K_SERVICE</c> is set.
    /// </summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>The largest catalogue file; Cloud Run takes no larger body over HTTP/1. Larger ones are cut in several.</summary>
    [Range(1 << 10, 1 << 30)]
    public long MaxCatalogueBytes { get; set; } = 32 << 20;

    /// <summary>The address under which clients reach this service, for the identifiers in playlists; null for URNs.</summary>
    [Url]
    public string? PublicAddress { get; set; }
}
