using Nocturne.Testing;

namespace Nocturne.Identity.Tests;

public sealed class RateLimiterTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Requests_UpToTheLimit_AreAllowedAndCounted()
    {
        var limiter = new RateLimiter(new RateLimit(3, TimeSpan.FromSeconds(9)), _time);

        Assert.Equal(new RateDecision(true, 3, 2, 3), limiter.Take("a"));
        Assert.Equal(new RateDecision(true, 3, 1, 6), limiter.Take("a"));
        Assert.Equal(new RateDecision(true, 3, 0, 3), limiter.Take("a"));
        Assert.Equal(new RateDecision(false, 3, 0, 3), limiter.Take("a"));
        Assert.True(limiter.Take("b").IsAllowed);
    }

    [Fact]
    public void Waiting_AsLongAsWasSaid_IsEnough()
    {
        var limiter = new RateLimiter(new RateLimit(7, TimeSpan.FromSeconds(10)), _time);
        for (var i = 0; i < 100; i++)
        {
            var decision = limiter.Take("a");
            if (decision.IsAllowed)
            {
                continue;
            }
            Assert.InRange(decision.ResetIn, 1, 10);
            _time.Advance(TimeSpan.FromSeconds(decision.ResetIn));
            Assert.True(limiter.Take("a").IsAllowed);
        }
    }

    [Fact]
    public void AWindow_LetsThroughTheLimitAgain_AndNoMore()
    {
        var limiter = new RateLimiter(new RateLimit(30, TimeSpan.FromSeconds(10)), _time);
        var allowed = 0;
        for (var second = 0; second < 100; second++)
        {
            for (var i = 0; i < 20; i++)
            {
                allowed += limiter.Take("a").IsAllowed ? 1 : 0;
            }
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(allowed, 30 + (30 * 9), 30 + (30 * 10));
    }

    [Fact]
    public void Keys_OverTheBound_ShareOneBucketUntilOthersAreForgotten()
    {
        var limiter = new RateLimiter(new RateLimit(2, TimeSpan.FromSeconds(10)), _time, maxKeys: 4);
        foreach (var key in new[] { "a", "b", "c", "d" })
        {
            Assert.True(limiter.Take(key).IsAllowed);
        }

        Assert.True(limiter.Take("e").IsAllowed);
        Assert.True(limiter.Take("f").IsAllowed);
        Assert.False(limiter.Take("g").IsAllowed);
        Assert.True(limiter.Take("a").IsAllowed);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(limiter.Take("g").IsAllowed);
        Assert.True(limiter.Take("g").IsAllowed);
        Assert.False(limiter.Take("g").IsAllowed);
        Assert.True(limiter.Take("h").IsAllowed);
    }
}
