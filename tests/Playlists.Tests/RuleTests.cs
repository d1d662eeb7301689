using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Playlists.Tests.Recipes;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests;

/// <summary>What every playlist keeps, over random listeners in random worlds.</summary>
public sealed class RuleTests
{
    [Fact]
    public void Playlists_OfAnyListener_AreAtLeastOneWithinTheirSizesAndEachKindOnce() =>
        ForAny(test =>
        {
            Assert.NotEmpty(test.Playlists);
            Assert.Distinct(test.Playlists.Select(p => p.Kind));
            foreach (var playlist in test.Playlists)
            {
                var (least, most) = test.SizesOf(playlist.Kind);
                Assert.InRange(playlist.Tracks.Count, least, most);
                Assert.All(playlist.Tracks, t => Assert.InRange(t.Propensity, 1e-9m, 1m));
            }
        });

    [Fact]
    public void Playlists_OfAnyListener_HaveNothingHatedExcludedOrNotAvailable() =>
        ForAny(test =>
        {
            var taste = test.Taste;
            var banned = taste.Hated.Concat(taste.Excluded).Select(test.RecordingOf).ToHashSet();
            foreach (var track in test.Playlists.SelectMany(p => p.Tracks))
            {
                Assert.DoesNotContain(test.RecordingOf(track.Item), banned);
                Assert.False(track.Artist is { } artist && taste.HatedArtists.Contains(artist));
                if (test.TrackOf(track.Item) is { } known)
                {
                    Assert.True(taste.AllowsExplicit || !known.Explicit);
                    Assert.True(taste.Market is null || known.Markets?.Contains(taste.Market) != false);
                }
            }
        });

    [Fact]
    public void Playlists_OfAnyListener_HaveEachRecordingOnceAndMixesShareNone() =>
        ForAny(test =>
        {
            foreach (var playlist in test.Playlists)
            {
                Assert.Distinct(playlist.Tracks.Select(t => test.RecordingOf(t.Item)));
            }
            var mixes = test.Playlists.Where(p => p.Kind.Value.StartsWith("daily-mix-", StringComparison.Ordinal));
            Assert.Distinct(mixes.SelectMany(p => p.Tracks).Select(t => test.RecordingOf(t.Item)));
        });

    [Fact]
    public void Playlists_OfAnyListener_KeepTheArtistCap() =>
        ForAny(test =>
        {
            foreach (var playlist in test.Playlists)
            {
                var artists = playlist.Tracks.Where(t => t.Artist is not null).GroupBy(t => t.Artist);
                Assert.All(artists, a => Assert.InRange(a.Count(), 1, test.CapOf(playlist.Kind)));
            }
        });

    [Fact]
    public void Spacing_WhereAnyLaterTrackCouldHaveKeptIt_IsKept() =>
        ForAny(test =>
        {
            // Continue Listening is in the order of plays and nothing else.
            foreach (var playlist in test.Playlists.Where(p => p.Kind != PlaylistKind.ContinueListening))
            {
                var spacing = test.SpacingOf(playlist.Kind);
                for (var slot = 0; slot < playlist.Tracks.Count; slot++)
                {
                    var track = playlist.Tracks[slot];
                    if (test.GapBefore(playlist, slot, track) >= spacing)
                    {
                        continue;
                    }
                    // A fall-back is no alternative to something personal, so only tracks of its like count.
                    var alternatives = playlist
                        .Tracks.Skip(slot + 1)
                        .Where(t => t.Reason.Kind == track.Reason.Kind)
                        .Where(t => test.TrackOf(t.Item)?.Kind == test.TrackOf(track.Item)?.Kind)
                        .Where(t => test.GapBefore(playlist, slot, t) >= spacing);
                    Assert.Empty(alternatives);
                }
            }
        });

