using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Recipes;

public sealed class DaylistTests
{
    private const int Breakfast = 0;
    private const int Supper = 60;

    // A Sunday; clocks went forward in Berlin that night.
    private static readonly DateOnly Date = new(2026, 3, 29);

    private static readonly World Genres = World.OfGenres(2, 60);

    [Fact]
    public void Daylist_GenresByTimeOfDay_HasEachInItsPart()
    {
        var lists = Compose(Both([.. Plays(Breakfast, hour: 8), .. Plays(Supper, hour: 20)]));

        Assert.Equal(["daylist-morning", "daylist-evening"], lists.Select(list => list.Kind.Value));
        Assert.Equal(["Sunday morning", "Sunday evening"], lists.Select(list => list.Title));
        Assert.Equal("What you play on a Sunday morning, and more like it.", lists[0].Description);
        Assert.All(First(lists[0], 8), item => Assert.InRange(item, 0, 59));
        Assert.All(First(lists[1], 8), item => Assert.InRange(item, 60, 119));
        Assert.All(lists, list => Assert.Contains(list.Tracks, track => track.Reason.Kind == ReasonKind.Neighbour));
    }

    [Fact]
    public void Daylist_ZoneWestOfThePlays_IsAtItsOwnHours()
    {
        var taste = Both([.. Plays(Breakfast, hour: 8), .. Plays(Supper, hour: 20)]) with
        {
            TimeZone = "America/New_York",
        };

        // 08:00 in Berlin is the night before in New York, 20:00 in Berlin is the afternoon there.
        Assert.Equal(["daylist-afternoon", "daylist-night"], Compose(taste).Select(list => list.Kind.Value));
    }

    [Fact]
    public void Daylist_PlaysOnBothSidesOfAClockChange_AreAtTheSameWallTime()
    {
        // 05:30 on the wall is 04:30 UTC before the change and 03:30 after; an hour earlier would be night.
        var plays = Plays(Breakfast, hour: 5, minute: 30).ToArray();

        var utcHours = plays.Select(play => play.StartedAt.ToDateTimeOffset().Hour).Distinct().Order();

        Assert.Equal([3, 4], utcHours);
        Assert.Equal(["daylist-morning"], Compose(Both(plays)).Select(list => list.Kind.Value));
    }

    [Fact]
    public void Daylist_OtherWeekday_CountsLess()
    {
        var sundays = Plays(Breakfast, hour: 20).Where(play => Local(play).DayOfWeek == DayOfWeek.Sunday);
        var others = Plays(Supper, hour: 20).Where(play => Local(play).DayOfWeek != DayOfWeek.Sunday);
        var mornings = Plays(Breakfast, hour: 8).Concat(Plays(Supper, hour: 8));
        var taste = Both([.. sundays, .. others.Take(sundays.Count()), .. mornings]);

        var onSunday = Compose(taste).Single(list => list.Kind == PlaylistKind.Daylist(DayPart.Evening));
        var onMonday = Compose(taste, Date.AddDays(1))
            .Single(list => list.Kind == PlaylistKind.Daylist(DayPart.Evening));

        Assert.True(Share(onSunday) > Share(onMonday));
        Assert.Equal("Monday evening", onMonday.Title);

        static int Share(Playlist list) => First(list, 20).Count(item => item < 60);
    }

    [Fact]
    public void Daylist_HoursWithoutPlays_IsTheTasteAndSaysSo()
    {
        // All streams on Saturdays from 20:00 to 21:00 UTC.
        var hours = new long[168];
        hours[(5 * 24) + 20] = 40;
        var taste = Both([]) with { StreamsByHourOfWeek = hours, TimeZone = null };

        var list = Assert.Single(Compose(taste));

        Assert.Equal(PlaylistKind.Daylist(DayPart.Evening), list.Kind);
        Assert.Contains("until it is known", list.Description, StringComparison.Ordinal);
        Assert.Equal(5 * FixedPoint.One, list.Tracks[0].Reason.Score);
    }

    [Fact]
    public void Daylist_FewStreamsInAPart_IsNotMade()
    {
        Assert.Empty(Compose(Both([.. Plays(Breakfast, hour: 8).Take(4)])));
        Assert.Empty(Compose(Both([])));
    }

    [Fact]
    public void Daylist_LeapDay_IsNamedAfterItsWeekday()
    {
        var leapDay = new DateOnly(2028, 2, 29);
        var later = TimeSpan.FromDays(leapDay.DayNumber - Date.DayNumber - 8);
        var plays = Plays(Breakfast, hour: 8).Select(play => play with { StartedAt = play.StartedAt + later });

        var lists = Compose(Both([.. plays.OrderByDescending(play => play.StartedAt)]), leapDay);

        Assert.Equal("Tuesday morning", Assert.Single(lists).Title);
    }

    /// <summary>Sixteen plays of a genre, at one time on the wall of Berlin, eight days before and after the change.</summary>
    private static IEnumerable<RecentPlay> Plays(int first, int hour, int minute = 0)
    {
        for (var i = 0; i < 16; i++)
        {
            var day = Date.AddDays(i - 8);
            var offset = TimeSpan.FromHours(day < Date ? 1 : 2);
            var started = new DateTimeOffset(day, new TimeOnly(hour, minute), offset);
            yield return new RecentPlay(
                Instant.From(started),
                World.Item(first + (i % 8 * 7)),
                default,
                null,
                true,
                false
            );
        }
    }

    private static DateTimeOffset Local(RecentPlay play) =>
        play.StartedAt.ToDateTimeOffset().ToOffset(TimeSpan.FromHours(1));

    private static ListenerTaste Both(RecentPlay[] plays) =>
        World.Taste([
            .. Enumerable
                .Range(0, 8)
                .SelectMany(i => new[] { World.Played(Breakfast + (i * 7), 5), World.Played(Supper + (i * 7), 5) }),
        ]) with
        {
            TimeZone = "Europe/Berlin",
            RecentPlays = plays,
        };

    private static IReadOnlyList<Playlist> Compose(ListenerTaste taste, DateOnly? date = null) =>
        [
            .. Genres
                .Composer(new RecipeParameters { Daylist = new DaylistParameters { Epsilon = 0 } })
                .Compose(taste, date ?? Date, [PlaylistRecipe.Daylist])
                .Where(list => list.Kind != PlaylistKind.General),
        ];

    private static IEnumerable<int> First(Playlist list, int count) =>
        list.Tracks.Take(count).Select(track => Genres.Catalogue.IndexOf(track.Item));
}
