using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.Playlists.Tests;

public sealed class RecipeTests
{
    private static readonly World TwoGenres = World.OfGenres(2, 60);

    [Fact]
    public void DailyMix_TasteOfTwoGenres_GivesAMixOfEach()
    {
        var taste = World.Taste([
            .. Enumerable.Range(0, 10).SelectMany(i => new[] { World.Played(i, 3), World.Played(60 + i, 2) }),
        ]);

        var mixes = MixesOf(TwoGenres.Compose(taste));

        Assert.Equal(2, mixes.Length);
        Assert.All(mixes[0].Tracks, t => Assert.InRange(TwoGenres.Catalogue.IndexOf(t.Item), 0, 59));
        Assert.All(mixes[1].Tracks, t => Assert.InRange(TwoGenres.Catalogue.IndexOf(t.Item), 60, 119));
        Assert.All(mixes, m => Assert.Contains(m.Tracks, t => t.Reason.Kind == ReasonKind.Favourite));
        Assert.All(mixes, m => Assert.Contains(m.Tracks, t => t.Reason.Kind == ReasonKind.Neighbour));
        Assert.Equal("Artist 0, Artist 1, Artist 2 and more like them.", mixes[0].Description);
    }

    [Fact]
    public void DailyMix_SixGenres_GivesSixPureMixes()
    {
        var world = World.OfGenres(6, 40);
        var taste = World.Taste([
            .. Enumerable
                .Range(0, 6)
                .SelectMany(g => Enumerable.Range(0, 12).Select(i => World.Played((g * 40) + (i * 3), 6 - g))),
        ]);

        var mixes = MixesOf(world.Compose(taste));

        Assert.Equal(6, mixes.Length);
        Assert.All(mixes, m => Assert.Single(m.Tracks.Select(t => world.Catalogue.IndexOf(t.Item) / 40).Distinct()));
    }

    [Fact]
    public void DailyMix_HalfShare_AlternatesFavouritesAndNeighbours()
    {
        var taste = World.Taste([.. Enumerable.Range(0, 7).Select(i => World.Played(i * 7, 3))]);

        var mix = MixesOf(TwoGenres.Compose(taste))[0];

        Assert.Equal(
            Enumerable.Range(0, 14).Select(i => i % 2 == 0 ? ReasonKind.Favourite : ReasonKind.Neighbour),
            mix.Tracks.Take(14).Select(t => t.Reason.Kind)
        );
    }

    [Fact]
    public void DailyMix_TasteOfOneArtist_HasMoreOfThemThanOneOfMany()
    {
        CatalogueTrack[] tracks =
        [
            .. Enumerable
                .Range(0, 80)
                .Select(i => new CatalogueTrack(World.Item(i)) { Artist = new ArtistId(i < 40 ? "one" : $"a{i / 2}") }),
        ];
        var world = new World(tracks, [Enumerable.Range(0, 80).ToArray()], neighbours: 10);
        var narrow = World.Taste([.. Enumerable.Range(0, 20).Select(i => World.Played(i, 3))]);
        var broad = World.Taste([.. Enumerable.Range(0, 20).Select(i => World.Played(i < 10 ? i : 30 + (i * 2), 3))]);
        var parameters = new RecipeParameters { Mixes = 1 };

        var (ofOne, ofMany) = (OfOne(narrow), OfOne(broad));

        Assert.Equal(parameters.MixArtistCap, ofOne);
        Assert.InRange(ofMany, parameters.MixArtistFloor, parameters.MixArtistCap);

        int OfOne(ListenerTaste taste) =>
            MixesOf(world.Composer(parameters).Compose(taste, World.Date).Playlists)[0]
                .Tracks.Count(track => track.Artist == new ArtistId("one"));
    }

    [Fact]
    public void DailyMix_FavouritesOfEqualAffinity_BeginWithTheArtistWhoIsPlayedMost()
    {
        CatalogueTrack[] tracks =
        [
            .. Enumerable
                .Range(0, 12)
                .Select(i => new CatalogueTrack(World.Item(i))
                {
                    Artist = new ArtistId(i is 8 or 9 or 10 ? "loved" : $"a{i}"),
                }),
        ];
        var world = new World(tracks, [Enumerable.Range(0, 12).ToArray()], neighbours: 10);
        var taste = World.Taste([.. Enumerable.Range(0, 12).Select(i => World.Played(i, 2))]);

        var mix = MixesOf(world.Composer(new RecipeParameters { MixEpsilon = 0 }).Compose(taste, World.Date).Playlists)[
            0
        ];

        Assert.Equal(new ArtistId("loved"), mix.Tracks[0].Artist);
        Assert.Equal(mix.Tracks[1].Reason.Score, mix.Tracks[0].Reason.Score);
    }