    [Fact]
    public void DiscoverWeekly_OfAnyListener_HasNothingHeardUnderAnyId() =>
        ForAny(test =>
        {
            var taste = test.Taste;
            var heard = taste.Items.Select(i => test.RecordingOf(i.Item)).Concat(taste.Liked.Select(test.RecordingOf));
            var played = heard.ToHashSet();
            foreach (
                var track in test.Playlists.Where(p => p.Kind == PlaylistKind.DiscoverWeekly).SelectMany(p => p.Tracks)
            )
            {
                Assert.DoesNotContain(test.RecordingOf(track.Item), played);
                Assert.False(taste.Heard!(track.Item));
                Assert.NotEqual(ReasonKind.Favourite, track.Reason.Kind);
            }
        });

    [Fact]
    public void Reasons_OfAnyTrack_RecomputeFromTheModel() =>
        ForAny(test =>
        {
            var own = test.Taste.Items.Select(i => i.Item).Concat(test.Taste.Liked).ToHashSet();
            foreach (var (kind, track) in test.Playlists.SelectMany(p => p.Tracks.Select(t => (p.Kind, t))))
            {
                var reason = track.Reason;
                Assert.True(reason.Score > 0);
                Assert.Equal(reason.Score, reason.Base + reason.Others + reason.Seeds.Sum(s => s.Term));
                if (kind == PlaylistKind.YourEpisodes || kind == PlaylistKind.ContinueListening)
                {
                    test.AssertSpokenReason(kind, track);
                    continue;
                }
                switch (reason.Kind)
                {
                    case ReasonKind.Favourite:
                        Assert.Contains(track.Item, own);
                        Assert.Equal([track.Item], reason.Seeds.Select(s => s.Item));
                        Assert.Equal(test.FavouriteScoreIn(kind, track.Item), reason.Score);
                        break;
                    case ReasonKind.Neighbour or ReasonKind.Fresh:
                        Assert.True(reason.Seeds.Count <= test.Parameters.SeedsPerReason);
                        Assert.All(reason.Seeds, seed => test.AssertTerm(kind, track, seed));
                        Assert.Subset(own, reason.Seeds.Select(s => s.Item).ToHashSet());
                        break;
                    case ReasonKind.Release:
                        Assert.True(reason.Seeds.Count <= test.Parameters.SeedsPerReason);
                        Assert.Equal(test.ReleaseScoreOf(track.Item), reason.Score);
                        Assert.All(
                            reason.Seeds,
                            seed => Assert.Equal(test.ReleaseTermOf(track.Item, seed.Item), seed.Term)
                        );
                        Assert.Subset(own, reason.Seeds.Select(s => s.Item).ToHashSet());
                        break;
                    default:
                        var listeners = test.World.Popularity.Counts[test.World.Catalogue.IndexOf(track.Item)];
                        Assert.Equal(FixedPoint.Of(listeners), reason.Base);
                        break;
                }
            }
        });

    [Fact]
    public void Compose_SameTasteInAnyOrderByAnyWorker_GivesTheSameBytes() =>
        ForAny(test =>
        {
            var composer = test.World.Composer(test.Parameters);
            composer.Compose(World.Taste(World.Played(0)), RandomCase.Monday);

            var again = composer.Compose(test.Shuffled(), RandomCase.Monday);

            Assert.Equal(test.Playlists.Select(p => PlaylistJson.Write(p)), again.Select(p => PlaylistJson.Write(p)));
        });

    [Fact]
    public void Json_OfAnyPlaylist_ReadsBackToTheSameBytes() =>
        ForAny(test =>
        {
            foreach (var playlist in test.Playlists)
            {
                var json = PlaylistJson.Write(playlist);

                var read = PlaylistJson.Parse(json);

                Assert.Equal(json, PlaylistJson.Write(read));
                Assert.Equal(playlist.Id, read.Id);
                Assert.Equal(playlist.Tracks.Select(t => t.Duration), read.Tracks.Select(t => t.Duration));
            }
        });

