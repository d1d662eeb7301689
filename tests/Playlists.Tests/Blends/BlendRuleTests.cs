using Nocturne.Domain;
using Nocturne.Playlists.Blends;

namespace Nocturne.Playlists.Tests.Blends;

/// <summary>What every blend keeps, over random groups of 2 to 10 in random worlds.</summary>
public sealed class BlendRuleTests
{
    private const int Groups = 1_000;

    // Made once: every test looks at all of them.
    private static readonly Lazy<RandomGroup[]> All = new(() =>
        [.. Enumerable.Range(1, Groups).Select(seed => new RandomGroup(seed))]
    );

    [Fact]
    public void Blend_OfAnyGroup_KeepsItsSizeAndEveryRecordingOnce()
    {
        ForAll(group =>
        {
            var tracks = group.Blend.Playlist.Tracks;
            Assert.InRange(tracks.Count, 0, group.Parameters.Blend.Tracks);
            Assert.Distinct(tracks.Select(track => group.RecordingOf(track.Item)));
            Assert.All(
                tracks.Where(track => track.Artist is not null).GroupBy(track => track.Artist),
                artist => Assert.InRange(artist.Count(), 1, group.Parameters.Blend.ArtistCap)
            );
        });
        Assert.Contains(All.Value, group => group.Blend.Playlist.Tracks.Count == 50);
        Assert.Contains(All.Value, group => group.Members.Count == 10);
    }

    [Fact]
    public void Blend_OfAnyGroup_HasNothingThatAnyMemberBannedOrMayNotPlay() =>
        ForAll(group =>
        {
            var banned = group
                .Members.SelectMany(member => member.Hated.Concat(member.Excluded))
                .Select(group.RecordingOf)
                .ToHashSet();
            var artists = group.Members.SelectMany(member => member.HatedArtists).ToHashSet();
            foreach (var track in group.Blend.Playlist.Tracks)
            {
                Assert.DoesNotContain(group.RecordingOf(track.Item), banned);
                Assert.False(track.Artist is { } artist && artists.Contains(artist));
                var known = group.World.Catalogue[group.World.Catalogue.IndexOf(track.Item)];
                Assert.Equal(ItemKind.Track, known.Kind);
                Assert.True(!known.Explicit || group.Members.All(member => member.AllowsExplicit));
                Assert.All(
                    group.Members,
                    member => Assert.True(member.Market is null || known.Markets?.Contains(member.Market) != false)
                );
                Assert.All(track.Reason.Seeds, seed => Assert.DoesNotContain(group.RecordingOf(seed.Item), banned));
            }
        });

    [Fact]
    public void Marks_OfAnyGroup_SayWhoseTasteATrackIsAndAddUpToTheSatisfaction() =>
        ForAll(group =>
        {
            var blend = group.Blend;
            Assert.Equal(blend.Playlist.Tracks.Count, blend.Marks.Count);
            Assert.Equal(
                group.Members.Select(member => member.Listener.Value).Order(StringComparer.Ordinal),
                blend.Members.Select(member => member.Listener.Value)
            );
            foreach (var member in blend.Members)
            {
                var scores = blend.Marks.SelectMany(marks => marks).Where(mark => mark.Member == member.Listener);
                var sum = scores.Sum(mark => mark.Score);
                Assert.Equal(sum / Math.Max(1, blend.Marks.Count), member.Satisfaction);
                Assert.True(sum == 0 || member.HasTaste);
            }
            for (var slot = 0; slot < blend.Marks.Count; slot++)
            {
                var (marks, reason) = (blend.Marks[slot], blend.Playlist.Tracks[slot].Reason);
                Assert.Equal(marks.Count == 0, reason.Kind == ReasonKind.Popular);
                Assert.True(marks.Count == 0 || marks.Sum(mark => mark.Share) == 1000);
                Assert.All(marks, mark => Assert.InRange(mark.Score, 1, FixedPoint.One));
                Assert.Equal(marks.Select(mark => mark.Score).OrderDescending(), marks.Select(mark => mark.Score));
                if (reason.Kind == ReasonKind.Favourite)
                {
                    // The first one's own history names it.
                    var first = group.Members.Single(member => member.Listener == marks[0].Member);
                    var recording = group.RecordingOf(blend.Playlist.Tracks[slot].Item);
                    Assert.Contains(
                        first.Items.Where(item => item.Streams > 0).Select(item => item.Item).Concat(first.Liked),
                        item => group.RecordingOf(item) == recording
                    );
                }
            }
        });

    [Fact]
    public void Propensities_OfAnyGroup_RecomputeFromTheTraceAlone()
    {
        ForAll(group =>
        {
            var stored = BlendPack.Read(BlendPack.Write(group.Blend, "2026-11-21")).Blend;
            var (tracks, trace) = (stored.Playlist.Tracks, stored.Playlist.Trace!);
            if (trace.Policy.Epsilon == 0)
            {
                Assert.Empty(trace.Slots);
                Assert.All(tracks, track => Assert.Equal(1m, track.Propensity));
                return;
            }
            Assert.Equal(tracks.Count, trace.Slots.Count);
            for (var slot = 0; slot < tracks.Count; slot++)
            {
                var choices = trace.Slots[slot];
                var units = new int[choices.Items.Count];
                trace.Policy.Probabilities([.. choices.Merits], units);
                Assert.Equal(SlotPolicy.Unit, units.Sum());
                Assert.Equal(choices.Chosen, trace.Policy.Draw(slot, units));
                Assert.Equal(tracks[slot].Item, choices.Items[choices.Chosen]);
                Assert.Equal(units[choices.Chosen] / (decimal)SlotPolicy.Unit, tracks[slot].Propensity);
            }
        });
        Assert.Contains(
            All.Value,
            group => group.Blend.Playlist.Trace!.Slots.Any(slot => slot.Items.Count == SlotPolicy.MostChoices)
        );
    }

    [Fact]
    public void Order_OfTheMembers_DoesNotMatterToTheBytes() =>
        ForAll(group =>
        {
            var members = group.Members.ToArray();
            new Random(3).Shuffle(members);

            var again = group.Compose(members);

            Assert.Equal(BlendPack.Write(group.Blend, "r"), BlendPack.Write(again, "r"));
        });

    [Fact]
    public void Pack_OfAnyBlend_ReadsBackAndRefusesDamage()
    {
        ForAll(group =>
        {
            var bytes = BlendPack.Write(group.Blend, "2026-11-21");

            var (read, run) = BlendPack.Read(bytes);

            Assert.Equal("2026-11-21", run);
            Assert.Equal(bytes, BlendPack.Write(read, run));
            Assert.Equal(group.Blend.Fairness, read.Fairness);
        });
        var whole = BlendPack.Write(All.Value[0].Blend, "r");
        Assert.Throws<InvalidDataException>(() => BlendPack.Read(whole.AsMemory(1)));
        Assert.Throws<InvalidDataException>(() => BlendPack.Read(whole.AsMemory(0, 40)));
    }

    private static void ForAll(Action<RandomGroup> holds)
    {
        foreach (var group in All.Value)
        {
            holds(group);
        }
    }
}
