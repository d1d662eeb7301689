using Nocturne.Identity;

namespace Nocturne.Collect;

/// <summary>How often one listener's clients, and one address, may come.</summary>
internal sealed class RateLimiters(CollectOptions options, TimeProvider time)
{
    /// <summary>By listener, whichever of their tokens it is.</summary>
    public RateLimiter OfListeners { get; } = new(Limit(options.RequestsPerToken, options), time);

    /// <summary>By address, before anything is read: who guesses tokens is slowed down too.</summary>
    public RateLimiter OfAddresses { get; } = new(Limit(options.RequestsPerAddress, options), time);

    private static RateLimit Limit(int requests, CollectOptions options) =>
        new(requests, TimeSpan.FromSeconds(options.RateWindowSeconds));
}