    [Fact]
    public void DailyMix_ItemsOnlySkipped_AreNeitherFavouritesNorSeeds()
    {
        var played = Enumerable.Range(0, 7).Select(i => World.Played(i * 7, 3));
        var taste = World.Taste([.. played, World.Played(50, streams: 0, skips: 5)]);

        var tracks = TwoGenres.Compose(taste).SelectMany(p => p.Tracks).ToArray();

        Assert.DoesNotContain(tracks, t => t.Item == World.Item(50));
        Assert.DoesNotContain(tracks, t => t.Reason.Seeds.Any(s => s.Item == World.Item(50)));
    }

    [Fact]
    public void DailyMix_OneSkipAfterTwentyStreams_StaysTheFavourite()
    {
        var taste = World.Taste([
            World.Played(0, 20, skips: 1),
            .. Enumerable.Range(1, 6).Select(i => World.Played(i * 7, 3)),
        ]);

        Assert.Equal(World.Item(0), MixesOf(TwoGenres.Compose(taste))[0].Tracks[0].Item);
    }

    [Fact]
    public void DiscoverWeekly_NewArtistShare_IsMetAndTunable()
    {
        // Every fourth item, so that each known artist has three items left to discover.
        var taste = World.Taste([.. Enumerable.Range(0, 8).Select(i => World.Played(i * 4))]);
        var known = Enumerable.Range(0, 8).Select(World.Artist).ToHashSet();

        foreach (var share in new[] { 300, 500, 700 })
        {
            var parameters = new RecipeParameters { DiscoverTracks = 20, DiscoverNewArtistShare = share };
            var discover = TwoGenres.Compose(taste, parameters).Single(p => p.Kind == PlaylistKind.DiscoverWeekly);
            var byNewArtist = discover.Tracks.Count(t => !known.Contains(t.Artist!.Value));
            Assert.Equal(20 * share / 1000, byNewArtist);
        }
    }

    [Fact]
    public void DiscoverWeekly_FewNeighbours_IsFilledWithPopularTracksAndSaysSo()
    {
        var world = World.OfGenres(2, 24, listenersEach: 40);
        var taste = World.Taste([.. Enumerable.Range(0, 12).Select(i => World.Played(i))]);

        var discover = world.Compose(taste).Single(p => p.Kind == PlaylistKind.DiscoverWeekly);

        var popular = discover.Tracks.Count(t => t.Reason.Kind == ReasonKind.Popular);
        Assert.InRange(popular, 1, 29);
        Assert.Contains($"{popular} that everyone plays", discover.Description, StringComparison.Ordinal);
        Assert.All(discover.Tracks.TakeLast(popular), t => Assert.Equal(ReasonKind.Popular, t.Reason.Kind));
    }

    [Fact]
    public void DiscoverWeekly_ListenerWhoHeardNearlyEverythingNear_LooksFurther()
    {
        var world = World.OfGenres(1, 400, listenersEach: 800);
        var near = Enumerable.Range(0, 400).Where(i => i % 8 != 0).Select(World.Item).ToHashSet();
        var taste = World.Taste([.. Enumerable.Range(0, 60).Select(i => World.Played((i * 6) + 1))]) with
        {
            Heard = near.Contains,
        };

        var discover = world.Compose(taste).Single(p => p.Kind == PlaylistKind.DiscoverWeekly);

        Assert.Equal(30, discover.Tracks.Count(t => t.Reason.Kind == ReasonKind.Neighbour));
    }

