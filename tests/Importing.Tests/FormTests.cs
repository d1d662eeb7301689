using Nocturne.Domain;

namespace Nocturne.Importing.Tests;

public sealed class FormTests
{
    private static readonly ItemId LateTrain = ItemNaming.ItemOf(ItemKind.Track, "The Night Owls", "Late Train")!.Value;

    /// <summary>Every file has the one play, at the same moment but for those that only know the minute.</summary>
    [Theory]
    [InlineData("spotify-extended.json", "Spotify extended history", "2024-03-01T12:00:00.000Z")]
    [InlineData("spotify-basic.json", "Spotify basic history", "2024-03-01T11:59:40.000Z")]
    [InlineData("listenbrainz.jsonl", "ListenBrainz listens", "2024-03-01T12:03:20.000Z")]
    [InlineData("listenbrainz-api.json", "ListenBrainz listens", "2024-03-01T12:03:20.000Z")]
    [InlineData("lastfm-header.csv", "scrobble table", "2024-03-01T12:03:20.000Z")]
    [InlineData("lastfm-artist-first.csv", "scrobble table", "2024-03-01T12:03:00.000Z")]
    [InlineData("lastfm-time-first.tsv", "scrobble table", "2024-03-01T12:03:20.000Z")]
    [InlineData("lastfm-archive.tsv", "scrobble table", "2024-03-01T12:03:20.000Z")]
    [InlineData("semicolons.csv", "scrobble table", "2024-03-01T12:03:20.000Z")]
    [InlineData("librefm-comments.csv", "scrobble table", "2024-03-01T12:03:20.000Z")]
    [InlineData("librefm-no-header.csv", "scrobble table", "2024-03-01T12:03:20.000Z")]
    [InlineData("librefm-no-album.csv", "scrobble table", "2024-03-01T12:03:20.000Z")]
    [InlineData("scrobbler.log", "AudioScrobbler log", "2024-03-01T12:03:20.000Z")]
    [InlineData("maloja.json", "Maloja export", "2024-03-01T12:03:20.000Z")]
    public void File_OfAnyService_SaysTheSamePlay(string file, string form, string startedAt)
    {
        var records = Reading.Read(Reading.Fixture(file), out var parts);

        var play = Assert.Single(records.Plays(), play => play.Item == LateTrain);
        Assert.Equal(form, Assert.Single(parts).Form);
        Assert.Equal(startedAt, play.StartedAt.ToString());
        Assert.Equal(ItemNaming.PlayOf(play.Listener, play.StartedAt, LateTrain), play.Id);
        Assert.Equal(("anna", "The Night Owls", "Late Train"), (play.Listener.Value, play.ArtistName, play.Title));
        Assert.Equal(ItemNaming.ArtistOf("The Night Owls"), play.Artist);
        Assert.Equal(Reading.Now, play.ReceivedAt);
    }

    [Fact]
    public void SpotifyExtended_EveryKindOfRecord_IsReadByItsFields()
    {
        var records = Reading.Read(Reading.Fixture("spotify-extended.json"));

        Assert.Equal([2L, 10, 16, 20, 26, 31, 36], records.Select(record => record.Line));
        var plays = records.Plays().ToList();
        Assert.Equal(
            [PlayEnd.Completed, PlayEnd.Skipped, PlayEnd.Stopped, PlayEnd.Stopped, PlayEnd.Failed],
            plays.Select(play => play.End)
        );
        Assert.Equal(
            [ItemKind.Track, ItemKind.Track, ItemKind.Episode, ItemKind.Chapter, ItemKind.Track],
            plays.Select(play => play.ItemKind)
        );
        Assert.Equal(("Jóga 🎵", "Björk", 15_000), (plays[1].Title, plays[1].ArtistName, plays[1].MsPlayed));
        Assert.True(plays[1].IsSkip);
        Assert.Equal(("Part 1: {braces}, [brackets]", "Slow News"), (plays[2].Title, plays[2].ArtistName));
        Assert.Equal(("Chapter 3", "The Long Walk"), (plays[3].Title, plays[3].ReleaseName));
        Assert.Equal("spotify:track:0000000000000000000006", plays[4].Item.Value);
        Assert.Equal(Outcome.Private, records[2].Outcome);
        Assert.Equal("missing_field track_name", records[6].Reason);
    }

    [Fact]
    public void SpotifyExtended_ThatReplacesTheBasicOne_TakesItsPlaysBack()
    {
        var basic = Reading.Read(Reading.Fixture("spotify-basic.json")).Plays().First();

        var extended = Reading.Read(
            Reading.Fixture("spotify-extended.json"),
            Reading.Options with
            {
                ReplacesBasic = true,
            }
        );

        Assert.Contains(
            extended,
            record =>
                record.Event is RetractEvent retract && retract.Id == basic.Id && retract.StartedAt == basic.StartedAt
        );
        Assert.DoesNotContain(extended.Plays(), play => play.Id == basic.Id);
    }

    [Fact]
    public void SpotifyBasic_Podcasts_AreEpisodes()
    {
        var play = Assert.Single(Reading.Read(Reading.Fixture("spotify-podcasts.json")).Plays());

        Assert.Equal((ItemKind.Episode, "Slow News"), (play.ItemKind, play.ArtistName));
        Assert.Equal("2024-03-02T07:00:00.000Z", play.StartedAt.ToString());
    }

