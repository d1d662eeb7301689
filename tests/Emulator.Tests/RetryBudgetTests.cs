using Nocturne.Adapters.GoogleRest;
using Nocturne.Testing;

namespace Nocturne.Emulator.Tests;

public sealed class RetryBudgetTests
{
    private static readonly RetryOptions Options = new()
    {
        MaxAttempts = 5,
        TotalTimeout = TimeSpan.FromSeconds(35),
        FirstBackoff = TimeSpan.FromMilliseconds(100),
        LongestBackoff = TimeSpan.FromMilliseconds(500),
    };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Pauses_GrowToTheirBoundAndAttemptsEnd()
    {
        TimeSpan[] bounds = [.. new[] { 100, 200, 400, 500 }.Select(ms => TimeSpan.FromMilliseconds(ms))];
        var seen = bounds.Select(_ => new List<TimeSpan>()).ToArray();

        for (var seed = 0; seed < 200; seed++)
        {
            var budget = new RetryBudget(Options, _time, new Jitter(seed));
            foreach (var list in seen)
            {
                Assert.True(budget.TryNext(retryAfter: null, out var pause));
                list.Add(pause);
            }
            Assert.False(budget.TryNext(retryAfter: null, out _));
        }

        // Full jitter: anything from nothing to the bound.
        Assert.All(seen.Zip(bounds), pair => Assert.InRange(pair.First.Max(), pair.Second * 0.9, pair.Second));
        Assert.All(seen.Zip(bounds), pair => Assert.InRange(pair.First.Min(), TimeSpan.Zero, pair.Second * 0.1));
    }

    [Fact]
    public void RetryAfter_IsTheLeastPause()
    {
        var budget = new RetryBudget(Options, _time, new Jitter(1));

        Assert.True(budget.TryNext(TimeSpan.FromSeconds(3), out var pause));

        Assert.InRange(pause, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.1));
    }

    [Fact]
    public void RetryAfter_BeyondTheTimeAllowed_EndsTheAttempts()
    {
        Assert.False(new RetryBudget(Options, _time, new Jitter(1)).TryNext(TimeSpan.FromMinutes(1), out _));
    }

    [Fact]
    public void TimeAllowed_Passed_EndsTheAttempts()
    {
        var budget = new RetryBudget(Options, _time, new Jitter(1));

        _time.Advance(Options.TotalTimeout);

        Assert.False(budget.TryNext(retryAfter: null, out _));
    }
}
