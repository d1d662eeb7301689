using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests.Homes;

/// <summary>What Home and Made For You keep, over random listeners of music, shows and books.</summary>
public sealed class HomeRuleTests
{
    [Fact]
    public void Cards_OfAnyListener_AreOfTheNightsListsEachOnceWithinTheirRows() =>
        ForAny(
            (test, night) =>
            {
                var home = night.Home;
                Assert.Distinct(home.Shelves.Select(shelf => shelf.Name));
                Assert.Distinct(
                    home.Shelves.SelectMany(s => s.Cards).Where(c => c.Item is null).Select(c => c.Playlist)
                );
                foreach (var shelf in home.Shelves)
                {
                    Assert.InRange(shelf.Cards.Count, 1, test.Parameters.Home.RowCards);
                    Assert.Distinct(shelf.Cards.Select(card => (card.Playlist, card.Item)));
                    foreach (var card in shelf.Cards)
                    {
                        var list = night.FirstOrDefault(list => list.Kind == card.Playlist);
                        if (card.Item is not { } item)
                        {
                            Assert.True(
                                list is { Tracks.Count: > 0 }
                                    || (
                                        card.Playlist == PlaylistKind.DaylistNow
                                        && home.DaylistAt(Instant.FromDate(home.Date), night) is not null
                                    )
                            );
                            continue;
                        }
                        Assert.Equal(list!.Tracks.Single(track => track.Item == item).Reason, card.Reason);
                    }
                }
                var spoken = home.Shelves.Where(shelf => shelf.Name is "continue-listening" or "your-episodes");
                Assert.Distinct(spoken.SelectMany(shelf => shelf.Cards).Select(card => card.Item));
            }
        );

    [Fact]
    public void MadeForYou_OfAnyListener_HasEveryListOnceAndWeeklyNewsFirst() =>
        ForAny(
            (_, night) =>
            {
                var hub = night.Home.MadeForYou;
                Assert.Equal(
                    night.Select(list => list.Kind.Value).Order(StringComparer.Ordinal),
                    hub.Select(entry => entry.Playlist.Value).Order(StringComparer.Ordinal)
                );
                Assert.Equal(hub.Select(e => e.Reason.Score).OrderDescending(), hub.Select(e => e.Reason.Score));
                string[] weekly = ["discover-weekly", "release-radar", "fresh-finds"];
                Assert.All(
                    hub,
                    entry =>
                        Assert.Equal(
                            weekly.Contains(entry.Playlist.Value) ? 2 * FixedPoint.One : FixedPoint.One,
                            entry.Reason.Score
                        )
                );
            }
        );

    [Fact]
    public void Propensities_OfAnyCard_RecomputeFromWhatIsStored() =>
        ForAny(
            (test, night) =>
            {
                var packed = PlaylistPack.Write(
                    new PackedPlaylists(test.Taste.Listener, "r", night, night.Memory) { Home = night.Home }
                );
                var read = PlaylistPack.Read(packed);
                var home = read.Home!;

                Assert.Equal(packed, PlaylistPack.Write(read));
                Assert.Equal(
                    HomeJson.Write(night.Home, night, Instant.FromDate(home.Date)),
                    HomeJson.Write(home, read.Playlists, Instant.FromDate(home.Date))
                );
                Assert.Equal(home.Shelves.Count, home.Trace!.Slots.Count);
                for (var at = 0; at < home.Shelves.Count; at++)
                {
                    var shelf = home.Shelves[at];
                    AssertDrawn(home.Trace, at, new ItemId(shelf.Name), shelf.Propensity);
                    Assert.Equal(shelf.Reason.Score, home.Trace.Slots[at].Merits[home.Trace.Slots[at].Chosen]);
                    Assert.DoesNotContain(
                        home.Trace.Slots[at].Items,
                        item => home.Shelves.Take(at).Any(before => before.Name == item.Value)
                    );
                    for (var slot = 0; slot < shelf.Cards.Count; slot++)
                    {
                        var card = shelf.Cards[slot];
                        if (card.Item is { } item)
                        {
                            var list = read.Playlists.Single(list => list.Kind == card.Playlist);
                            Assert.Equal(list.Tracks.Single(track => track.Item == item).Propensity, card.Propensity);
                            continue;
                        }
                        AssertDrawn(shelf.Trace!, slot, new ItemId(card.Playlist.Value), card.Propensity);
                    }
                }
            }
        );

