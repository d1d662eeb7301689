using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests.Recipes;

public sealed class FreshFindsTests
{
    private static readonly DateOnly Wednesday = new(2026, 11, 18);

    [Fact]
    public void FreshFinds_OfATaste_AreItsEmergingArtistsByFit()
    {
        // Two genres of fifteen artists; three of each emerge.
        var world = World.OfGenres(2, 60);
        world.EmergingArtists = new HashSet<int> { 2, 5, 8, 20, 23, 26 };

        var finds = FindsOf(world, TasteOfTheFirstGenre())!;

        var personal = finds.Tracks.TakeWhile(track => track.Reason.Kind != ReasonKind.Popular).ToArray();
        Assert.Equal([2, 5, 8], personal.Select(track => world.Catalogue.IndexOf(track.Item) / 4).Distinct().Order());
        Assert.Equal(6, personal.Length);
        Assert.All(personal, track => Assert.Equal(ReasonKind.Fresh, track.Reason.Kind));
        Assert.Equal(
            personal.Select(track => track.Reason.Score).OrderDescending(),
            personal.Select(track => track.Reason.Score)
        );
        // The other genre's are not near: they fill the list, and the description says so.
        Assert.Equal(6, finds.Tracks.Count - personal.Length);
        Assert.Equal("Emerging artists: 6 near what you play, 6 that others found.", finds.Description);
    }

    [Fact]
    public void FreshFinds_NobodyEmergesOrNothingNear_IsNotMade()
    {
        var world = World.OfGenres(2, 60);
        Assert.Null(FindsOf(world, TasteOfTheFirstGenre()));
        world.EmergingArtists = new HashSet<int> { 20, 23, 26 };

        Assert.Null(FindsOf(world, TasteOfTheFirstGenre()));
        Assert.Null(FindsOf(world, World.Taste()));
    }

    [Fact]
    public void FreshFinds_OtherDays_IsNotDue() =>
        Assert.Equal(
            [DayOfWeek.Wednesday],
            Enumerable
                .Range(0, 7)
                .Select(day => Wednesday.AddDays(day))
                .Where(PlaylistRecipe.FreshFinds.IsDue)
                .Select(day => day.DayOfWeek)
        );

    [Fact]
    public void Price_OfEmergingArtists_MultipliesTheirMeritsAndNotTheirScores()
    {
        var world = World.OfGenres(2, 60);
        world.EmergingArtists = new HashSet<int> { 2, 4, 6 };
        var free = Discover(world);
        world.EmergingPrice = 2_000;
        var priced = Discover(world);

        Assert.True(Emerging(priced).Count() > Emerging(free).Count());
        foreach (var (track, slot) in priced.Tracks.Zip(priced.Trace!.Slots))
        {
            var factor = Emerging(priced).Contains(track) ? 2 : 1;
            Assert.Equal(track.Reason.Score * factor, slot.Merits[slot.Chosen], 5d);
        }

        IEnumerable<PlaylistTrack> Emerging(Playlist list) =>
            list.Tracks.Where(track => world.EmergingArtists.Contains(world.Catalogue.IndexOf(track.Item) / 4));

        static Playlist Discover(World world) =>
            world
                .Composer(new RecipeParameters { DiscoverTracks = 6, DiscoverNewArtistShare = 1000 })
                .Compose(TasteOfTheFirstGenre(), new DateOnly(2026, 11, 16), [PlaylistRecipe.DiscoverWeekly])[0];
    }

    [Fact]
    public void FreshFinds_OfAnyListener_AreUnheardMusicOfEmergingArtistsPersonalFirst() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), seed => AssertKept(new RandomCase(seed.Item)))
        );

    private static void AssertKept(RandomCase test)
    {
        var catalogue = test.World.Catalogue;
        var tracks = test.Playlists.SingleOrDefault(list => list.Kind == PlaylistKind.FreshFinds)?.Tracks ?? [];
        Assert.All(
            tracks,
            track =>
            {
                var index = catalogue.IndexOf(track.Item);
                Assert.Contains(catalogue.ArtistOf(index), test.World.EmergingArtists);
                Assert.Equal(ItemKind.Track, catalogue[index].Kind);
                Assert.False(test.Taste.Heard!(track.Item));
                Assert.DoesNotContain(track.Item, test.Taste.Items.Select(played => played.Item));
            }
        );
        var tiers = tracks.Select(track =>
            track.Reason.Kind switch
            {
                ReasonKind.Fresh => 0,
                ReasonKind.Neighbour => 1,
                _ => 2,
            }
        );
        Assert.Equal(tiers.Order(), tiers);
    }

    private static ListenerTaste TasteOfTheFirstGenre() =>
        World.Taste([.. Enumerable.Range(0, 8).Select(i => World.Played(i * 7))]);

    private static Playlist? FindsOf(World world, ListenerTaste taste) =>
        world
            .Composer(
                new RecipeParameters
                {
                    ArtistSpacing = 0,
                    FreshFinds = new FreshFindsParameters { Epsilon = 0 },
                }
            )
            .Compose(taste, Wednesday, [PlaylistRecipe.FreshFinds])
            .SingleOrDefault(list => list.Kind == PlaylistKind.FreshFinds);
}
