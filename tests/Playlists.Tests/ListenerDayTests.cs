using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;
using NodaTime;
using Instant = Nocturne.Domain.Instant;

namespace Nocturne.Playlists.Tests;

public sealed class ListenerDayTests
{
    [Theory]
    // An ordinary day, in zones with odd offsets.
    [InlineData("2026-11-21", DayPart.Morning, "Europe/Berlin", "2026-11-21T04:00:00Z", "2026-11-21T10:00:00Z")]
    [InlineData("2026-11-21", DayPart.Afternoon, "Asia/Kolkata", "2026-11-21T05:30:00Z", "2026-11-21T11:30:00Z")]
    [InlineData("2026-11-21", DayPart.Evening, "Pacific/Kiritimati", "2026-11-21T03:00:00Z", "2026-11-21T08:00:00Z")]
    [InlineData("2026-11-21", DayPart.Night, null, "2026-11-21T22:00:00Z", "2026-11-22T05:00:00Z")]
    [InlineData("2026-11-21", DayPart.Night, "Mars/Olympus", "2026-11-21T22:00:00Z", "2026-11-22T05:00:00Z")]
    // Clocks go forward and back in the night: six and eight hours, and half an hour on Lord Howe.
    [InlineData("2026-03-28", DayPart.Night, "Europe/Berlin", "2026-03-28T21:00:00Z", "2026-03-29T03:00:00Z")]
    [InlineData("2026-10-24", DayPart.Night, "Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T04:00:00Z")]
    [InlineData("2026-03-07", DayPart.Night, "America/New_York", "2026-03-08T03:00:00Z", "2026-03-08T09:00:00Z")]
    [InlineData("2026-04-04", DayPart.Night, "Australia/Lord_Howe", "2026-04-04T11:00:00Z", "2026-04-04T18:30:00Z")]
    // A leap day and the night before it.
    [InlineData("2028-02-28", DayPart.Night, "Asia/Tokyo", "2028-02-28T13:00:00Z", "2028-02-28T20:00:00Z")]
    [InlineData("2028-02-29", DayPart.Night, "Asia/Tokyo", "2028-02-29T13:00:00Z", "2028-02-29T20:00:00Z")]
    // Samoa had no 30 December 2011: its night alone is left, on the 31st.
    [InlineData("2011-12-30", DayPart.Morning, "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z")]
    [InlineData("2011-12-30", DayPart.Night, "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T15:00:00Z")]
    public void Part_OfADay_IsWhereTheClockSays(string day, DayPart part, string? zone, string begin, string end)
    {
        var (actualBegin, actualEnd) = ListenerDay.Of(DateOnly.Parse(day, null), part, zone);

        Assert.Equal(Instant.From(DateTimeOffset.Parse(begin, null)), actualBegin);
        Assert.Equal(Instant.From(DateTimeOffset.Parse(end, null)), actualEnd);
    }

    [Fact]
    public void Parts_OfAnyDayAndZone_FollowEachOtherAndHoldTheirMoments()
    {
        var zones = DateTimeZoneProviders.Tzdb.Ids;
        Check.One(
            Properties.Of(2_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<DoNotSize<int>>(),
                seed =>
                {
                    var random = new Random(seed.Item);
                    var zone = zones[random.Next(zones.Count)];
                    var day = new DateOnly(2005, 1, 1).AddDays(random.Next(25 * 365));
                    var before = ListenerDay.Of(day.AddDays(-1), DayPart.Night, zone).End;
                    foreach (var part in Enum.GetValues<DayPart>())
                    {
                        var (begin, end) = ListenerDay.Of(day, part, zone);
                        Assert.Equal(before, begin);
                        Assert.True(begin.CompareTo(end) <= 0);
                        if (begin < end)
                        {
                            Assert.Equal((day, part), ListenerDay.At(begin, zone));
                            Assert.Equal((day, part), ListenerDay.At(end + TimeSpan.FromMilliseconds(-1), zone));
                        }
                        before = end;
                    }
                }
            )
        );
    }
}