    [Fact]
    public void Shelves_OfAnyListener_AreWorthWhatTheirReasonsSay() =>
        ForAny(
            (test, night) =>
            {
                var home = night.Home;
                double[] shares =
                [
                    home.Listening.Music / 1e6,
                    home.Listening.Podcasts / 1e6,
                    home.Listening.Audiobooks / 1e6,
                ];
                Assert.Equal(1, shares.Sum(), 9);
                var parameters = test.Parameters.Home;
                var counts = new int[3];
                foreach (var shelf in home.Shelves)
                {
                    foreach (var card in shelf.Cards)
                    {
                        counts[(int)test.KindOf(card)]++;
                    }
                    Assert.Equal((1000 - parameters.Calibration) * WorthOf(parameters, shelf.Name), shelf.Reason.Base);
                    Assert.Equal(
                        -parameters.Calibration * Divergence(shares, counts) * 1000,
                        shelf.Reason.Others,
                        2_000d
                    );
                }
            }
        );

    [Fact]
    public void FirstCards_OfAnyListener_AreAsNearToTheirListeningAsTheListsAllow() =>
        ForAny(
            (test, _) =>
            {
                var parameters = test.Parameters with { Home = new HomeParameters { Epsilon = 0 } };
                var night = test.World.Composer(parameters).Compose(test.Taste, RandomCase.Monday);
                var home = night.Home;
                double[] shares =
                [
                    home.Listening.Music / 1e6,
                    home.Listening.Podcasts / 1e6,
                    home.Listening.Audiobooks / 1e6,
                ];
                var all = home.Shelves.SelectMany(shelf => shelf.Cards).Select(test.KindOf).ToArray();
                var first = all.Take(parameters.Home.CalibratedCards).ToArray();
                var counts = Counts(first);
                var supply = Counts(all);

                var best = double.MaxValue;
                for (var music = 0; music <= Math.Min(supply[0], first.Length); music++)
                {
                    for (var episodes = 0; episodes <= Math.Min(supply[1], first.Length - music); episodes++)
                    {
                        var chapters = first.Length - music - episodes;
                        if (chapters <= supply[2] && first.Length > 0)
                        {
                            best = Math.Min(best, Divergence(shares, [music, episodes, chapters]));
                        }
                    }
                }

                Assert.True(first.Length == 0 || Divergence(shares, counts) <= best + 0.05);

                static int[] Counts(ItemKind[] kinds) =>
                    [.. Enumerable.Range(0, 3).Select(kind => kinds.Count(k => (int)k == kind))];
            }
        );

    private static long WorthOf(HomeParameters parameters, string shelf) =>
        shelf switch
        {
            "continue-listening" => parameters.ContinueListening,
            "daylist" => parameters.Daylist,
            "mixes" => parameters.Mixes,
            "new" => parameters.New,
            "again" => parameters.Again,
            "your-episodes" => parameters.YourEpisodes,
            "on-repeat" => parameters.OnRepeat,
            _ => parameters.General,
        };

    /// <summary>KL(p, .99 q + .01 p) in bits.</summary>
    private static double Divergence(double[] shares, int[] counts) =>
        shares
            .Zip(counts, (p, count) => (p, q: (.99 * count / counts.Sum()) + (.01 * p)))
            .Where(pair => pair.p > 0)
            .Sum(pair => pair.p * Math.Log2(pair.p / pair.q));

    private static void AssertDrawn(SlotTrace trace, int slot, ItemId placed, decimal propensity)
    {
        var choices = trace.Slots[slot];
        var units = new int[choices.Merits.Count];
        trace.Policy.Probabilities([.. choices.Merits], units);
        Assert.Equal(SlotPolicy.Unit, units.Sum());
        Assert.Equal(choices.Chosen, trace.Policy.Draw(slot, units));
        Assert.Equal(placed, choices.Items[choices.Chosen]);
        Assert.Equal(units[choices.Chosen] / (decimal)SlotPolicy.Unit, propensity);
        Assert.Equal(choices.Merits.OrderDescending(), choices.Merits);
    }

    private static void ForAny(Action<RandomCase, ComposedPlaylists> assert) =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<DoNotSize<int>>(),
                seed =>
                {
                    var test = new RandomCase(seed.Item, isSpoken: seed.Item % 2 == 0);
                    assert(test, (ComposedPlaylists)test.Playlists);
                }
            )
        );
}

/// <summary>What the rules look up about a card.</summary>
internal static class HomeLookups
{
    public static ItemKind KindOf(this RandomCase test, HomeCard card)
    {
        if (card.Item is not { } item || card.Playlist == PlaylistKind.OnRepeat)
        {
            return ItemKind.Track;
        }
        return test.TrackOf(item)?.Kind ?? test.Taste.Unfinished.Single(unfinished => unfinished.Item == item).Kind;
    }
}
