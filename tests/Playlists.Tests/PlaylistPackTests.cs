using FsCheck;
using FsCheck.Fluent;
using Nocturne.Domain;
using Nocturne.Testing;

namespace Nocturne.Playlists.Tests;

/// <summary>What is stored of a listener: nothing is lost, and propensities recompute from it alone.</summary>
public sealed class PlaylistPackTests
{
    [Fact]
    public void Pack_OfAnyListener_ReadsBackToTheSameBytesPlaylistsAndMemory() =>
        ForAny(test =>
        {
            var composed = test.World.Composer(test.Parameters).Compose(test.Taste, World.Date);
            var packed = new PackedPlaylists(test.Taste.Listener, "2026-11-21", composed, composed.Memory);
            var bytes = PlaylistPack.Write(packed);

            var read = PlaylistPack.Read(bytes);

            Assert.Equal(bytes, PlaylistPack.Write(read));
            Assert.Equal((test.Taste.Listener.Value, "2026-11-21"), (read.Listener.Value, read.Run));
            Assert.Equal(
                composed.Select(p => PlaylistJson.Write(p)),
                read.Playlists.Select(p => PlaylistJson.Write(p))
            );
            Assert.Equivalent(composed.Memory, read.Memory, strict: true);
        });

    [Fact]
    public void Pack_ReadToBeShown_ShowsTheSameListsAndHome_InAnyOrder() =>
        ForAny(test =>
        {
            var composed = test.World.Composer(test.Parameters).Compose(test.Taste, World.Date);
            var packed = new PackedPlaylists(test.Taste.Listener, "2026-11-21", composed, composed.Memory)
            {
                Home = composed.Home,
            };
            var now = Instant.FromDate(World.Date);

            var read = PlaylistPack.Read(PlaylistPack.Write(packed), toServe: true);

            Assert.Equal(composed.Select(p => p.Tracks.Count), read.Playlists.Select(p => p.Tracks.Count));
            Assert.Equal(
                composed.Home is { } home ? HomeJson.Write(home, composed, now) : null,
                read.Home is { } shown ? HomeJson.Write(shown, read.Playlists, now) : null
            );
            Assert.Equal(
                composed.Reverse().Select(p => PlaylistJson.Write(p)),
                read.Playlists.Reverse().Select(p => PlaylistJson.Write(p))
            );
        });

    [Fact]
    public void Pack_OfAnyListener_HoldsAllThatPropensitiesAndDrawsRecomputeFrom() =>
        ForAny(test =>
        {
            var composed = test.World.Composer(test.Parameters).Compose(test.Taste, World.Date);
            var packed = new PackedPlaylists(test.Taste.Listener, "2026-11-21", composed, composed.Memory);

            foreach (var playlist in PlaylistPack.Read(PlaylistPack.Write(packed)).Playlists)
            {
                var trace = playlist.Trace!;
                if (trace.Policy.Epsilon == 0)
                {
                    // Always the best: there is nothing to recompute.
                    Assert.Empty(trace.Slots);
                    Assert.All(playlist.Tracks, track => Assert.Equal(1m, track.Propensity));
                    continue;
                }
                var product = 1d;
                Assert.Equal(playlist.Tracks.Count, trace.Slots.Count);
                for (var slot = 0; slot < trace.Slots.Count; slot++)
                {
                    var choices = trace.Slots[slot];
                    var units = new int[choices.Merits.Count];
                    trace.Policy.Probabilities([.. choices.Merits], units);
                    Assert.Equal(choices.Chosen, trace.Policy.Draw(slot, units));
                    Assert.Equal(playlist.Tracks[slot].Item, choices.Items[choices.Chosen]);
                    Assert.Equal(units[choices.Chosen] / (decimal)SlotPolicy.Unit, playlist.Tracks[slot].Propensity);
                    product *= (double)playlist.Tracks[slot].Propensity;
                }
                Assert.Equal(product, playlist.Propensity);
            }
        });

    /// <summary>Hashes lie apart from the packed part, so there may be more of them than it has bytes.</summary>
    [Fact]
    public void Memory_OfMoreHashesThanThereAreOtherBytes_ReadsBack()
    {
        var memory = new ListenerMemory
        {
            Mixes = [new MixMemory(1, [.. Enumerable.Range(1, 60).Select(i => (ulong)i)])],
            Discoveries = [new PastDiscoveries(World.Date, [.. Enumerable.Range(1, 60).Select(i => (ulong)i)])],
        };

        var read = PlaylistPack.Read(PlaylistPack.Write(new PackedPlaylists(new ListenerId("a"), "r", [], memory)));

        Assert.Equivalent(memory, read.Memory, strict: true);
    }

    [Fact]
    public void Memory_WithEverythingInIt_ReadsBack()
    {
        var memory = new ListenerMemory
        {
            Mixes =
            [
                new MixMemory(1, [1, 2, 3, 5, 8, 13, 21, 34, ulong.MaxValue])
                {
                    SplitNights = 2,
                    Leaving = [1, 34, ulong.MaxValue],
                    DrawnFrom = 7,
                    DrawnBy = ulong.MaxValue,
                },
                new MixMemory(0, [4]),
            ],
            Merges = [new PendingMerge(0, 1, 2)],
            Discoveries = [new PastDiscoveries(World.Date, [ListenerMemory.KeyOf(World.Item(1)), 7])],
        };

        var read = PlaylistPack.Read(PlaylistPack.Write(new PackedPlaylists(new ListenerId("ada"), "r", [], memory)));

        Assert.Equivalent(memory, read.Memory, strict: true);
    }

    [Fact]
    public void Read_DamagedAnywhere_IsRefusedOrReadsAsSomethingWhole()
    {
        var test = new RandomCase(3);
        var composed = test.World.Composer(test.Parameters).Compose(test.Taste, World.Date);
        var bytes = PlaylistPack.Write(
            new PackedPlaylists(test.Taste.Listener, "2026-11-21", composed, composed.Memory)
        );

        Assert.Throws<InvalidDataException>(() => PlaylistPack.Read("{}"u8.ToArray()));
        for (var length = 0; length < bytes.Length; length += 7)
        {
            Assert.Throws<InvalidDataException>(() => PlaylistPack.Read(bytes.AsMemory(0, length)));
        }
        for (var at = 0; at < bytes.Length; at++)
        {
            var damaged = bytes.ToArray();
            damaged[at] ^= 0x10;
            foreach (var toServe in new[] { false, true })
            {
                try
                {
                    _ = PlaylistPack.Read(damaged, toServe).Playlists.Sum(list => list.Tracks.ToArray().Length);
                }
                catch (InvalidDataException)
                {
                    // the only way to say so
                }
            }
        }
    }

    private static void ForAny(Action<RandomCase> assert) =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), seed => assert(new RandomCase(seed.Item)))
        );
}
