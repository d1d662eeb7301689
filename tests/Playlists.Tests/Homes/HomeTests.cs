using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Homes;

/// <summary>Home of listeners whose answer is known.</summary>
public sealed class HomeTests
{
    // Two genres of sixty tracks, then two shows of thirty episodes.
    private static readonly World Mixed = new(
        [
            .. Enumerable.Range(0, 120).Select(i => World.Track(i, i / 4)),
            .. Enumerable
                .Range(120, 60)
                .Select(i =>
                    World.Track(i, 100 + (i / 30)) with
                    {
                        Kind = ItemKind.Episode,
                        Number = i % 30,
                        Released = World.Date.AddDays(-1),
                    }
                ),
        ],
        World.RowsOfGenres(2, 60)
    );

    private static readonly RecipeParameters Certain = new() { Home = new HomeParameters { Epsilon = 0 } };

    [Fact]
    public void Home_ListenerOfMusicAlone_IsMusicFromTheMixesOn()
    {
        var home = Compose(World.Taste([.. Music(3)])).Home;

        Assert.Equal(["mixes", "new", "again", "on-repeat"], home.Shelves.Select(shelf => shelf.Name));
        Assert.Equal(new KindShares(FixedPoint.One, 0, 0), home.Listening);
        Assert.Equal("daily-mix-1", home.Shelves[0].Cards[0].Playlist.Value);
    }

    [Fact]
    public void Home_HalfOfThePlaysArePodcasts_HasAsManyEpisodesAmongTheFirstCards()
    {
        var taste = World.Taste([.. Music(3), .. Episodes(30)]) with
        {
            FollowedArtists = new HashSet<ArtistId> { World.Artist(104), World.Artist(105) },
        };

        var home = Compose(taste).Home;

        var first = home.Shelves.SelectMany(shelf => shelf.Cards).Take(12).ToArray();
        Assert.Equal(
            6,
            first.Count(card =>
                card.Playlist == PlaylistKind.YourEpisodes || card.Playlist == PlaylistKind.ContinueListening
            )
        );
        Assert.InRange(home.Listening.Podcasts, FixedPoint.One * 48 / 100, FixedPoint.One * 52 / 100);
    }

    [Fact]
    public void Home_ListenerOfPodcastsAlone_BeginsWithThemAndHasTheRestBelow()
    {
        var taste = World.Taste([.. Episodes(4)]) with
        {
            FollowedArtists = new HashSet<ArtistId> { World.Artist(104) },
        };

        var night = Compose(taste);

        Assert.Equal(new KindShares(0, FixedPoint.One, 0), night.Home.Listening);
        Assert.Contains(night.Home.Shelves[0].Name, new[] { "continue-listening", "your-episodes" });
        Assert.DoesNotContain(night, list => list.Kind == PlaylistKind.General);
    }

    [Fact]
    public void Home_ListenerOfNothingOrHatesAlone_IsTheGeneralPlaylist()
    {
        var hating = World.Taste() with { Hated = Enumerable.Range(0, 20).Select(World.Item).ToHashSet() };

        foreach (var taste in new[] { World.Taste(), hating })
        {
            var home = Compose(taste).Home;
            Assert.Equal(PlaylistKind.General, Assert.Single(Assert.Single(home.Shelves).Cards).Playlist);
            Assert.Equal(PlaylistKind.General, Assert.Single(home.MadeForYou).Playlist);
        }
    }

    [Fact]
    public void Home_NothingMayBePlayed_HasNoShelf()
    {
        var world = new World(
            [World.Track(0, 0)],
            [
                [0],
            ]
        );
        var taste = World.Taste(World.Played(0)) with { HatedArtists = new HashSet<ArtistId> { World.Artist(0) } };

        Assert.Empty(world.Composer().Compose(taste, World.Date).Home.Shelves);
    }

    [Theory]
    [InlineData(8, "daylist-morning")]
    [InlineData(12, "daylist-evening")]
    [InlineData(23, "daylist-morning")]
    public void Daylist_InHome_IsThatOfThePartOfDayElseTheNext(int hour, string kind)
    {
        var hours = new long[168];
        hours[8] = hours[20] = 30;
        var night = Compose(World.Taste([.. Music(3)]) with { StreamsByHourOfWeek = hours });
        var now = Instant.FromDate(World.Date) + TimeSpan.FromHours(hour);

        using var json = JsonDocument.Parse(HomeJson.Write(night.Home, night, now));

        var card = json
            .RootElement.GetProperty("shelves")
            .EnumerateArray()
            .Single(shelf => shelf.GetProperty("name").GetString() == "daylist")
            .GetProperty("cards")[0];
        Assert.Equal(kind, card.GetProperty("playlist").GetString());
    }

    [Fact]
    public void Json_OfHomeAndHub_CountsSlotsAndMultipliesPropensities()
    {
        var night = Mixed.Composer().Compose(World.Taste([.. Music(3), .. Episodes(30)]), World.Date);

        using var json = JsonDocument.Parse(HomeJson.Write(night.Home, night, Instant.FromDate(World.Date)));
        using var hub = JsonDocument.Parse(HomeJson.WriteMadeForYou(night.Home, night));

        var cards = json
            .RootElement.GetProperty("shelves")
            .EnumerateArray()
            .SelectMany(shelf => shelf.GetProperty("cards").EnumerateArray())
            .ToArray();
        Assert.Equal(Enumerable.Range(0, cards.Length), cards.Select(card => card.GetProperty("slot").GetInt32()));
        Assert.Equal(
            night.Home.Shelves.SelectMany(shelf => shelf.Cards.Select(card => shelf.Propensity * card.Propensity)),
            cards.Select(card => card.GetProperty("propensity").GetDecimal())
        );
        Assert.Equal(night.Home.Id, json.RootElement.GetProperty("id").GetGuid());
        Assert.Equal(night.Count, hub.RootElement.GetProperty("playlists").GetArrayLength());
    }

    private static ComposedPlaylists Compose(ListenerTaste taste) => Mixed.Composer(Certain).Compose(taste, World.Date);

    private static IEnumerable<TasteItem> Music(int streams) =>
        Enumerable
            .Range(0, 10)
            .SelectMany(i => new[] { World.Played(i * 3, streams), World.Played(60 + (i * 3), streams) });

    private static IEnumerable<TasteItem> Episodes(int streams) =>
        new[] { 120, 150 }.Select(i => World.Played(i, streams) with { Kind = ItemKind.Episode });
}