    [Fact]
    public void RandomCases_OfThisSuite_ReachEveryRecipeSourceAndFallback()
    {
        var playlists = Enumerable.Range(0, 1_000).SelectMany(seed => new RandomCase(seed).Playlists).ToArray();

        Assert.All(
            [
                PlaylistKind.DailyMix(1),
                PlaylistKind.DailyMix(2),
                PlaylistKind.DiscoverWeekly,
                PlaylistKind.ReleaseRadar,
                .. Enum.GetValues<DayPart>().Select(PlaylistKind.Daylist),
                PlaylistKind.FreshFinds,
                PlaylistKind.YourEpisodes,
                PlaylistKind.ContinueListening,
                PlaylistKind.OnRepeat,
                PlaylistKind.RepeatRewind,
                PlaylistKind.General,
            ],
            kind => Assert.True(playlists.Count(p => p.Kind == kind && p.Tracks.Count > 0) >= 50, kind.Value)
        );
        Assert.All(
            new[]
            {
                ReasonKind.Favourite,
                ReasonKind.Neighbour,
                ReasonKind.Popular,
                ReasonKind.Release,
                ReasonKind.Fresh,
            },
            kind => Assert.True(playlists.SelectMany(p => p.Tracks).Count(t => t.Reason.Kind == kind) >= 1_000)
        );
    }

    private static void ForAny(Action<RandomCase> assert) =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), seed => assert(new RandomCase(seed.Item)))
        );
}

/// <summary>What the rules look up about a case.</summary>
internal static class RandomCaseLookups
{
    public static (int Least, int Most) SizesOf(this RandomCase test, PlaylistKind kind) =>
        kind.Value switch
        {
            "general" => (0, test.Parameters.GeneralTracks),
            "discover-weekly" => (test.Parameters.DiscoverMinimumPersonal, test.Parameters.DiscoverTracks),
            "release-radar" => (test.Parameters.ReleaseRadar.MinimumPersonal, test.Parameters.ReleaseRadar.Tracks),
            _ when kind.Value.StartsWith("daylist-", StringComparison.Ordinal) => (
                test.Parameters.Daylist.MinimumTracks,
                test.Parameters.Daylist.Tracks
            ),
            "fresh-finds" => (test.Parameters.FreshFinds.MinimumPersonal, test.Parameters.FreshFinds.Tracks),
            "your-episodes" => (1, test.Parameters.Series.Episodes),
            "continue-listening" => (1, test.Parameters.Series.ContinueItems),
            "on-repeat" => (test.Parameters.OnRepeat.MinimumTracks, test.Parameters.OnRepeat.Tracks),
            "repeat-rewind" => (test.Parameters.RepeatRewind.MinimumTracks, test.Parameters.RepeatRewind.Tracks),
            _ => (test.Parameters.MixMinimumTracks, test.Parameters.MixTracks),
        };

    public static int CapOf(this RandomCase test, PlaylistKind kind) =>
        kind.Value switch
        {
            "general" => test.Parameters.GeneralArtistCap,
            "discover-weekly" => test.Parameters.DiscoverArtistCap,
            "release-radar" => 1,
            _ when kind.Value.StartsWith("daylist-", StringComparison.Ordinal) => test.Parameters.Daylist.ArtistCap,
            "fresh-finds" => test.Parameters.FreshFinds.ArtistCap,
            "your-episodes" => test.Parameters.Series.ShowCap,
            "continue-listening" => test.Parameters.Series.ContinueCap,
            "on-repeat" => test.Parameters.OnRepeat.ArtistCap,
            "repeat-rewind" => test.Parameters.RepeatRewind.ArtistCap,
            _ => test.Parameters.MixArtistCap,
        };

    /// <summary>The least spacing; a mix that may have much of one artist has less of it.</summary>
    public static int SpacingOf(this RandomCase test, PlaylistKind kind) =>
        PlaylistRecipe.DailyMix.Makes(kind)
            ? Math.Min(
                test.Parameters.ArtistSpacing,
                Math.Max(1, (test.Parameters.MixTracks / test.Parameters.MixArtistCap) - 1)
            )
            : test.Parameters.ArtistSpacing;

    /// <summary>Something equal for the same artist alone; null where none is known.</summary>
    public static object? ArtistNumberOf(this RandomCase test, ItemId item)
    {
        var index = test.World.Catalogue.IndexOf(item);
        var number = index >= 0 ? test.World.Catalogue.ArtistOf(index) : -1;
        var named = test.Taste.Items.FirstOrDefault(i => i.Item == item).Artist;
        number = number < 0 && named is { } artist ? test.World.Catalogue.ArtistNumber(artist) : number;
        return number >= 0 ? number : named;
    }

