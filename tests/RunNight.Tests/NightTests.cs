using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Population;

namespace Nocturne.RunNight.Tests;

public sealed class NightTests
{
    private const string Date = "2026-04-01";
    private const int Listeners = 60;

    private static readonly List<ListenEvent> Events =
    [
        .. new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 3,
                Listeners = Listeners,
                Events = 6_000,
                Tracks = 800,
                Artists = 120,
                EndDate = new DateOnly(2026, 3, 31),
            }
        ).Events(),
    ];

    [Fact]
    public async Task Night_OfAPopulation_GivesEveryListenerPlaylistsWithNamesAndReasons()
    {
        await using var world = await NightWorld.WithAsync(Events);

        var record = await world.RunAsync(Date);

        Assert.Equal(RunState.Finished, record.State);
        var everyone = Events.Select(e => e.Listener).ToHashSet();
        Assert.Equal(everyone.Count, record.Listeners);
        var published = new PublishedPlaylists(world.Objects, TimeProvider.System);
        foreach (var listener in everyone)
        {
            var playlists = await published.ReadAsync(listener, default);
            Assert.NotNull(playlists);
            Assert.NotEmpty(playlists.Playlists);
            Assert.All(
                playlists.Playlists,
                playlist => Assert.All(playlist.Tracks, track => Assert.NotNull(track.Title))
            );
        }
        Assert.Contains(record.PlaylistsByKind, kind => kind.Key == "daily-mix-1");
        Assert.Contains(record.PlaylistsByKind, kind => kind.Key == "discover-weekly");
        Assert.Equal(1, world.ReadyMessages);
    }

    [Fact]
    public async Task Night_MessagesDuplicatedAndReorderedAndAnyNumberOfWorkers_GivesTheSameBytes()
    {
        await using var plain = await NightWorld.WithAsync(
            Events,
            new NightOptions { ListenersPerShard = 10, Workers = 1 }
        );
        await plain.RunAsync(Date);
        var expected = await plain.ContentsAsync();

        foreach (var (seed, workers) in new[] { (1, 2), (2, 7), (3, 1) })
        {
            await using var world = await NightWorld.WithAsync(
                Events,
                new NightOptions { ListenersPerShard = 10, Workers = workers }
            );
            var record = await world.RunAsync(Date, seed);

            Assert.Equal(RunState.Finished, record.State);
            Assert.Equal(expected, await world.ContentsAsync());
        }
    }

    [Fact]
    public async Task Night_InManyShardsOrOne_MakesTheSamePlaylists()
    {
        await using var many = await NightWorld.WithAsync(Events, new NightOptions { ListenersPerShard = 5 });
        await using var one = await NightWorld.WithAsync(Events, new NightOptions { ListenersPerShard = 1_000 });

        var manyShards = await many.RunAsync(Date);
        var oneShard = await one.RunAsync(Date);

        Assert.True(manyShards.Shards > 10);
        Assert.Equal(1, oneShard.Shards);
        var fromMany = new PublishedPlaylists(many.Objects, TimeProvider.System);
        var fromOne = new PublishedPlaylists(one.Objects, TimeProvider.System);
        foreach (var listener in Events.Select(e => e.Listener).Distinct())
        {
            Assert.Equal(await BytesAsync(fromOne, listener), await BytesAsync(fromMany, listener));
        }

        static async Task<byte[]> BytesAsync(PublishedPlaylists published, ListenerId listener) =>
            ListenerPlaylists.Write(
                listener,
                RunId.Parse(Date),
                (await published.ReadAsync(listener, default))!.Playlists
            );
    }

    [Fact]
    public async Task Night_LosingItsMessagesAfterAnyOfThem_IsResumedByTheTickToTheSameBytes()
    {
        await using var plain = await NightWorld.WithAsync(Events);
        await plain.RunAsync(Date);
        var expected = await plain.ContentsAsync();

        for (var delivered = 0; delivered < 16; delivered += 3)
        {
            await using var world = await NightWorld.WithAsync(Events);
            await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(Date), 0), default);
            await world.DeliverAsync(seed: null, atMost: delivered);
            world.LoseMessages();

            await world.Handler.HandleAsync(new NightMessage(NightStep.Tick, null, 0), default);
            await world.DeliverAsync(seed: null);

            Assert.Equal(RunState.Finished, (await world.RecordAsync(Date)).State);
            Assert.Equal(expected, await world.ContentsAsync());
        }
    }

    [Fact]
    public async Task Night_RunAgain_WritesNothing()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await world.RunAsync(Date);
        var contents = await world.ContentsAsync();
        var commits = world.Documents.Commits;

        await world.AddAsync([NewPlay("someone-new", "x")], "later");
        var afterEvent = world.Documents.Commits;
        var record = await world.RunAsync(Date);

        Assert.Equal(RunState.Finished, record.State);
        Assert.Equal(commits + 1, afterEvent);
        Assert.Equal(afterEvent, world.Documents.Commits);
        Assert.Equal(contents.Count + 1, (await world.ContentsAsync()).Count); // the new archive file alone
    }

    [Fact]
    public async Task Night_OfAnEarlierDate_LeavesThePublishedPointer()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await world.RunAsync(Date);

        var backfill = await world.RunAsync("2026-03-30");

        Assert.Equal(RunState.Finished, backfill.State);
        var pointer = await new PublishedPlaylists(world.Objects, TimeProvider.System).ReadPointerAsync(default);
        Assert.Equal(Date, pointer!.Run);
    }

    [Fact]
    public async Task Night_AfterAnother_KnowsNamesOfBothAndServesTheNewOne()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await world.RunAsync(Date);
        await world.AddAsync([NewPlay("someone-new", "Brand New Song")], "second");

        var record = await world.RunAsync("2026-04-02");

        Assert.Equal(RunState.Finished, record.State);
        Assert.Equal(Date, record.Previous);
        var catalogue = await NightModel.ReadCatalogueAsync(world.Objects, RunId.Parse("2026-04-02"), default);
        Assert.Equal("Brand New Song", catalogue.Single(line => line.Item == "new-item").Title);
        Assert.All(catalogue, line => Assert.NotNull(line.Title));
        var published = new PublishedPlaylists(world.Objects, TimeProvider.System);
        var first = await published.ReadAsync(new ListenerId("someone-new"), default);
        Assert.All(first!.Playlists, playlist => Assert.NotEmpty(playlist.Tracks));
        var mix = first.Playlists.Single(playlist => playlist.Kind == PlaylistKind.DailyMix(1));
        Assert.Contains(mix.Tracks, track => track.Item == new ItemId("new-item"));
    }

    [Fact]
    public async Task Tick_RunPastItsDeadline_FailsItAndItsLateMessagesDoNothing()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(Date), 0), default);
        world.Time.Advance(TimeSpan.FromHours(5));

        await world.Handler.HandleAsync(new NightMessage(NightStep.Tick, null, 0), default);
        await world.DeliverAsync(seed: null);

        var record = await world.RecordAsync(Date);
        Assert.Equal(RunState.Failed, record.State);
        Assert.Contains("deadline", record.Failure, StringComparison.Ordinal);
        Assert.Null(await new PublishedPlaylists(world.Objects, TimeProvider.System).ReadPointerAsync(default));
    }

    [Fact]
    public async Task Night_WithoutListeners_FinishesEmpty()
    {
        await using var world = await NightWorld.WithAsync([]);

        var record = await world.RunAsync(Date);

        Assert.Equal(RunState.Finished, record.State);
        Assert.Equal(0, record.Playlists);
    }

    [Fact]
    public async Task Night_ListenerWhoOnlySaidThings_GetsAGeneralPlaylist()
    {
        await using var world = await NightWorld.WithAsync([
            .. Events,
            new FollowEvent
            {
                Listener = new ListenerId("quiet"),
                Id = new EventId("f"),
                StartedAt = Instant.FromDate(new DateOnly(2026, 3, 1)),
                ReceivedAt = Instant.FromDate(new DateOnly(2026, 3, 1)),
                Artist = new ArtistId("anyone"),
                On = true,
            },
        ]);

        await world.RunAsync(Date);

        var playlists = await new PublishedPlaylists(world.Objects, TimeProvider.System).ReadAsync(
            new ListenerId("quiet"),
            default
        );
        Assert.Equal("general", Assert.Single(playlists!.Playlists).Kind.Value);
    }

    private static PlayEvent NewPlay(string listener, string title) =>
        new()
        {
            Listener = new ListenerId(listener),
            Id = new EventId("n1"),
            StartedAt = Instant.FromDate(new DateOnly(2026, 3, 29)),
            ReceivedAt = Instant.FromDate(new DateOnly(2026, 3, 29)),
            Item = new ItemId("new-item"),
            Title = title,
            Artist = new ArtistId("new-artist"),
            ArtistName = "New Artist",
            MsPlayed = 100_000,
        };
}
