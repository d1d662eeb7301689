namespace Nocturne.RunNight.Tests;

public sealed class ProcessorMeterTests
{
    private TimeSpan _taken = TimeSpan.FromSeconds(100);

    [Fact]
    public void End_OfOneAfterAnother_IsWhatTheProcessTookMeanwhile()
    {
        var meter = new ProcessorMeter(() => _taken);

        var first = meter.Begin();
        Take(3);
        Assert.Equal(TimeSpan.FromSeconds(3), meter.End(first));
        Take(5);
        var second = meter.Begin();
        Take(2);

        Assert.Equal(TimeSpan.FromSeconds(2), meter.End(second));
    }

    [Fact]
    public void End_OfSomeAtOnce_IsAnEqualShareWhileTheyRan()
    {
        var meter = new ProcessorMeter(() => _taken);

        var first = meter.Begin();
        Take(4);
        var second = meter.Begin();
        Take(6);
        var ofFirst = meter.End(first);
        Take(1);
        var ofSecond = meter.End(second);

        Assert.Equal(TimeSpan.FromSeconds(7), ofFirst);
        Assert.Equal(TimeSpan.FromSeconds(4), ofSecond);
    }

    private void Take(int seconds) => _taken += TimeSpan.FromSeconds(seconds);
}