    [Fact]
    public void ListenBrainz_Listens_KeepLengthsAndSayWhatIsWrong()
    {
        var records = Reading.Read(Reading.Fixture("listenbrainz.jsonl"));

        var plays = records.Plays().ToList();
        Assert.Equal((214_000, 200_000), (plays[0].DurationMs, plays[0].MsPlayed));
        Assert.Equal((305_000, null), (plays[1].DurationMs, plays[1].MsPlayed));
        Assert.Equal(
            [(4L, "missing_field artist_name"), (5L, "invalid_field listened_at")],
            records.Skip(2).Select(record => (record.Line, record.Reason!))
        );
    }

    [Fact]
    public void ListenBrainz_Feedback_IsOfRecordingsById()
    {
        var records = Reading.Read(Reading.Fixture("listenbrainz-feedback.jsonl"));

        var feedback = Assert.Single(records.Select(record => record.Event).OfType<FeedbackEvent>());
        Assert.Equal(("44444444-4444-4444-8444-444444444444", -1), (feedback.Item!.Value.Value, feedback.Score));
        Assert.Equal(
            ["missing_field item", "missing_field item", "invalid_field score"],
            records.Select(record => record.Reason).OfType<string>()
        );
    }

    [Fact]
    public void LastFm_QuotedFieldsAndDates_AreRead()
    {
        var records = Reading.Read(Reading.Fixture("lastfm-header.csv"));

        var plays = records.Plays().ToList();
        Assert.Equal(("Comma, the \"Band\"", "Twolines"), (plays[1].ArtistName, plays[1].Title));
        Assert.Equal("2024-03-01T12:30:00.000Z", plays[2].StartedAt.ToString());
        Assert.Equal((6L, "missing_field started_at"), (records[^1].Line, records[^1].Reason));
    }

    [Fact]
    public void Tables_WithMarksAndHashesInNames_KeepThem()
    {
        var first = Reading.Read(Reading.Fixture("lastfm-artist-first.csv"));
        var tabs = Reading.Read(Reading.Fixture("lastfm-time-first.tsv")).Plays().ToList();
        var libre = Reading.Read(Reading.Fixture("librefm-comments.csv"));

        Assert.Equal(("#1 Dads", "Song, with comma"), (first.Plays().Last().ArtistName, first.Plays().Last().Title));
        Assert.Equal("missing_field started_at", first[^1].Reason);
        Assert.Equal(("Heroes", "Someone \"Quoted\" Else"), (tabs[1].Title, tabs[1].ArtistName));
        Assert.Equal(["The Night Owls", "#1 Dads"], libre.Plays().Select(play => play.ArtistName));
        Assert.Equal(2, libre.Count);
    }

    [Fact]
    public void ScrobblerLog_Ratings_AreListensAndSkips()
    {
        var records = Reading.Read(Reading.Fixture("scrobbler.log"));

        var plays = records.Plays().ToList();
        Assert.Equal((214_000, null, true), (plays[0].DurationMs, plays[0].MsPlayed, plays[0].IsStream));
        Assert.True(plays[1].IsSkip);
        Assert.Equal(
            ["missing_field artist_name", "missing_field started_at", "invalid_field rating", "too_early started_at"],
            records.Select(record => record.Reason).OfType<string>()
        );
    }

    [Fact]
    public void ScrobblerLog_OfAClockWithoutZone_IsReadInTheGivenOne()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(1), null, null);

        var play = Reading
            .Read(Reading.Fixture("scrobbler-local.log"), Reading.Options with { Zone = zone })
            .Plays()
            .Single();

        Assert.Equal("2024-03-01T12:03:20.000Z", play.StartedAt.ToString());
    }

    [Fact]
    public void Maloja_SeveralArtists_AreOne()
    {
        var records = Reading.Read(Reading.Fixture("maloja.json"));

        Assert.Equal("A, B", records.Plays().Last().ArtistName);
        Assert.Equal((6L, "missing_field artist_name"), (records[^1].Line, records[^1].Reason));
    }

    [Fact]
    public void OwnEvents_KeepTheirIdsAndListeners()
    {
        var records = Reading.Read(Reading.Fixture("events.ndjson"), Reading.Options with { Listener = null });

        Assert.Equal(["e1", "e2"], records.Select(record => record.Event?.Id.Value).OfType<string>());
        Assert.Equal("ben", records[0].Event!.Listener.Value);
        Assert.Equal("missing_field started_at", records[2].Reason);
    }

    [Fact]
    public void Table_WithNamedColumns_IsReadByThem()
    {
        var file = "x,Late Train,y,The Night Owls,2024-03-01 12:03:20\n"u8.ToArray();

        var play = Reading
            .Read(file, Reading.Options with { Columns = ["-", "track", "-", "artist", "time"] })
            .Plays()
            .Single();

        Assert.Equal(LateTrain, play.Item);
    }

    [Fact]
    public void Start_OutOfBounds_IsRefused()
    {
        var records = Reading.Read(
            "Time,Artist,Track\n4102444800,A,B\n100,A,B\n1795219200,A,B\n1795226400,A,B\nsoon,A,B\n"
        );

        Assert.Equal(
            [
                "from_future started_at",
                "too_early started_at",
                null,
                "from_future started_at",
                "invalid_field started_at",
            ],
            records.Select(record => record.Reason)
        );
    }
}
