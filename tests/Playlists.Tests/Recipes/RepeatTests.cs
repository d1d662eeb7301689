using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Recipes;

/// <summary>On Repeat and Repeat Rewind, on histories whose answer is known.</summary>
public sealed class RepeatTests
{
    private static readonly World Genre = World.OfGenres(1, 80);

    [Fact]
    public void OnRepeat_MostPlayedNow_ComesFirstLessSkips()
    {
        var taste = World.Taste([
            Now(0, streams: 4),
            Now(4, streams: 9),
            Now(8, streams: 12, skips: 12),
            Now(12, streams: 8),
            Now(16, streams: 3),
            Now(20, streams: 2),
            .. Enumerable.Range(6, 8).Select(i => Loved(i * 4, streams: 40)),
        ]);

        var playlist = Only(taste, PlaylistKind.OnRepeat);

        Assert.Equal(new[] { 4, 12, 8, 0, 16 }.Select(World.Item), playlist.Tracks.Select(track => track.Item));
        Assert.Equal([9, 8, 6, 4, 3], playlist.Tracks.Select(track => track.Reason.Score / FixedPoint.One));
        Assert.All(playlist.Tracks, track => Assert.Equal(1m, track.Propensity));
        Assert.Equal("What you play most now.", playlist.Description);
    }

    [Fact]
    public void OnRepeat_SingleStreamsOnly_SaysThatLittleIsOnRepeat()
    {
        var playlist = Only(
            World.Taste([.. Enumerable.Range(0, 6).Select(i => Now(i * 4, streams: 1))]),
            PlaylistKind.OnRepeat
        );

        Assert.Equal(6, playlist.Tracks.Count);
        Assert.Contains("little is on repeat", playlist.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void OnRepeat_FewItemsOrOldOnes_IsNotMade()
    {
        Assert.DoesNotContain(
            Genre.Compose(World.Taste([.. Enumerable.Range(0, 4).Select(i => Now(i * 4, streams: 9))])),
            playlist => playlist.Kind == PlaylistKind.OnRepeat
        );
        Assert.DoesNotContain(
            Genre.Compose(World.Taste([.. Enumerable.Range(0, 9).Select(i => Loved(i * 4, streams: 9))])),
            playlist => playlist.Kind == PlaylistKind.OnRepeat
        );
    }

    [Fact]
    public void RepeatRewind_LovedAndSilent_ComesByLongWeightAndNothingOfNow()
    {
        var taste = World.Taste([
            .. Enumerable.Range(0, 6).Select(i => Now(i * 4, streams: 50)),
            .. Enumerable.Range(6, 6).Select(i => Loved(i * 4, streams: i)),
        ]);

        var playlist = Only(taste, PlaylistKind.RepeatRewind);

        var items = playlist.Tracks.Select(track => Genre.Catalogue.IndexOf(track.Item)).ToArray();
        Assert.Equal([24, 28, 32, 36, 40, 44], items.Order());
        Assert.All(
            playlist.Tracks,
            track => Assert.Equal(Genre.Catalogue.IndexOf(track.Item) / 4 * FixedPoint.One, track.Reason.Score)
        );
    }

    [Fact]
    public void RepeatRewind_ShorterSilence_IsEnoughWhereFewAreSilentForLong()
    {
        // Ten streams of 28 days ago: a sixteenth of them on the short horizon.
        var month = Enumerable
            .Range(0, 6)
            .Select(i => new TasteItem(World.Item(i * 4), null, 10, 0, 625_000, 9 * FixedPoint.One));

        Assert.Equal(6, Only(World.Taste([.. month]), PlaylistKind.RepeatRewind).Tracks.Count);
        Assert.DoesNotContain(
            Genre.Compose(World.Taste([.. month.Take(4)])),
            playlist => playlist.Kind == PlaylistKind.RepeatRewind
        );
    }

    [Fact]
    public void OnRepeat_EpisodesThatTheCatalogueDoesNotKnow_AreNotMusic()
    {
        var taste = World.Taste([
            .. Enumerable
                .Range(0, 9)
                .Select(i => new TasteItem(
                    new ItemId($"episode-{i}"),
                    null,
                    5,
                    0,
                    FixedPoint.One * 5,
                    FixedPoint.One * 5
                )
                {
                    Kind = ItemKind.Episode,
                }),
        ]);

        Assert.DoesNotContain(Genre.Compose(taste), playlist => playlist.Kind == PlaylistKind.OnRepeat);
    }

    private static Playlist Only(ListenerTaste taste, PlaylistKind kind) =>
        Genre.Compose(taste).Single(playlist => playlist.Kind == kind);

    private static TasteItem Now(int index, int streams, int skips = 0) => World.Played(index, streams, skips);

    private static TasteItem Loved(int index, int streams) => World.Played(index, streams) with { ShortWeight = 0 };
}
