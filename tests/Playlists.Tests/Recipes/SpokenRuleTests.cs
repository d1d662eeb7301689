using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests.Recipes;

/// <summary>What Your Episodes and Continue Listening keep, over random listeners of random shows and books.</summary>
public sealed class SpokenRuleTests
{
    [Fact]
    public void Lists_OfAnyListener_KeepSizesBansAndCapsAndSayWhy() =>
        ForAny(test =>
        {
            var banned = test.Taste.Hated.Concat(test.Taste.Excluded).Select(test.RecordingOf).ToHashSet();
            foreach (var list in ListsOf(test))
            {
                var (least, most) = test.SizesOf(list.Kind);
                Assert.InRange(list.Tracks.Count, least, most);
                Assert.Distinct(list.Tracks.Select(track => test.RecordingOf(track.Item)));
                var shows = list.Tracks.Where(track => track.Artist is not null).GroupBy(track => track.Artist);
                Assert.All(shows, show => Assert.InRange(show.Count(), 1, test.CapOf(list.Kind)));
                foreach (var track in list.Tracks)
                {
                    Assert.DoesNotContain(test.RecordingOf(track.Item), banned);
                    Assert.False(track.Artist is { } artist && test.Taste.HatedArtists.Contains(artist));
                    var show = test.Taste.Unfinished.FirstOrDefault(item => item.Item == track.Item).Show;
                    var isUnnamed = track.Artist is null && track.ArtistName is null;
                    Assert.False(isUnnamed && show is { } hated && test.Taste.HatedArtists.Contains(hated));
                    Assert.NotEqual(ItemKind.Track, test.TrackOf(track.Item)?.Kind ?? ItemKind.Episode);
                    Assert.DoesNotContain(track.Reason.Seeds, seed => banned.Contains(test.RecordingOf(seed.Item)));
                    test.AssertSpokenReason(list.Kind, track);
                }
            }
        });

    [Fact]
    public void Lists_OfAnyListener_HoldEverythingUnfinishedThatMayBeThere() =>
        ForAny(test =>
        {
            var list = ListsOf(test).SingleOrDefault(list => list.Kind == PlaylistKind.ContinueListening);
            var lately = list is null
                ? []
                : list.Tracks.Where(track => track.Reason.Kind == ReasonKind.Unfinished).Select(track => track.Item);
            if (list is null)
            {
                Assert.All(test.Taste.Unfinished, item => Assert.True(IsOut(test, item)));
            }
            else if (list.Tracks.Count < test.Parameters.Series.ContinueItems)
            {
                var capped = list
                    .Tracks.GroupBy(track => test.ArtistNumberOf(track.Item))
                    .Where(show => show.Count() == test.Parameters.Series.ContinueCap)
                    .Select(show => show.Key);
                Assert.All(
                    test.Taste.Unfinished.Where(item => !IsOut(test, item)).Select(item => item.Item),
                    item =>
                        Assert.True(
                            lately.Any(i => test.RecordingOf(i) == test.RecordingOf(item))
                                || test.TrackOf(item)?.Kind == ItemKind.Chapter
                                || capped.Contains(test.ArtistNumberOf(item))
                        )
                );
            }
        });

    [Fact]
    public void ContinueListening_OfAnyListener_IsCertainAndTheLatestFirst() =>
        ForAny(test =>
        {
            foreach (var list in ListsOf(test).Where(list => list.Kind == PlaylistKind.ContinueListening))
            {
                Assert.All(list.Tracks, track => Assert.Equal(1m, track.Propensity));
                Assert.Empty(list.Trace!.Slots);
                // What nothing says when it was played comes after.
                var lately = list.Tracks.TakeWhile(test.IsOfLatestPlays).ToArray();
                Assert.DoesNotContain(list.Tracks.Skip(lately.Length), test.IsOfLatestPlays);
                Assert.Equal(lately.Select(t => t.Reason.Score).OrderDescending(), lately.Select(t => t.Reason.Score));
                var books = list
                    .Tracks.Select(track => test.TrackOf(track.Item))
                    .Where(track => track?.Kind == ItemKind.Chapter)
                    .Select(track => (test.ArtistNumberOf(track!.Id), track.Album));
                Assert.Distinct(books);
            }
        });

