using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.RunNight.Tests;

/// <summary>Blends through nights: made every night, at once when somebody comes or leaves, and always whole.</summary>
public sealed class BlendTests
{
    private const string Date = "2026-04-01";

    private static readonly BlendId Pair = new("pair");
    private static readonly BlendId Crowd = new("crowd");

    private static readonly List<ListenEvent> Events =
    [
        .. new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 5,
                Listeners = 40,
                Events = 6_000,
                Tracks = 600,
                Artists = 90,
                EndDate = new DateOnly(2026, 3, 31),
            }
        ).Events(),
    ];

    private static readonly ListenerId[] Listeners =
    [
        .. Events.GroupBy(e => e.Listener).OrderByDescending(of => of.Count()).Select(of => of.Key),
    ];

    [Fact]
    public async Task Night_WithBlends_MakesThemForTheirMembers()
    {
        await using var world = await WithBlendsAsync();

        var record = await world.RunAsync(Date);

        Assert.Equal(RunState.Finished, record.State);
        Assert.Equal(2, record.Blends);
        Assert.Equal(2, record.FairBlends);
        var pair = (await world.ReadBlendAsync(Pair))!;
        var crowd = (await world.ReadBlendAsync(Crowd))!;
        Assert.Equal(2, pair.Version);
        Assert.Equal(Sorted(Listeners[..2]), pair.Members.Select(member => member.Listener.Value));
        Assert.Equal(Sorted(Listeners[..10]), crowd.Members.Select(member => member.Listener.Value));
        foreach (var blend in new[] { pair, crowd })
        {
            Assert.Equal(50, blend.Playlist.Tracks.Count);
            Assert.InRange(blend.Match!.Value, 0, 100);
            Assert.InRange(blend.Fairness!.Value, 800, 1000);
            Assert.All(blend.Playlist.Tracks, track => Assert.NotNull(track.Title));
            Assert.All(blend.Marks, Assert.NotEmpty);
        }
        Assert.Null(await world.ReadBlendAsync(new BlendId("waiting")));
    }

    [Fact]
    public async Task Night_WithBlendsOnAnyNumberOfWorkersAndMessagesReordered_GivesTheSameBytes()
    {
        await using var plain = await WithBlendsAsync(workers: 1);
        await plain.RunAsync(Date);
        await ChangeAsync(plain);
        var expected = await plain.ContentsAsync();
        Assert.Equal(2 + 3, expected.Keys.Count(name => name.EndsWith(".nbl", StringComparison.Ordinal)));

        foreach (var (seed, workers) in new[] { (1, 2), (2, 7) })
        {
            await using var world = await WithBlendsAsync(workers);
            await world.RunAsync(Date, seed);
            await ChangeAsync(world, times: 2);

            Assert.Equal(expected, await world.ContentsAsync());
        }

        static async Task ChangeAsync(NightWorld world, int times = 1)
        {
            await world.Blends.JoinAsync(Pair, Listeners[5], default);
            await world.DeliverChangesAsync(times);
            await world.Blends.LeaveAsync(Crowd, Listeners[0], default);
            await world.DeliverChangesAsync(times);
            await world.Blends.JoinAsync(new BlendId("waiting"), Listeners[9], default);
            await world.DeliverChangesAsync(times);
        }
    }

    [Fact]
    public async Task Blend_WhenSomebodyJoins_IsMadeAtOnceAndOnce()
    {
        await using var world = await WithBlendsAsync();
        await world.RunAsync(Date);
        var before = (await world.ReadBlendAsync(Pair))!;

        await world.Blends.JoinAsync(Pair, Listeners[7], default);
        var during = (await world.ReadBlendAsync(Pair))!;
        await world.DeliverChangesAsync();
        var after = (await world.ReadBlendAsync(Pair))!;
        var contents = await world.ContentsAsync();
        await world.Blends.JoinAsync(Pair, Listeners[7], default);
        await world.DeliverChangesAsync(times: 3);

        Assert.Equal(before.Playlist.Id, during.Playlist.Id); // the last whole one until then
        Assert.Equal(3, after.Version);
        Assert.Equal(3, after.Members.Count);
        Assert.Contains(after.Marks, marks => marks.Any(mark => mark.Member == Listeners[7]));
        Assert.NotEqual(before.Playlist.Id, after.Playlist.Id);
        Assert.Equal(contents, await world.ContentsAsync());
    }

    [Fact]
    public async Task Blend_WhenSomebodyLeaves_IsMadeAtOnceWithoutThemAndEndsWithTheLastButOne()
    {
        await using var world = await WithBlendsAsync();
        await world.RunAsync(Date);

        await world.Blends.LeaveAsync(Crowd, Listeners[3], default);
        await world.DeliverChangesAsync();
        var nine = (await world.ReadBlendAsync(Crowd))!;
        await world.Blends.LeaveAsync(Pair, Listeners[1], default);
        await world.DeliverChangesAsync();
        var alone = await world.ReadBlendAsync(Pair);
        await world.Blends.JoinAsync(Pair, Listeners[2], default);
        await world.DeliverChangesAsync();
        var again = (await world.ReadBlendAsync(Pair))!;

        Assert.Equal(9, nine.Members.Count);
        Assert.DoesNotContain(nine.Marks, marks => marks.Any(mark => mark.Member == Listeners[3]));
        Assert.Null(alone);
        Assert.Equal(Sorted([Listeners[0], Listeners[2]]), again.Members.Select(member => member.Listener.Value));
    }

    [Fact]
    public async Task Blend_MadeAtOnceFromTheSameTastes_IsWhatTheNightMakes()
    {
        await using var nightly = await WithBlendsAsync();
        await nightly.RunAsync(Date);
        await using var later = await NightWorld.WithAsync(Events);
        await later.RunAsync(Date);

        await MakeAsync(later);
        await later.DeliverChangesAsync();

        foreach (var blend in new[] { Pair, Crowd })
        {
            Assert.Equal(
                BlendPack.Write((await nightly.ReadBlendAsync(blend))!, Date),
                BlendPack.Write((await later.ReadBlendAsync(blend))!, Date)
            );
        }
    }

    [Fact]
    public async Task Blend_OfAMemberWhoJustBannedATrack_IsMadeWithoutIt()
    {
        await using var world = await WithBlendsAsync();
        await world.RunAsync(Date);
        var banned = (await world.ReadBlendAsync(Pair))!.Playlist.Tracks[0].Item;
        await world.AddAsync(
            [
                new FeedbackEvent
                {
                    Listener = Listeners[0],
                    Id = new EventId("ban"),
                    StartedAt = Instant.FromDate(new DateOnly(2026, 3, 31)),
                    ReceivedAt = Instant.FromDate(new DateOnly(2026, 3, 31)),
                    Item = banned,
                    Score = -1,
                },
            ],
            "ban"
        );

        await world.Blends.JoinAsync(Pair, Listeners[4], default);
        await world.DeliverChangesAsync();

        Assert.DoesNotContain((await world.ReadBlendAsync(Pair))!.Playlist.Tracks, track => track.Item == banned);
    }

    [Fact]
    public async Task Blend_ChangedWhileANightRuns_IsOfItsPresentMembersOnceItIsPublished()
    {
        await using var world = await WithBlendsAsync();
        await world.RunAsync(Date);
        await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse("2026-04-02"), 0), default);
        await world.DeliverAsync(seed: null, atMost: 6); // snapshots are taken

        await world.Blends.JoinAsync(Pair, Listeners[6], default);
        await world.DeliverChangesAsync();
        var during = (await world.ReadBlendAsync(Pair))!;
        await world.DeliverAsync(seed: null);
        var after = (await world.ReadBlendAsync(Pair))!;

        Assert.Equal(RunState.Finished, (await world.RecordAsync("2026-04-02")).State);
        Assert.Equal((3, new DateOnly(2026, 4, 1)), (during.Version, during.Playlist.Date));
        Assert.Equal((3, new DateOnly(2026, 4, 2)), (after.Version, after.Playlist.Date));
        Assert.Equal(new DateOnly(2026, 4, 2), (await world.ReadBlendAsync(Crowd))!.Playlist.Date);
    }

    [Fact]
    public async Task Blend_BeforeTheFirstNight_WaitsForIt()
    {
        await using var world = await WithBlendsAsync();

        await world.DeliverChangesAsync();
        var before = await world.ReadBlendAsync(Pair);
        await world.RunAsync(Date);

        Assert.Null(before);
        Assert.NotNull(await world.ReadBlendAsync(Pair));
    }

    [Fact]
    public async Task Blend_WithAMemberWithoutEvents_IsMadeAndSaysSo()
    {
        await using var world = await WithBlendsAsync();
        await world.Blends.JoinAsync(Pair, new ListenerId("nobody-knows"), default);

        var record = await world.RunAsync(Date);

        var blend = (await world.ReadBlendAsync(Pair))!;
        Assert.Equal((2, 1), (record.Blends, record.FairBlends));
        Assert.Equal(50, blend.Playlist.Tracks.Count);
        Assert.Contains("nothing is known of 1 of them", blend.Playlist.Description, StringComparison.Ordinal);
        Assert.Null(blend.Match);
    }

    [Fact]
    public async Task Night_OfTheBlends_IsNotChangedByWhatHappensAfterItsSnapshot()
    {
        await using var plain = await WithBlendsAsync();
        await plain.RunAsync(Date);
        await using var world = await WithBlendsAsync();
        await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(Date), 0), default);
        await world.DeliverAsync(seed: null, atMost: 6);

        foreach (var member in Listeners[..10])
        {
            await world.Blends.LeaveAsync(Crowd, member, default);
        }
        await world.DeliverAsync(seed: null);

        var key = BlendObjects.Playlist(Crowd, RunId.Parse(Date), 10);
        Assert.Equal((await plain.ContentsAsync())[key.ToString()], (await world.ContentsAsync())[key.ToString()]);
        Assert.Null(await world.ReadBlendAsync(Crowd));
    }

    [Fact]
    public async Task Blend_OfAMemberWhoJoinedAfterTheirOwnShardOfTheSnapshot_HasTheirTaste()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(Date), 0), default);
        var shards = (await world.RecordAsync(Date)).Shards;
        await world.DeliverAsync(seed: null, atMost: 1); // the first shard's
        var early = Listeners.First(listener => StorageName.ShardOf(listener.Value, shards) == 0);
        var blend = Enumerable
            .Range(0, 100)
            .Select(number => new BlendId($"late-{number}"))
            .First(id => StorageName.ShardOf(id.Value, shards) == shards - 1);
        await world.Blends.CreateAsync(blend, early, default);
        await world.Blends.JoinAsync(blend, Listeners.First(listener => listener != early), default);

        await world.DeliverAsync(seed: null);

        Assert.Null(await world.Objects.HeadAsync(BlendObjects.Taste(RunId.Parse(Date), early), default));
        var made = (await world.ReadBlendAsync(blend))!;
        Assert.All(made.Members, member => Assert.True(member.HasTaste));
        Assert.True(made.IsFair());
    }

    [Fact]
    public async Task Endpoint_ByTheSubscriptionOfChanges_TakesChangesAndNoSteps()
    {
        await using var world = await WithBlendsAsync();
        await world.RunAsync(Date);
        await world.Blends.JoinAsync(Pair, Listeners[7], default);
        await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse("2026-04-02"), 0), default);
        var endpoint = new NightEndpoint(world.Handler, NullLogger<NightEndpoint>.Instance);
        var cancel = new NightMessage(NightStep.Cancel, RunId.Parse("2026-04-02"), 0).ToBytes();

        var changed = await endpoint.ReceiveAsync(Pushed(new BlendChange(Pair).ToBytes()), default);
        var refused = await endpoint.ReceiveAsync(Pushed(cancel), default);

        Assert.Equal((204, 204), (changed, refused));
        Assert.Equal(3, (await world.ReadBlendAsync(Pair))!.Version);
        Assert.Equal(RunState.Running, (await world.RecordAsync("2026-04-02")).State);

        static PushedMessage Pushed(byte[] data) =>
            new(
                "1",
                data,
                new Dictionary<string, string>(),
                $"projects/p/subscriptions/{NocturneTopology.SubscriptionNames.RunBlends}",
                1
            );
    }

    [Fact]
    public async Task Scale_OfARun_IsOfThePopulationWhateverTheShards()
    {
        await using var many = await NightWorld.WithAsync(Events, new NightOptions { ListenersPerShard = 5 });
        await using var one = await NightWorld.WithAsync(Events, new NightOptions { ListenersPerShard = 1_000 });
        await many.RunAsync(Date);
        await one.RunAsync(Date);

        var key = BlendObjects.Scale(RunId.Parse(Date));
        var bytes = (await many.Objects.ReadBytesAsync(key, 1 << 20, default))!.Value.Data;

        Assert.Equal((await one.Objects.ReadBytesAsync(key, 1 << 20, default))!.Value.Data, bytes);
        Assert.InRange(MatchScale.Read(bytes).Pairs, 100, 40 * 39 / 2);
    }

    private static async Task<NightWorld> WithBlendsAsync(int workers = 2)
    {
        var world = await NightWorld.WithAsync(Events, new NightOptions { ListenersPerShard = 10, Workers = workers });
        await MakeAsync(world);
        return world;
    }

    private static async Task MakeAsync(NightWorld world)
    {
        await world.Blends.CreateAsync(Pair, Listeners[1], default);
        await world.Blends.JoinAsync(Pair, Listeners[0], default);
        await world.Blends.CreateAsync(Crowd, Listeners[0], default);
        foreach (var listener in Listeners[1..BlendParameters.MostMembers])
        {
            await world.Blends.JoinAsync(Crowd, listener, default);
        }
        await world.Blends.CreateAsync(new BlendId("waiting"), Listeners[8], default);
    }

    private static IEnumerable<string> Sorted(IEnumerable<ListenerId> listeners) =>
        listeners.Select(listener => listener.Value).Order(StringComparer.Ordinal);
}
