using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests;

/// <summary>Discover Weekly over the weeks, and how playlists of recipes that are not due are kept.</summary>
public sealed class WeeklyTests
{
    private static readonly DateOnly Monday = new(2026, 11, 23);
    private static readonly World Large = World.OfGenres(1, 600, listenersEach: 1_500);

    private static readonly ListenerTaste Taste = World.Taste([
        .. Enumerable.Range(0, 40).Select(i => World.Played(i * 15, 3)),
    ]);

    [Theory]
    [InlineData("2026-11-23", true)]
    [InlineData("2026-11-22", false)]
    [InlineData("2028-02-28", true)]
    [InlineData("2028-02-29", false)]
    [InlineData("2027-01-01", false)]
    public void IsDue_DiscoverWeekly_OnMondaysAndDailyMixEveryDay(string date, bool isDue)
    {
        var day = DateOnly.ParseExact(date, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(isDue, PlaylistRecipe.DiscoverWeekly.IsDue(day));
        Assert.True(PlaylistRecipe.DailyMix.IsDue(day));
        Assert.Equal(DayOfWeek.Monday, PlaylistRecipe.DiscoverWeekly.LastDue(day).DayOfWeek);
        Assert.InRange(day.DayNumber - PlaylistRecipe.DiscoverWeekly.LastDue(day).DayNumber, 0, 6);
    }

    [Theory]
    [InlineData("daily-mix-1", "daily-mix", true)]
    [InlineData("daily-mixture", "daily-mix", false)]
    [InlineData("discover-weekly", "discover-weekly", true)]
    [InlineData("discover-weekly", "daily-mix", false)]
    public void Makes_AKind_IsItsNameOrItsNameAndANumber(string kind, string recipe, bool makes) =>
        Assert.Equal(makes, PlaylistRecipe.Personal.Single(r => r.Name == recipe).Makes(new PlaylistKind(kind)));

    [Fact]
    public void Discover_OnTheDaysAfterMonday_IsKeptWithItsDateDrawsAndPropensities()
    {
        var nights = Nights(Taste, Monday, 7);

        var discover = nights.ConvertAll(Discover);
        Assert.All(discover.Take(7), d => Assert.Equal(PlaylistJson.Write(discover[0]), PlaylistJson.Write(d)));
        Assert.Equal(Monday, discover[6].Date);
        Assert.NotNull(discover[6].Trace);
        Assert.Equal([Monday], nights[6].Memory.Discoveries.Select(d => d.Date));
    }

    [Fact]
    public void Discover_OverTwentyWeeks_RepeatsNothingWithinEight()
    {
        var nights = Nights(Taste, Monday, 20 * 7);

        var weeks = nights.Select(Discover).DistinctBy(d => d.Date).ToList();
        Assert.Equal(20, weeks.Count);
        for (var week = 0; week < weeks.Count; week++)
        {
            Assert.Equal(DayOfWeek.Monday, weeks[week].Date.DayOfWeek);
            Assert.Equal(30, weeks[week].Tracks.Count);
            var lately = weeks.Skip(Math.Max(0, week - 8)).Take(Math.Min(8, week)).SelectMany(w => w.Tracks);
            Assert.Empty(weeks[week].Tracks.Select(t => t.Item).Intersect(lately.Select(t => t.Item)));
        }
        // What is older is forgotten, and may come again.
        Assert.InRange(nights[^1].Memory.Discoveries.Count, 8, 9);
        Assert.NotEmpty(
            weeks[^1].Tracks.Select(t => t.Item).Intersect(weeks[0].Tracks.Concat(weeks[1].Tracks).Select(t => t.Item))
        );
    }

    [Fact]
    public void Discover_OfAnyListenerOverTenWeeks_RepeatsNoRecordingAndKeepsItsRules() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<DoNotSize<int>>(),
                seed =>
                {
                    var test = new RandomCase(seed.Item);
                    var composer = test.World.Composer(test.Parameters);
                    var published = new List<(DateOnly Date, HashSet<ItemId> Recordings)>();
                    var taste = test.Taste;
                    for (var week = 0; week < 10; week++)
                    {
                        var date = Monday.AddDays(7 * week);
                        var night = composer.Compose(taste, date);
                        taste = taste with { Memory = night.Memory, Published = night.Playlists };
                        if (night.FirstOrDefault(p => p.Kind == PlaylistKind.DiscoverWeekly) is { } discover)
                        {
                            var recordings = discover.Tracks.Select(t => test.RecordingOf(t.Item)).ToHashSet();
                            Assert.All(
                                published.Where(p => p.Date.DayNumber >= date.DayNumber - 56),
                                p => Assert.Empty(p.Recordings.Intersect(recordings))
                            );
                            Assert.All(discover.Tracks, t => Assert.False(taste.Heard!(t.Item)));
                            published.Add((date, recordings));
                        }
                    }
                }
            )
        );

    [Fact]
    public void Discover_MondayWithoutANight_IsMadeUpTheDayAfter()
    {
        var before = Nights(Taste, Monday, 1)[0];

        var late = Large
            .Composer()
            .Compose(Taste with { Memory = before.Memory, Published = before.Playlists }, Monday.AddDays(8));

        Assert.Equal(Monday.AddDays(8), Discover(late).Date);
        Assert.Equal([Monday, Monday.AddDays(8)], late.Memory.Discoveries.Select(d => d.Date));
    }

    [Fact]
    public void Discover_ListenerWhoIsNewOnAThursday_HasOneAtOnce() =>
        Assert.Equal(Monday.AddDays(3), Discover(Nights(Taste, Monday.AddDays(3), 2)[1]).Date);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Discover_TrackHatedSinceMonday_IsMadeAnewWithoutItAndKeepsMostOthers(bool byArtist)
    {
        var monday = Nights(Taste, Monday, 1)[0];
        var hated = Discover(monday).Tracks[3];
        var taste = Taste with
        {
            Memory = monday.Memory,
            Published = monday.Playlists,
            Hated = byArtist ? Taste.Hated : new HashSet<ItemId> { hated.Item },
            HatedArtists = byArtist ? new HashSet<ArtistId> { hated.Artist!.Value } : Taste.HatedArtists,
        };

        var tuesday = Large.Composer(new RecipeParameters { DiscoverEpsilon = 0 }).Compose(taste, Monday.AddDays(1));

        var items = Discover(tuesday).Tracks.Select(t => t.Item).ToList();
        Assert.Equal(Monday.AddDays(1), Discover(tuesday).Date);
        Assert.DoesNotContain(hated.Item, items);
        Assert.InRange(items.Intersect(Discover(monday).Tracks.Select(t => t.Item)).Count(), 20, 29);
        Assert.Contains(tuesday.Memory.Discoveries, d => d.Items.Contains(ListenerMemory.KeyOf(hated.Item)));
    }

    [Fact]
    public void Mixes_OfAnUnchangedListener_AreDrawnByTheSameKeyOnEveryDate()
    {
        var nights = Nights(Taste, Monday, 3);

        var mixes = nights.Select(n => n.Where(p => PlaylistRecipe.DailyMix.Makes(p.Kind)).ToList()).ToList();
        Assert.All(mixes, m => Assert.Equal(mixes[0].Select(p => p.Trace!.Policy), m.Select(p => p.Trace!.Policy)));
        Assert.Equal(Monday.AddDays(2), mixes[2][0].Date);
    }

    private static List<ComposedPlaylists> Nights(ListenerTaste taste, DateOnly first, int nights)
    {
        var composer = Large.Composer();
        var composed = new List<ComposedPlaylists>();
        for (var night = 0; night < nights; night++)
        {
            composed.Add(composer.Compose(taste, first.AddDays(night)));
            taste = taste with { Memory = composed[^1].Memory, Published = composed[^1].Playlists };
        }
        return composed;
    }

    private static Playlist Discover(ComposedPlaylists playlists) =>
        playlists.Single(p => p.Kind == PlaylistKind.DiscoverWeekly);
}