    [Fact]
    public void YourEpisodes_OfAnyListener_HasNewThenNextThenUnfinished() =>
        ForAny(test =>
        {
            foreach (var list in ListsOf(test).Where(list => list.Kind == PlaylistKind.YourEpisodes))
            {
                ReasonKind[] order = [ReasonKind.Release, ReasonKind.NextInSeries, ReasonKind.Unfinished];
                var kinds = list.Tracks.Select(track => Array.IndexOf(order, track.Reason.Kind)).ToArray();
                Assert.Equal(kinds.Order(), kinds);
                for (var slot = 0; slot < list.Trace!.Slots.Count; slot++)
                {
                    var choices = list.Trace.Slots[slot];
                    var units = new int[choices.Merits.Count];
                    list.Trace.Policy.Probabilities([.. choices.Merits], units);
                    Assert.Equal(SlotPolicy.Unit, units.Sum());
                    Assert.Equal(choices.Chosen, list.Trace.Policy.Draw(slot, units));
                    Assert.Equal(units[choices.Chosen] / (decimal)SlotPolicy.Unit, list.Tracks[slot].Propensity);
                }
            }
        });

    [Fact]
    public void Lists_OfTheSameListenerInAnotherOrder_AreTheSameBytes() =>
        ForAny(test =>
        {
            var shuffled = test.Shuffled() with { Unfinished = [.. test.Taste.Unfinished.Reverse()] };

            var again = test.World.Composer(test.Parameters).Compose(shuffled, RandomCase.Monday);

            Assert.Equal(test.Playlists.Select(p => PlaylistJson.Write(p)), again.Select(p => PlaylistJson.Write(p)));
        });

    [Fact]
    public void Cases_OfThisSuite_ReachBothListsAndEveryReason()
    {
        var lists = Enumerable
            .Range(0, 500)
            .SelectMany(seed => ListsOf(new RandomCase(seed, isSpoken: true)))
            .ToArray();

        foreach (var kind in new[] { PlaylistKind.YourEpisodes, PlaylistKind.ContinueListening })
        {
            Assert.True(lists.Count(list => list.Kind == kind) >= 200, kind.Value);
        }
        foreach (var kind in new[] { ReasonKind.Release, ReasonKind.NextInSeries, ReasonKind.Unfinished })
        {
            Assert.True(lists.SelectMany(list => list.Tracks).Count(track => track.Reason.Kind == kind) >= 100);
        }
    }

    /// <summary>Whether something unfinished may not be there: banned, not available here, or music.</summary>
    private static bool IsOut(RandomCase test, UnfinishedItem item)
    {
        var taste = test.Taste;
        var banned = taste.Hated.Concat(taste.Excluded).Select(test.RecordingOf);
        var known = test.TrackOf(item.Item);
        return banned.Contains(test.RecordingOf(item.Item))
            || (known?.Kind ?? item.Kind) == ItemKind.Track
            || known?.Explicit == true && !taste.AllowsExplicit
            || (taste.Market is { } market && known?.Markets?.Contains(market) == false)
            || taste.HatedArtists.Any(artist => artist == known?.Artist || artist == item.Show)
            || taste
                .Items.Concat(taste.Liked.Select(i => new TasteItem(i, null, 0, 0, 0, 0)))
                .Any(other =>
                    test.RecordingOf(other.Item) == test.RecordingOf(item.Item)
                    && (
                        (other.Artist is { } named && taste.HatedArtists.Contains(named))
                        || (test.TrackOf(other.Item)?.Artist is { } own && taste.HatedArtists.Contains(own))
                    )
                );
    }

    private static IEnumerable<Playlist> ListsOf(RandomCase test) =>
        test.Playlists.Where(list =>
            list.Kind == PlaylistKind.YourEpisodes || list.Kind == PlaylistKind.ContinueListening
        );

    private static void ForAny(Action<RandomCase> assert) =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<DoNotSize<int>>(),
                seed => assert(new RandomCase(seed.Item, isSpoken: true))
            )
        );
}
