using System.Runtime.InteropServices;

namespace Nocturne.Identity;

/// <summary>How often one key may come.</summary>
/// <param name="Requests">So many at once, and again in every <paramref name="Window"/>.</param>
/// <param name="Window">In which as many come back.</param>
public sealed record RateLimit(int Requests, TimeSpan Window);

/// <summary>What became of one request, with what response headers say of it.</summary>
/// <param name="IsAllowed">Whether it may go on.</param>
/// <param name="Limit">Requests in a window.</param>
/// <param name="Remaining">Requests that are left now.</param>
/// <param name="ResetIn">Whole seconds until there is one again, or, where there are some, until all are.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RateDecision(bool IsAllowed, int Limit, int Remaining, int ResetIn);

/// <summary>
/// A token bucket for each key, in this process: a deployment's real limit is this one times its instances, of which
/// there is a greatest number too.
/// </summary>
/// <remarks>
/// Keys are bounded. A key whose bucket is full says nothing and is forgotten when room is needed; while there is still
/// none, new keys share one bucket: a flood of addresses slows down itself and newcomers, not who was here before.
/// </remarks>
/// <param name="limit">The limit of each key.</param>
/// <param name="time">The clock.</param>
/// <param name="maxKeys">Most keys that are remembered; at about 150 bytes each.</param>
public sealed class RateLimiter(RateLimit limit, TimeProvider time, int maxKeys = RateLimiter.DefaultMaxKeys)
{
    /// <summary>Keys that are remembered unless said otherwise: 7.5 MB.</summary>
    public const int DefaultMaxKeys = 50_000;

    private const string Shared = "\0shared";

    // Guards _buckets and _sweptAt.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private long? _sweptAt;

    /// <summary>Counts a request of a key.</summary>
    public RateDecision Take(string key)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (!_buckets.ContainsKey(key) && _buckets.Count >= maxKeys)
            {
                Sweep(now);
                key = _buckets.Count >= maxKeys ? Shared : key;
            }
            var left = Refilled(_buckets.GetValueOrDefault(key, new Bucket(limit.Requests, now)), now);
            var isAllowed = left >= 1;
            left = isAllowed ? left - 1 : left;
            _buckets[key] = new Bucket(left, now);
            var missing = left < 1 ? 1 - left : limit.Requests - left;
            var resetIn = (int)Math.Ceiling(missing * limit.Window.TotalSeconds / limit.Requests);
            return new RateDecision(isAllowed, limit.Requests, (int)left, resetIn);
        }
    }

    private double Refilled(Bucket bucket, long now)
    {
        var windows = time.GetElapsedTime(bucket.At, now) / limit.Window;
        return Math.Min(limit.Requests, bucket.Left + (windows * limit.Requests));
    }

    /// <summary>Forgets full buckets; at most once a second, for it looks at all.</summary>
    private void Sweep(long now)
    {
        if (_sweptAt is { } last && time.GetElapsedTime(last, now) < TimeSpan.FromSeconds(1))
        {
            return;
        }
        _sweptAt = now;
        foreach (var (key, bucket) in _buckets)
        {
            if (Refilled(bucket, now) >= limit.Requests)
            {
                _buckets.Remove(key);
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Bucket(double Left, long At);
}