    public static CatalogueTrack? TrackOf(this RandomCase test, ItemId item) =>
        test.World.Catalogue.IndexOf(item) is var index and >= 0 ? test.World.Catalogue[index] : null;

    /// <summary>The recording's lowest item, or the item itself where the catalogue does not know it.</summary>
    public static ItemId RecordingOf(this RandomCase test, ItemId item)
    {
        var catalogue = test.World.Catalogue;
        return catalogue.IndexOf(item) is var index and >= 0 ? catalogue[catalogue.RecordingOf(index)].Id : item;
    }

    /// <summary>Tracks between a track in this slot and the one of its artist before; unknown artists keep any.</summary>
    public static int GapBefore(this RandomCase test, Playlist playlist, int slot, PlaylistTrack track)
    {
        var artist = ArtistOf(test, track.Item);
        for (var before = slot - 1; before >= 0 && artist is not null; before--)
        {
            if (ArtistOf(test, playlist.Tracks[before].Item) == artist)
            {
                return slot - before - 1;
            }
        }
        return int.MaxValue;
    }

    /// <summary>A term is the seed's weight, the root of its affinity in streams, times the similarity.</summary>
    public static void AssertTerm(this RandomCase test, PlaylistKind kind, PlaylistTrack track, ReasonSeed seed)
    {
        var catalogue = test.World.Catalogue;
        var seedIndex = catalogue.IndexOf(seed.Item);
        var at = test.World.Neighbours.NeighboursOf(seedIndex).IndexOf(catalogue.IndexOf(track.Item));
        var similarity = test.World.Neighbours.SimilaritiesOf(seedIndex)[at];
        // A mix weighs its seeds by affinity; the tests' model of the whole taste takes all items alike.
        var ofAll = similarity * FixedPoint.One;
        var ofPart = Math.Sqrt(test.AffinityIn(kind, seed.Item) / (double)FixedPoint.One) * ofAll;
        var isOfAll = kind == PlaylistKind.DiscoverWeekly || track.Reason.Kind == ReasonKind.Fresh;
        // The first mix is one of the whole taste where no part makes one.
        isOfAll |= kind == PlaylistKind.DailyMix(1) && Math.Abs(seed.Term - ofPart) > 3;
        Assert.Equal(isOfAll ? ofAll : ofPart, seed.Term, 3d);
    }

    /// <summary>What a favourite is worth in a playlist: its affinity, or what the recipe takes for it.</summary>
    public static long FavouriteScoreIn(this RandomCase test, PlaylistKind kind, ItemId item)
    {
        var played = test.Taste.Items.FirstOrDefault(i => i.Item == item);
        return kind == PlaylistKind.OnRepeat ? played.ShortWeight * played.Streams / (played.Streams + played.Skips)
            : kind == PlaylistKind.RepeatRewind ? played.LongWeight * played.Streams / (played.Streams + played.Skips)
            : test.AffinityIn(kind, item);
    }

    public static long AffinityOf(this RandomCase test, ItemId item)
    {
        var played = test.Taste.Items.FirstOrDefault(i => i.Item == item);
        var affinity = 0L;
        if (played.Streams > 0)
        {
            var mixed = ((played.ShortWeight * 600) + (played.LongWeight * 400)) / 1000;
            affinity = Math.Max(1, mixed * played.Streams / (played.Streams + played.Skips));
        }
        return affinity + (test.Taste.Liked.Contains(item) ? test.Parameters.LikedBonus : 0);
    }

    private static string? ArtistOf(RandomCase test, ItemId item)
    {
        var track = test.TrackOf(item);
        if (track?.Artist is { } known)
        {
            return known.Value;
        }
        if (track?.ArtistName is { } name)
        {
            return $"name:{name}";
        }
        return test.Taste.Items.FirstOrDefault(i => i.Item == item).Artist?.Value;
    }
}
