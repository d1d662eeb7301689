namespace Nocturne.Adapters.GoogleRest;

/// <summary>Counts a call's attempts and says how long to pause before the next one.</summary>
internal sealed class RetryBudget
{
    private readonly RetryOptions _options;
    private readonly TimeProvider _time;
    private readonly Jitter _jitter;
    private long _started;
    private int _attempts = 1;

    public RetryBudget(RetryOptions options, TimeProvider time, Jitter jitter)
    {
        _options = options;
        _time = time;
        _jitter = jitter;
        _started = time.GetTimestamp();
    }

    /// <summary>Attempts that were begun.</summary>
    public int Attempts => _attempts;

    /// <summary>Since the first attempt.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    /// <summary>Begins anew: there was progress.</summary>
    public void Reset() => (_attempts, _started) = (1, _time.GetTimestamp());

    /// <summary>
    /// Whether there is another attempt, and the pause before it: at least what the service asked for, plus a random
    /// part of a bound that doubles (full jitter), so that callers that failed together do not return together.
    /// </summary>
    public bool TryNext(TimeSpan? retryAfter, out TimeSpan pause)
    {
        const int MostDoublings = 20; // keeps the shift in range; the longest pause comes much earlier
        var bound = Math.Min(
            _options.LongestBackoff.Ticks,
            _options.FirstBackoff.Ticks << Math.Min(_attempts - 1, MostDoublings)
        );
        pause = (retryAfter ?? TimeSpan.Zero) + TimeSpan.FromTicks((long)(bound * _jitter.Next()));
        _attempts++;
        return _attempts <= _options.MaxAttempts && Elapsed + pause < _options.TotalTimeout;
    }
}

/// <summary>Random numbers for many callers.</summary>
internal sealed class Jitter(int seed)
{
    // Guards _random, which is not safe for concurrent use.
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);

    /// <summary>In [0, 1).</summary>
    public double Next()
    {
        lock (_gate)
        {
            return _random.NextDouble();
        }
    }
}
