using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Recipes;

/// <summary>Your Episodes and Continue Listening, on shows and books whose answer is known.</summary>
public sealed class SpokenTests
{
    private static readonly ArtistId Show = new("show");
    private static readonly ArtistId Author = new("author");

    // Six episodes of a show, two books of three chapters, twelve tracks.
    private static readonly World Library = new(
        [
            .. Enumerable.Range(0, 6).Select(i => Episode(i, i + 1)),
            .. Enumerable.Range(0, 6).Select(i => Chapter(6 + i, $"Book {i / 3}", 1 + (i % 3))),
            .. Enumerable.Range(12, 12).Select(i => World.Track(i, i)),
        ],
        Enumerable.Repeat(Enumerable.Range(0, 24).ToArray(), 5)
    );

    [Fact]
    public void ContinueListening_UnfinishedAndFinished_HasTheRestAndTheNextTheLatestFirst()
    {
        var taste = World.Taste(Spoken(1), Spoken(6), Spoken(9)) with
        {
            RecentPlays = [Play(6, 2), Play(9, 3)],
            Unfinished = [Unfinished(1, 1)],
        };

        var list = Only(taste, PlaylistKind.ContinueListening);

        Assert.Equal(new[] { 1, 7, 10 }.Select(World.Item), list.Tracks.Select(track => track.Item));
        Assert.Equal(
            [ReasonKind.Unfinished, ReasonKind.NextInSeries, ReasonKind.NextInSeries],
            list.Tracks.Select(track => track.Reason.Kind)
        );
        Assert.Equal(World.Item(6), list.Tracks[1].Reason.Seeds[0].Item);
    }

    [Fact]
    public void ContinueListening_LastOneUnfinished_HasNoNext()
    {
        var taste = World.Taste(Spoken(0), Spoken(1)) with
        {
            RecentPlays = [Play(1, 1), Play(0, 2)],
            Unfinished = [Unfinished(1, 1)],
        };

        Assert.Equal([World.Item(1)], Only(taste, PlaylistKind.ContinueListening).Tracks.Select(track => track.Item));
    }

    [Fact]
    public void ContinueListening_SeriesNotAmongTheLatestPlays_ComesAfterThemByItsPlace()
    {
        var taste = World.Taste(Spoken(6), Spoken(7), Spoken(0)) with { RecentPlays = [Play(0, 20)] };

        var list = Only(taste, PlaylistKind.ContinueListening);

        Assert.Equal(new[] { 1, 8 }.Select(World.Item), list.Tracks.Select(track => track.Item));
        Assert.Equal(2, list.Tracks[1].Reason.Seeds.Count);
    }

    [Fact]
    public void ContinueListening_BookAtItsEndOrPutAsideLongAgo_HasNothing()
    {
        var ended = World.Taste(Spoken(8)) with { RecentPlays = [Play(8, 1)] };
        var old = World.Taste(Spoken(6) with { ShortWeight = 1_000 });

        Assert.DoesNotContain(Library.Compose(ended), list => list.Kind == PlaylistKind.ContinueListening);
        Assert.DoesNotContain(Library.Compose(old), list => list.Kind == PlaylistKind.ContinueListening);
    }

    [Fact]
    public void ContinueListening_WithoutACatalogue_HasWhatEventsName()
    {
        var world = new World(
            [World.Track(0, 0)],
            [
                [0],
            ]
        );
        var items = Enumerable.Range(100, 3).Select(i => Unfinished(i, i - 98)).ToArray();
        var taste = World.Taste([.. items.Select(item => Spoken(100) with { Item = item.Item, Streams = 0 })]) with
        {
            Unfinished = items,
        };

        var lists = world.Compose(taste);

        Assert.Equal(
            items.Select(item => item.Item),
            lists.Single(l => l.Kind == PlaylistKind.ContinueListening).Tracks.Select(track => track.Item)
        );
        Assert.Equal(3, lists.Single(l => l.Kind == PlaylistKind.YourEpisodes).Tracks.Count);
        var hating = taste with { HatedArtists = new HashSet<ArtistId> { Show } };
        Assert.DoesNotContain(world.Compose(hating), list => list.Kind == PlaylistKind.ContinueListening);
    }

    [Fact]
    public void YourEpisodes_FollowedShow_HasNewOnesTheNewestFirstAndNotTheHeard()
    {
        var taste = World.Taste(Spoken(5)) with { FollowedArtists = new HashSet<ArtistId> { Show } };

        var list = Only(taste, PlaylistKind.YourEpisodes);

        // Released every third day: episodes 2 to 5 within the fortnight, the newest of which was heard.
        Assert.Equal(new[] { 4, 3, 2 }.Select(World.Item), list.Tracks.Select(track => track.Item).Take(3));
        Assert.All(list.Tracks.Take(3), track => Assert.Equal(ReasonKind.Release, track.Reason.Kind));
        Assert.Contains("follow", list.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void YourEpisodes_ListenerOfMusicAlone_IsNotMade()
    {
        var lists = Library.Compose(World.Taste([.. Enumerable.Range(12, 8).Select(i => World.Played(i, 4))]));

        Assert.DoesNotContain(lists, list => list.Kind == PlaylistKind.YourEpisodes);
        Assert.DoesNotContain(lists, list => list.Kind == PlaylistKind.ContinueListening);
    }

    [Fact]
    public void Recordings_ChaptersOfTwoBooksWithTheSameTitle_AreTwo()
    {
        var catalogue = Library.Catalogue;

        Assert.Equal(9, catalogue.RecordingOf(9));
        Assert.Equal(6, catalogue.RecordingOf(6));
    }

    private static Playlist Only(ListenerTaste taste, PlaylistKind kind) =>
        Library
            .Composer(new RecipeParameters { Series = new SeriesParameters { Epsilon = 0 } })
            .Compose(taste, World.Date)
            .Single(list => list.Kind == kind);

    private static CatalogueTrack Episode(int index, int number) =>
        World.Track(index, 0) with
        {
            Kind = ItemKind.Episode,
            Artist = Show,
            Number = number,
            Released = World.Date.AddDays(-3 * (6 - number)),
        };

    private static CatalogueTrack Chapter(int index, string book, int number) =>
        World.Track(index, 0) with
        {
            Title = $"Chapter {number}",
            Kind = ItemKind.Chapter,
            Artist = Author,
            ArtistName = "Author",
            Album = book,
            Number = number,
        };

    private static TasteItem Spoken(int index) => World.Played(index) with { Kind = ItemKind.Episode };

    private static RecentPlay Play(int index, int daysAgo) =>
        new(At(daysAgo), World.Item(index), ItemKind.Episode, null, IsStream: true, IsSkip: false);

    private static UnfinishedItem Unfinished(int index, int daysAgo) =>
        new(World.Item(index), ItemKind.Episode, Show, TimeSpan.FromMinutes(9), TimeSpan.FromHours(1), At(daysAgo));

    private static Instant At(int daysAgo) => Instant.FromDate(World.Date.AddDays(-daysAgo));
}
