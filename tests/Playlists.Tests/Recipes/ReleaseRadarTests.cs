using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests.Recipes;

public sealed class ReleaseRadarTests
{
    private static readonly DateOnly Friday = new(2026, 11, 20);

    // Two genres of 15 artists; the fourth track of every artist came out this month, an artist a day.
    private static readonly World NewEveryDay = Releasing(track => Friday.AddDays(-(track / 4)));

    [Fact]
    public void ReleaseRadar_FollowedAndLoved_ComeBeforeTheirNeighbours()
    {
        var taste = World.Taste([World.Played(0, 9), World.Played(20, 4)]) with
        {
            FollowedArtists = new HashSet<ArtistId> { World.Artist(20) },
        };

        var radar = RadarOf(NewEveryDay, taste)!;

        // Artist 20 is followed (10), artist 0 played nine times, artist 5 four times; all others are near.
        Assert.Equal(new[] { 83, 3, 23 }.Select(World.Item), radar.Tracks.Take(3).Select(track => track.Item));
        Assert.Equal(10 * FixedPoint.One, radar.Tracks[0].Reason.Score);
        Assert.Empty(radar.Tracks[0].Reason.Seeds);
        Assert.Equal("new from an artist you follow", radar.Tracks[0].Reason.ToText(_ => null));
        Assert.Equal(World.Item(0), radar.Tracks[1].Reason.Seeds[0].Item);
        Assert.Equal("new, and you play t0", radar.Tracks[1].Reason.ToText(_ => null));
        var near = radar.Tracks.Skip(3).TakeWhile(track => track.Reason.Kind == ReasonKind.Release).ToArray();
        Assert.InRange(near.Length, 5, 13);
        Assert.All(near, track => Assert.InRange(NewEveryDay.Catalogue.IndexOf(track.Item), 0, 59));
        Assert.Distinct(radar.Tracks.Select(track => track.Artist));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-27, true)]
    [InlineData(-28, false)]
    [InlineData(1, false)]
    public void ReleaseRadar_Window_IsTheLastFourWeeks(int days, bool isNew)
    {
        var world = Releasing(_ => Friday.AddDays(days));

        var radar = RadarOf(world, World.Taste(World.Played(0, 5)));

        Assert.Equal(isNew, radar is not null);
    }

    [Fact]
    public void ReleaseRadar_RecordingThatWasOutBefore_IsNotNew()
    {
        var tracks = NewEveryDay.Catalogue;
        var world = new World(
            [
                .. Enumerable
                    .Range(0, tracks.Count)
                    .Select(i => i == 1 ? tracks[1] with { Title = "Title 3 (Remastered)", Year = 1999 } : tracks[i]),
            ],
            [
                [0, 1, 2, 3],
            ]
        );

        Assert.Null(RadarOf(world, World.Taste(World.Played(0, 5))));
    }

    [Fact]
    public void ReleaseRadar_HeardAlready_IsLeftOut()
    {
        var taste = World.Taste(World.Played(0, 5)) with { Heard = item => item == World.Item(3) };

        Assert.DoesNotContain(RadarOf(NewEveryDay, taste)!.Tracks, track => track.Item == World.Item(3));
    }

    [Fact]
    public void ReleaseRadar_OneFollowedArtistAlone_IsFilledWithWhatEveryonePlaysAndSaysSo()
    {
        var taste = World.Taste() with { FollowedArtists = new HashSet<ArtistId> { World.Artist(2) } };

        var radar = RadarOf(NewEveryDay, taste)!;

        Assert.Equal(World.Item(11), radar.Tracks[0].Item);
        Assert.All(radar.Tracks.Skip(1), track => Assert.Equal(ReasonKind.Popular, track.Reason.Kind));
        Assert.Contains("1 near what you play", radar.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void ReleaseRadar_NothingPersonal_IsNotMade() => Assert.Null(RadarOf(NewEveryDay, World.Taste()));

    [Fact]
    public void ReleaseRadar_OtherDays_StaysWhatFridayMade()
    {
        var taste = World.Taste(World.Played(0, 5));
        var composer = NewEveryDay.Composer();
        var friday = composer.Compose(taste, Friday);
        for (var day = 1; day <= 7; day++)
        {
            var later = composer
                .Compose(taste with { Published = friday.Playlists, Memory = friday.Memory }, Friday.AddDays(day))
                .Single(playlist => playlist.Kind == PlaylistKind.ReleaseRadar);
            Assert.Equal(day == 7 ? Friday.AddDays(7) : Friday, later.Date);
        }
    }

    [Fact]
    public void ReleaseRadar_OfAnyListener_IsNewUnheardOneAnArtistAndLovedFirst() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<DoNotSize<int>>(),
                seed =>
                {
                    var test = new RandomCase(seed.Item);
                    var radar = test.Playlists.SingleOrDefault(list => list.Kind == PlaylistKind.ReleaseRadar);
                    AssertKept(test, radar?.Tracks ?? []);
                }
            )
        );

    private static void AssertKept(RandomCase test, IReadOnlyList<PlaylistTrack> tracks)
    {
        var catalogue = test.World.Catalogue;
        var follows = test.Taste.FollowedArtists.Select(catalogue.ArtistNumber).ToHashSet();
        Assert.All(
            tracks,
            track =>
            {
                var known = catalogue[catalogue.IndexOf(track.Item)];
                Assert.InRange(known.Released!.Value, RandomCase.Monday.AddDays(-27), RandomCase.Monday);
                Assert.Equal(ItemKind.Track, known.Kind);
                Assert.False(test.Taste.Heard!(track.Item));
                Assert.DoesNotContain(track.Item, test.Taste.Items.Select(played => played.Item));
            }
        );
        // Nothing near comes before what is followed, nothing popular before what is near.
        var tiers = tracks
            .Select(track =>
                track.Reason.Kind == ReasonKind.Popular ? 2
                : follows.Contains(catalogue.ArtistOf(catalogue.IndexOf(track.Item))) ? 0
                : 1
            )
            .ToArray();
        Assert.DoesNotContain(0, tiers.SkipWhile(tier => tier < 2));
        Assert.Equal(tiers.Count(tier => tier == 2), tiers.Reverse().TakeWhile(tier => tier == 2).Count());
    }

    private static World Releasing(Func<int, DateOnly> released) =>
        new(
            [
                .. Enumerable
                    .Range(0, 120)
                    .Select(i =>
                        i % 4 == 3 ? World.Track(i, i / 4) with { Released = released(i) } : World.Track(i, i / 4)
                    ),
            ],
            World.RowsOfGenres(2, 60)
        );

    private static Playlist? RadarOf(World world, ListenerTaste taste) =>
        world
            .Composer(new RecipeParameters { ReleaseRadar = new ReleaseRadarParameters { Epsilon = 0 } })
            .Compose(taste, Friday)
            .SingleOrDefault(playlist => playlist.Kind == PlaylistKind.ReleaseRadar);
}
