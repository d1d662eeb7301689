namespace Nocturne.Domain.Tests;

public sealed class TimeTests
{
    [Theory]
    [InlineData("2026-11-16T00:00:00Z", 0)]
    [InlineData("2026-11-16T00:59:59.999Z", 0)]
    [InlineData("2026-11-16T01:00:00Z", 1)]
    [InlineData("2026-11-20T08:30:00Z", 104)]
    [InlineData("2026-11-22T23:59:59Z", 167)]
    [InlineData("2000-01-01T00:00:00Z", 120)]
    public void HourOfWeek_CountsFromMondayMidnightUtc(string time, int expected) =>
        Assert.Equal(expected, At(time).HourOfWeek);

    [Fact]
    public void HourOfWeek_OfEveryHourOfYears_AgreesWithTheCalendar()
    {
        for (var time = At("2023-12-30T00:30:00Z"); time < At("2026-01-05T00:00:00Z"); time += TimeSpan.FromHours(1))
        {
            var utc = time.ToDateTimeOffset();

            Assert.Equal(((((int)utc.DayOfWeek + 6) % 7) * 24) + utc.Hour, time.HourOfWeek);
        }
    }

    [Fact]
    public void Instant_OfADay_IsItsMidnightAndHasItsDateAndMonth()
    {
        for (var date = new DateOnly(2023, 1, 1); date < new DateOnly(2027, 1, 1); date = date.AddDays(1))
        {
            var midnight = Instant.FromDate(date);

            Assert.Equal(new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero), midnight.ToDateTimeOffset());
            Assert.Equal(date, midnight.Date);
            Assert.Equal(date, (midnight + TimeSpan.FromMilliseconds(86_399_999)).Date);
            Assert.Equal(new DateOnly(date.Year, date.Month, 1), midnight.Month.FirstDay);
        }
    }

    [Theory]
    [InlineData(2026, 1, -1, "2025-12")]
    [InlineData(2026, 11, 0, "2026-11")]
    [InlineData(2026, 12, 1, "2027-01")]
    [InlineData(2026, 11, -47, "2022-12")]
    public void Month_Plus_CrossesYears(int year, int month, int plus, string expected) =>
        Assert.Equal(expected, Month.Of(new DateOnly(year, month, 15)).Plus(plus).ToString());

    [Fact]
    public void ShortLater_SevenDays_Halves()
    {
        var from = new Month((2026 * 12) + 10);
        for (var weeks = 0; weeks <= 10; weeks++)
        {
            Assert.Equal(1_024_000 >> weeks, Horizons.ShortLater(1_024_000, from, from.FirstDay.AddDays(7 * weeks)));
        }
    }

    [Fact]
    public void ShortLater_EveryDay_FadesAsTwoToTheSevenths()
    {
        var from = new Month((2026 * 12) + 10);
        const long Weight = 1L << 40;
        for (var days = 0; days < 280; days++)
        {
            var exact = Weight * Math.Pow(2, -days / 7.0);

            Assert.InRange(
                Horizons.ShortLater(Weight, from, from.FirstDay.AddDays(days)),
                (exact * 0.999) - 1,
                exact * 1.001
            );
        }
    }

    [Fact]
    public void ShortLater_YearsLater_IsNothing() =>
        Assert.Equal(0, Horizons.ShortLater(long.MaxValue / 4_096, new Month(24_000), new Month(24_012)));

    [Fact]
    public void LongWeight_EveryMonthOfTheHorizon_FadesAsTwoToTheSixths()
    {
        var latest = new Month((2026 * 12) + 10);
        for (var back = 0; back < Horizons.Months; back++)
        {
            var exact = 1_000_000 * Horizons.One * Math.Pow(2, -back / 6.0);

            Assert.InRange(Horizons.LongWeight(1_000_000, latest.Plus(-back), latest), exact * 0.999, exact * 1.001);
        }
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0, false)]
    [InlineData(29_999, false)]
    [InlineData(30_000, true)]
    public void Play_IsAStream_From30SecondsOrWithoutALength(int? played, bool expected) =>
        Assert.Equal(expected, Play(played, null, PlayEnd.Completed).IsStream);

    [Theory]
    [InlineData(29_999, null, PlayEnd.Skipped, true)]
    [InlineData(30_000, null, PlayEnd.Skipped, false)]
    [InlineData(29_999, 240_000, PlayEnd.Skipped, true)]
    [InlineData(9_999, 20_000, PlayEnd.Skipped, true)]
    [InlineData(10_000, 20_000, PlayEnd.Skipped, false)]
    [InlineData(5_000, 240_000, PlayEnd.Stopped, false)]
    [InlineData(5_000, 240_000, PlayEnd.Failed, false)]
    [InlineData(5_000, 240_000, PlayEnd.Unknown, false)]
    [InlineData(null, 240_000, PlayEnd.Skipped, false)]
    public void Play_IsASkip_WhenTheListenerEndedItEarly(int? played, int? duration, PlayEnd end, bool expected) =>
        Assert.Equal(expected, Play(played, duration, end).IsSkip);

    private static PlayEvent Play(int? played, int? duration, PlayEnd end) =>
        new()
        {
            Listener = new ListenerId("alice"),
            Id = new EventId("e"),
            StartedAt = default,
            ReceivedAt = default,
            Item = new ItemId("i"),
            MsPlayed = played,
            DurationMs = duration,
            End = end,
        };

    private static Instant At(string time) =>
        Instant.From(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
}
