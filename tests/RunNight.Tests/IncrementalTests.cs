using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.RunNight.Tests;

/// <summary>Who has not changed is not composed, and what has not changed is not written.</summary>
public sealed class IncrementalTests
{
    // Five weeks after the last play: nobody has a Daylist any more, which is of its day.
    private static readonly DateOnly Tuesday = new(2026, 5, 5);
    private static readonly DateOnly Wednesday = Tuesday.AddDays(1);
    private static readonly DateOnly Thursday = Tuesday.AddDays(2);
    private static readonly DateOnly Monday = Tuesday.AddDays(6);

    private static readonly List<ListenEvent> Events =
    [
        .. new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 9,
                Listeners = 40,
                Events = 4_000,
                Tracks = 400,
                Artists = 80,
                EndDate = new DateOnly(2026, 3, 29),
            }
        ).Events(),
    ];

    private static readonly List<ListenerId> Everyone = [.. Events.Select(e => e.Listener).Distinct()];

    [Fact]
    public async Task Night_NothingChangedAndNothingDue_WritesNoPlaylistsAndServesTheOlderOnes()
    {
        await using var world = await NightWorld.WithAsync(Events);
        var first = await RunAsync(world, Wednesday);
        var before = await PlaylistObjectsAsync(world);

        var second = await RunAsync(world, Thursday);

        Assert.Equal(new IncrementalCounts(Everyone.Count, 0, 0), first.Incremental);
        Assert.Equal(EpochReason.First, first.Epoch!.Reason);
        Assert.Equal(new IncrementalCounts(0, 0, Everyone.Count), second.Incremental);
        Assert.Equal(EpochReason.GoesOn, second.Epoch!.Reason);
        Assert.InRange(second.Epoch.Overlap!.Value, 800, 1000);
        Assert.Equal(first.Epoch.Run, second.Epoch.Run);
        Assert.Equal(before, await PlaylistObjectsAsync(world));
        Assert.Equal(first.Playlists, second.Playlists);
        Assert.Equal(first.Tracks, second.Tracks);
        var published = new PublishedPlaylists(world.Objects, world.Time);
        Assert.Equal(Thursday.ToString("o"), (await published.ReadPointerAsync(default))!.Run);
        foreach (var listener in Everyone)
        {
            Assert.Equal(Wednesday.ToString("o"), (await published.ReadAsync(listener, default))!.Run);
        }
    }

    [Fact]
    public async Task Night_SomePlayedOrSaidSomething_ComposesThemAlone()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await RunAsync(world, Wednesday);
        var (plays, hates) = (Everyone[3], Everyone[7]);
        var hated = (await ReadAsync(world, hates)).Playlists[0].Tracks[0].Item;
        await world.AddAsync([Play(plays, "track-1"), Hate(hates, hated)], "since");

        var record = await RunAsync(world, Thursday);

        Assert.Equal(new IncrementalCounts(2, 0, Everyone.Count - 2), record.Incremental);
        Assert.Equal(Thursday.ToString("o"), (await ReadAsync(world, plays)).Run);
        var after = await ReadAsync(world, hates);
        Assert.DoesNotContain(after.Playlists.SelectMany(p => p.Tracks), track => track.Item == hated);
    }

    [Fact]
    public async Task Night_AWeeklyRecipeDue_MakesItAloneAndKeepsTheRestAsItWasDrawn()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await RunAsync(world, Tuesday);
        var before = new Dictionary<ListenerId, ListenerPlaylists>();
        foreach (var listener in Everyone)
        {
            before.Add(listener, await ReadAsync(world, listener));
        }

        var record = await RunAsync(world, Wednesday);

        Assert.Equal(0, record.Incremental!.Value.Composed);
        foreach (var listener in Everyone)
        {
            var after = await ReadAsync(world, listener);
            foreach (var playlist in after.Playlists)
            {
                if (playlist.Kind == PlaylistKind.FreshFinds)
                {
                    Assert.Equal(Wednesday, playlist.Date);
                }
                else
                {
                    var kept = before[listener].Playlists.Single(p => p.Kind == playlist.Kind);
                    Assert.Equal(PlaylistJson.Write(kept), PlaylistJson.Write(playlist));
                    Assert.Equivalent(kept.Trace, playlist.Trace, strict: true);
                }
            }
        }
    }

    [Fact]
    public async Task Night_DaylistOfWhoListensNow_IsMadeForEveryDayAndTheRestKept()
    {
        await using var world = await NightWorld.WithAsync(Events);
        await RunAsync(world, new DateOnly(2026, 4, 1));

        var record = await RunAsync(world, new DateOnly(2026, 4, 2));

        Assert.Equal(0, record.Incremental!.Value.Composed);
        Assert.NotEqual(0, record.Incremental.Value.Refreshed);
        foreach (var listener in Everyone)
        {
            foreach (var playlist in (await ReadAsync(world, listener)).Playlists)
            {
                var isDaylist = playlist.Kind.Value.StartsWith("daylist", StringComparison.Ordinal);
                Assert.Equal(isDaylist ? 2 : 1, playlist.Date.Day);
            }
        }
    }

    [Theory]
    [InlineData(800, EpochReason.Weekly)]
    [InlineData(1001, EpochReason.Drift)]
    public async Task Night_OnMondayOrAfterDrift_ComposesEveryone(int overlap, EpochReason reason)
    {
        await using var world = await NightWorld.WithAsync(
            Events,
            new NightOptions { ListenersPerShard = 10, EpochOverlap = overlap }
        );
        await RunAsync(world, Tuesday);

        var record = await RunAsync(world, reason == EpochReason.Weekly ? Monday : Thursday);

        Assert.Equal(reason, record.Epoch!.Reason);
        Assert.Equal(new IncrementalCounts(Everyone.Count, 0, 0), record.Incremental);
    }

    [Fact]
    public async Task Night_AKeptTrackMayNoLongerBePlayed_MakesItsListsAnew()
    {
        await using var world = await NightWorld.WithAsync([
            .. Events,
            new SettingsEvent
            {
                Listener = Everyone[0],
                Id = new EventId("s"),
                StartedAt = Instant.FromDate(new DateOnly(2026, 3, 1)),
                ReceivedAt = Instant.FromDate(new DateOnly(2026, 3, 1)),
                Market = "CH",
            },
        ]);
        await RunAsync(world, Wednesday);
        var gone = (await ReadAsync(world, Everyone[0])).Playlists[0].Tracks[0].Item;
        await world.Objects.PutBytesAsync(
            new ObjectKey(NocturneTopology.BucketNames.Catalogue, $"{NightObjects.CatalogueUploads}markets.ndjson"),
            JsonSerializer.SerializeToUtf8Bytes(new { item = gone.Value, markets = new[] { "NZ" } }),
            "application/x-ndjson",
            IfGeneration.Any,
            default
        );

        var record = await RunAsync(world, Thursday);

        Assert.Equal(EpochReason.GoesOn, record.Epoch!.Reason);
        // Those with a market who had it; everybody else's stand.
        Assert.Equal(0, record.Incremental!.Value.Composed);
        Assert.InRange(record.Incremental.Value.Refreshed, 1, Everyone.Count - 1);
        var after = await ReadAsync(world, Everyone[0]);
        Assert.DoesNotContain(after.Playlists.SelectMany(p => p.Tracks), track => track.Item == gone);
    }

    [Fact]
    public async Task Nights_OfAQuietWeek_NeverNameAnObjectOlderThanItsMonday()
    {
        await using var world = await NightWorld.WithAsync(Events);
        for (var date = Tuesday; date <= Monday.AddDays(3); date = date.AddDays(1))
        {
            await RunAsync(world, date);
            var monday = date.AddDays(-(((int)date.DayOfWeek + 6) % 7));
            foreach (var listener in Everyone)
            {
                var run = RunId.Parse((await ReadAsync(world, listener)).Run).Date;
                Assert.InRange(run, monday, date);
            }
        }
    }

    private static async Task<RunRecord> RunAsync(NightWorld world, DateOnly date)
    {
        var record = await world.RunAsync(date.ToString("o"));
        Assert.Equal(RunState.Finished, record.State);
        world.Time.Advance(TimeSpan.FromDays(1));
        return record;
    }

    private static async Task<ListenerPlaylists> ReadAsync(NightWorld world, ListenerId listener) =>
        (await new PublishedPlaylists(world.Objects, world.Time).ReadAsync(listener, default))!;

    private static async Task<List<string>> PlaylistObjectsAsync(NightWorld world)
    {
        var names = new List<string>();
        await foreach (
            var info in world.Objects.ListAsync(NocturneTopology.BucketNames.Playlists, "playlists/", null, default)
        )
        {
            names.Add($"{info.Key.Name} {info.Generation}");
        }
        return names;
    }

    private static PlayEvent Play(ListenerId listener, string item) =>
        new()
        {
            Listener = listener,
            Id = new EventId("p"),
            StartedAt = Instant.FromDate(new DateOnly(2026, 5, 4)),
            ReceivedAt = Instant.FromDate(new DateOnly(2026, 5, 4)),
            Item = new ItemId(item),
            MsPlayed = 180_000,
        };

    private static FeedbackEvent Hate(ListenerId listener, ItemId item) =>
        new()
        {
            Listener = listener,
            Id = new EventId("h"),
            StartedAt = Instant.FromDate(new DateOnly(2026, 5, 4)),
            ReceivedAt = Instant.FromDate(new DateOnly(2026, 5, 4)),
            Item = item,
            Score = -1,
        };
}
