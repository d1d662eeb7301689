using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Recipes;

/// <summary>What Your Episodes and Continue Listening are to hold, worked out from the taste one item at a time.</summary>
internal static class SpokenLookups
{
    public static void AssertSpokenReason(this RandomCase test, PlaylistKind kind, PlaylistTrack track)
    {
        var reason = track.Reason;
        var known = test.TrackOf(track.Item);
        var unfinished = test.Taste.Unfinished.Where(item => item.Item == track.Item).ToArray();
        if (kind == PlaylistKind.YourEpisodes)
        {
            Assert.Equal(ItemKind.Episode, known?.Kind ?? unfinished[0].Kind);
        }
        switch (reason.Kind)
        {
            case ReasonKind.Release:
                Assert.Equal(PlaylistKind.YourEpisodes, kind);
                Assert.Contains(known!.Artist!.Value, test.Taste.FollowedArtists);
                Assert.Empty(unfinished);
                Assert.False(test.IsHeard(track.Item));
                var age = RandomCase.Monday.DayNumber - known.Released!.Value.DayNumber;
                Assert.InRange(age, 0, test.Parameters.Series.NewDays - 1);
                Assert.Equal((test.Parameters.Series.NewDays - age) * FixedPoint.One, reason.Base);
                Assert.Empty(reason.Seeds);
                break;
            case ReasonKind.Unfinished:
                Assert.Equal(test.Lately(Assert.Single(unfinished).LastPlayed), reason.Base);
                Assert.Empty(reason.Seeds);
                break;
            case ReasonKind.NextInSeries:
                Assert.Empty(unfinished);
                Assert.False(test.IsHeard(track.Item));
                test.AssertNext(kind, known!, reason);
                break;
            default:
                Assert.Fail($"{kind} has a track because of {reason.Kind}.");
                break;
        }
    }

    /// <summary>How lately, in millionths of the days that count.</summary>
    public static long Lately(this RandomCase test, Instant played)
    {
        var window = (decimal)TimeSpan.FromDays(test.Parameters.Series.Days).TotalMilliseconds;
        var ago = Instant.FromDate(RandomCase.Monday.AddDays(1)).UnixMilliseconds - played.UnixMilliseconds;
        return Math.Max(1, (long)Math.Floor((window - ago) * FixedPoint.One / window));
    }

    public static bool IsHeard(this RandomCase test, ItemId item)
    {
        var recording = test.RecordingOf(item);
        return test.Taste.Items.Select(i => i.Item).Concat(test.Taste.Liked).Any(i => test.RecordingOf(i) == recording)
            || Enumerable
                .Range(0, test.World.Catalogue.Count)
                .Select(i => test.World.Catalogue[i].Id)
                .Any(i => test.RecordingOf(i) == recording && test.Taste.Heard!(i));
    }

    private static void AssertNext(this RandomCase test, PlaylistKind kind, CatalogueTrack next, Reason reason)
    {
        var played = test.AllEntries()
            .Where(item => test.TrackOf(item) is { } track && IsSameSeries(test, track, next))
            .Where(item => test.Taste.Items.Any(i => i.Item == item && i.Streams > 0))
            .ToArray();
        var (last, at) = LastOf(test, next);
        Assert.DoesNotContain(test.Taste.Unfinished, item => item.Item == last);
        Assert.True(reason.Seeds.Count <= test.Parameters.SeedsPerReason);
        if (kind == PlaylistKind.ContinueListening && at is { } lately)
        {
            Assert.Equal(test.Lately(lately), reason.Score);
            Assert.All(reason.Seeds, seed => Assert.Equal(last, seed.Item));
            return;
        }
        Assert.Equal(Math.Max(1, played.Sum(test.AffinityOf)), reason.Score);
        Assert.All(reason.Seeds, seed => Assert.Equal(test.AffinityOf(seed.Item), seed.Term));
        Assert.Subset(played.ToHashSet(), reason.Seeds.Select(seed => seed.Item).ToHashSet());
    }

    /// <summary>Whether it is known when the series was played last.</summary>
    public static bool IsOfLatestPlays(this RandomCase test, PlaylistTrack track) =>
        track.Reason.Kind == ReasonKind.Unfinished || LastOf(test, test.TrackOf(track.Item)!).At is not null;

    /// <summary>The item of the series that was played last, and when; null where no time is known.</summary>
    private static (ItemId? Last, Instant? At) LastOf(RandomCase test, CatalogueTrack next)
    {
        var banned = test.BannedRecordings();
        var plays = test
            .Taste.RecentPlays.Where(play => play.IsStream && !play.IsSkip)
            .Select(play => (play.Item, play.StartedAt))
            .Concat(test.Taste.Unfinished.Select(item => (item.Item, StartedAt: item.LastPlayed)))
            .Where(play => test.TrackOf(play.Item) is { } track && IsSameSeries(test, track, next))
            .Where(play => !banned.Contains(test.RecordingOf(play.Item)))
            .ToArray();
        if (plays.Length == 0)
        {
            return (null, null);
        }
        var at = plays.Max(play => play.StartedAt);
        var latest = plays.Where(play => play.StartedAt == at).Select(play => play.Item).Distinct().ToArray();
        return latest.Length == 1 ? (latest[0], at) : (null, at);
    }

    private static bool IsSameSeries(RandomCase test, CatalogueTrack a, CatalogueTrack b) =>
        a.Kind == b.Kind
        && SeriesArtistOf(test, a) == SeriesArtistOf(test, b)
        && (a.Kind == ItemKind.Episode || a.Album == b.Album);

    /// <summary>By the catalogue alone: that a play names somebody puts nothing into another series.</summary>
    private static int SeriesArtistOf(RandomCase test, CatalogueTrack track) =>
        test.World.Catalogue.ArtistOf(test.World.Catalogue.IndexOf(track.Id));
}