    [Fact]
    public void Compose_SameRecordingUnderTwoIds_PlaysItOnce()
    {
        CatalogueTrack[] tracks =
        [
            .. Enumerable.Range(0, 12).Select(i => World.Track(i, i)),
            World.Track(12, 0) with
            {
                Title = "Title 0 (Remastered 2011)",
            },
            World.Track(13, 13) with
            {
                Isrc = "US-S1Z-99-00001",
            },
            World.Track(14, 14) with
            {
                Isrc = "uss1z9900001",
            },
        ];
        var world = new World(tracks, Enumerable.Repeat(Enumerable.Range(0, 15).ToArray(), 5));
        var taste = World.Taste([World.Played(0), World.Played(1), World.Played(2)]) with
        {
            Hated = new HashSet<ItemId> { World.Item(14) },
        };

        var items = world.Compose(taste).SelectMany(p => p.Tracks).Select(t => t.Item).ToArray();

        Assert.DoesNotContain(World.Item(12), items);
        Assert.DoesNotContain(World.Item(13), items);
        Assert.Contains(World.Item(0), items);
    }

    [Fact]
    public void DailyMix_OnlyItemWithoutNeighbours_IsMadeAndSaysWhatEveryonePlays()
    {
        var taste = World.Taste(new TasteItem(new ItemId("unknown"), null, 1, 0, FixedPoint.One, FixedPoint.One));

        var playlist = Assert.Single(TwoGenres.Compose(taste));

        Assert.Equal(PlaylistKind.DailyMix(1), playlist.Kind);
        Assert.Contains("and 29 that everyone plays", playlist.Description, StringComparison.Ordinal);
        Assert.Equal(30, playlist.Tracks.Count);
        Assert.Equal(new ItemId("unknown"), playlist.Tracks[0].Item);
        Assert.All(playlist.Tracks.Skip(1), t => Assert.Equal(ReasonKind.Popular, t.Reason.Kind));
    }

    [Fact]
    public void General_ListenerWithOnlyHates_HasNoneOfThem()
    {
        var hated = Enumerable.Range(0, 20).Select(World.Item).ToHashSet();
        var taste = World.Taste() with { Hated = hated };

        var playlist = Assert.Single(TwoGenres.Compose(taste));

        Assert.Equal(30, playlist.Tracks.Count);
        Assert.DoesNotContain(playlist.Tracks, t => hated.Contains(t.Item));
    }

    [Fact]
    public void General_CatalogueOfPodcastsOnly_PlaysThem()
    {
        var episodes = Enumerable.Range(0, 6).Select(i => World.Track(i, i) with { Kind = ItemKind.Episode }).ToArray();
        var world = new World(
            episodes,
            [
                [0, 1, 2],
                [3, 4, 5],
            ]
        );

        var playlist = Assert.Single(world.Compose(World.Taste(World.Played(0), World.Played(1))));

        Assert.Equal(PlaylistKind.General, playlist.Kind);
        Assert.Equal(6, playlist.Tracks.Count);
    }

    [Fact]
    public void General_CatalogueOfThreeTracks_PlaysThemAll()
    {
        var world = new World(
            [.. Enumerable.Range(0, 3).Select(i => World.Track(i, i))],
            [
                [0, 1, 2],
                [0],
            ]
        );

        var playlist = Assert.Single(world.Compose(World.Taste(World.Played(0))));

        Assert.Equal(3, playlist.Tracks.Count);
    }

    [Fact]
    public void General_NothingMayBePlayed_IsEmptyAndSaysSo()
    {
        var world = new World(
            [World.Track(0, 0)],
            [
                [0],
            ]
        );
        var taste = World.Taste(World.Played(0)) with { HatedArtists = new HashSet<ArtistId> { World.Artist(0) } };

        var playlist = Assert.Single(world.Compose(taste));

        Assert.Empty(playlist.Tracks);
        Assert.Contains("empty", playlist.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Composer_ModelOfAnotherCatalogue_IsRefused()
    {
        var model = new NeighbourTaste(TwoGenres.Catalogue, TwoGenres.Neighbours, TwoGenres.Popularity);

        Assert.Throws<ArgumentException>(() => new PlaylistComposer(new Catalogue([World.Track(0, 0)]), model));
    }

    [Fact]
    public void Composer_UnusableParameter_IsRefusedByName()
    {
        var exception = Assert.Throws<ArgumentException>(() =>
            TwoGenres.Composer(new RecipeParameters { MixFavouriteShare = 1001 })
        );

        Assert.Contains(nameof(RecipeParameters.MixFavouriteShare), exception.Message, StringComparison.Ordinal);
    }

    private static Playlist[] MixesOf(IReadOnlyList<Playlist> playlists) =>
        [.. playlists.Where(p => p.Kind.Value.StartsWith("daily-mix-", StringComparison.Ordinal))];
}
