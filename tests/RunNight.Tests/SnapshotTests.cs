using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Population;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.RunNight.Tests;

/// <summary>What a night's snapshot holds of a listener: all that composing depends on.</summary>
public sealed class SnapshotTests
{
    // A Thursday.
    private static readonly RunId Run = RunId.Parse("2026-04-02");
    private static readonly ListenerId Ada = new("ada");

    [Fact]
    public async Task Snapshot_SettingsHoursAndRecentPlays_AreAsTheProfileSays()
    {
        await using var world = await NightWorld.WithAsync([
            new SettingsEvent
            {
                Listener = Ada,
                Id = new EventId("s"),
                StartedAt = At(1, 0),
                ReceivedAt = At(1, 0),
                TimeZone = "Pacific/Chatham",
                Market = "NZ",
                Explicit = false,
            },
            Play("t1", 1, 7),
            Play("t2", 1, 8, skipped: true),
            Play("t3", 2, 7),
            Play("later", 3, 7),
        ]);

        var taste = (await TakeAsync(world)).ToTaste();

        Assert.Equal("Pacific/Chatham", taste.TimeZone);
        Assert.False(taste.AllowsExplicit);
        Assert.Equal(168, taste.StreamsByHourOfWeek.Count);
        Assert.Equal(1, taste.StreamsByHourOfWeek[At(1, 7).HourOfWeek]);
        Assert.Equal(["t3", "t2", "t1"], taste.RecentPlays.Select(p => p.Item.Value));
        Assert.Equal([false, true, false], taste.RecentPlays.Select(p => p.IsSkip));
        Assert.Empty(taste.Unfinished);
        Assert.Null(taste.Heard);
    }

    [Fact]
    public async Task Snapshot_EpisodesAndChapters_AreUnfinishedUntilTheirEnd()
    {
        await using var world = await NightWorld.WithAsync([
            Play("half", 1, 1, ItemKind.Episode, played: 30, duration: 60),
            Play("half", 1, 2, ItemKind.Episode, played: 10, duration: 60),
            Play("credits", 1, 3, ItemKind.Episode, played: 55, duration: 60),
            Play("ended", 1, 4, ItemKind.Chapter, played: 5, end: PlayEnd.Completed),
            Play("resumed", 1, 5, ItemKind.Chapter, played: 20, duration: 60),
            Play("resumed", 1, 6, ItemKind.Chapter, played: 40, duration: 60, end: PlayEnd.Completed),
            Play("unknown-length", 1, 7, ItemKind.Chapter, played: 20),
            Play("excluded", 1, 8, ItemKind.Episode, played: 20, duration: 60, device: "car"),
            Play("song", 1, 9, played: 1, duration: 4),
            Play("long-ago", -70, 9, ItemKind.Episode, played: 20, duration: 60),
            new ExcludeEvent
            {
                Listener = Ada,
                Id = new EventId("x"),
                StartedAt = At(1, 10),
                ReceivedAt = At(1, 10),
                Target = ExcludeTarget.Device,
                Value = "car",
                On = true,
            },
        ]);

        var taste = (await TakeAsync(world)).ToTaste();

        Assert.Equal(["unknown-length", "half"], taste.Unfinished.Select(u => u.Item.Value));
        Assert.Equal(
            new UnfinishedItem(
                new ItemId("half"),
                ItemKind.Episode,
                new ArtistId("show"),
                TimeSpan.FromMinutes(30),
                TimeSpan.FromMinutes(60),
                At(1, 2)
            ),
            taste.Unfinished[1]
        );
        Assert.Null(taste.Unfinished[0].Duration);
        Assert.Equal(ItemKind.Episode, taste.Items.Single(i => i.Item.Value == "half").Kind);
        Assert.DoesNotContain(taste.Items, i => i.Item.Value == "excluded");
    }

    [Fact]
    public async Task Snapshot_MoreItemsThanItNames_HasTheStrongestAndTheRestAsHeard()
    {
        const int Items = SnapshotListener.MaxItems + 700;
        await using var world = await NightWorld.WithAsync([
            .. Enumerable.Range(0, Items).Select(i => Play($"i{i}", -(i / 400) * 7, i % 24, id: i)),
            .. Enumerable.Range(0, 50).Select(i => Play($"i{Items - 1 - i}", 1, i % 24, id: Items + i)),
        ]);

        var taste = (await TakeAsync(world)).ToTaste();

        Assert.Equal(SnapshotListener.MaxItems, taste.Items.Count);
        Assert.Contains(taste.Items, i => i.Item.Value == $"i{Items - 1}");
        var named = taste.Items.Select(i => i.Item).ToHashSet();
        Assert.All(
            Enumerable.Range(0, Items).Select(i => new ItemId($"i{i}")).Where(i => !named.Contains(i)),
            item => Assert.True(taste.Heard!(item))
        );
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => taste.Heard!(new ItemId($"new{i}"))), 0, 10);
    }

    [Fact]
    public async Task Snapshot_MonthWhoseTallyWasCut_HasNothingHeardAsNew()
    {
        const int Items = 2_800;
        var padding = new string('x', 100);
        await using var world = await NightWorld.WithAsync(
            Enumerable.Range(0, Items).Select(i => Play($"{i}-{padding}", -(i % 28), i % 24, id: i))
        );
        var reading = (await world.Listeners.ReadAllAsync(Ada, default))!;
        Assert.Contains(reading.Tallies, month => month.Tally.IsTruncated);

        var taste = (await TakeAsync(world)).ToTaste();

        var named = taste.Items.Select(i => i.Item).ToHashSet();
        var heard = Enumerable.Range(0, Items).Select(i => new ItemId($"{i}-{padding}")).ToList();
        Assert.InRange(heard.Count(named.Contains), 1_000, Items - 1);
        Assert.All(heard, item => Assert.True(named.Contains(item) || taste.Heard!(item)));
    }

    [Fact]
    public async Task Snapshot_AfterANight_HoldsItsMemoryAndTheListsThatAreNotDue()
    {
        await using var world = await PopulatedAsync();
        var wednesday = await world.RunAsync("2026-04-01");
        var published = new PublishedPlaylists(world.Objects, TimeProvider.System);
        var listener = await ListenerWithDiscoveriesAsync(world, published);
        var before = await WholeAsync(published, listener);

        var taste = (await TakeAsync(world, listener, wednesday)).ToTaste();

        Assert.Equivalent(before.Memory, taste.Memory, strict: true);
        Assert.NotEmpty(taste.Memory.Mixes);
        var kept = Assert.Single(taste.Published);
        Assert.Equal(PlaylistKind.DiscoverWeekly, kept.Kind);
        Assert.NotNull(kept.Trace);
        Assert.Empty((await TakeAsync(world, listener, wednesday)).ToTaste(withPast: false).Published);
    }

    [Fact]
    public async Task Nights_OverAMonday_KeepTheListUntilThenAndTheMixesOfThoseWhoDidNothing()
    {
        await using var world = await PopulatedAsync();
        var published = new PublishedPlaylists(world.Objects, world.Time);
        var discover = new List<Playlist>();
        var mixes = new List<IReadOnlyList<ulong>>();
        ListenerId? listener = null;
        for (var day = 0; day < 6; day++)
        {
            var date = new DateOnly(2026, 4, 1).AddDays(day);
            Assert.Equal(RunState.Finished, (await world.RunAsync($"{date:yyyy-MM-dd}")).State);
            world.Time.Advance(TimeSpan.FromDays(1));
            listener ??= await ListenerWithDiscoveriesAsync(world, published);
            var playlists = await WholeAsync(published, listener.Value);
            Assert.Equal($"{date:yyyy-MM-dd}", playlists.Run);
            discover.Add(playlists.Playlists.Single(p => p.Kind == PlaylistKind.DiscoverWeekly));
            mixes.Add([.. playlists.Memory.Mixes.SelectMany(m => m.Members.Append((ulong)m.Number))]);
        }

        // Wednesday to Sunday one list, then Monday's.
        Assert.Equal([1, 1, 1, 1, 1, 6], discover.Select(d => d.Date.Day));
        Assert.All(discover.Take(5), d => Assert.Equal(PlaylistJson.Write(discover[0]), PlaylistJson.Write(d)));
        Assert.Empty(discover[0].Tracks.Select(t => t.Item).Intersect(discover[5].Tracks.Select(t => t.Item)));
        Assert.All(mixes, m => Assert.Equal(mixes[0], m));
    }

    private static async Task<NightWorld> PopulatedAsync() =>
        await NightWorld.WithAsync(
            new SyntheticPopulation(
                new PopulationOptions
                {
                    Seed = 3,
                    Listeners = 40,
                    Events = 8_000,
                    Tracks = 800,
                    Artists = 120,
                    EndDate = new DateOnly(2026, 3, 31),
                }
            ).Events()
        );

    private static async Task<ListenerPlaylists> WholeAsync(PublishedPlaylists published, ListenerId listener) =>
        (await published.ReadAsync((await published.ReadPointerAsync(default))!, listener, default))!;

    private static async Task<ListenerId> ListenerWithDiscoveriesAsync(NightWorld world, PublishedPlaylists published)
    {
        await foreach (var listener in world.Listeners.ListAsync(0, 1, default))
        {
            var playlists = await published.ReadAsync(listener, default);
            if (playlists!.Playlists.Any(p => p.Kind == PlaylistKind.DiscoverWeekly))
            {
                return listener;
            }
        }
        throw new InvalidOperationException("Nobody has a Discover Weekly.");
    }

    /// <summary>Taken, written and read.</summary>
    private static async Task<SnapshotListener> TakeAsync(
        NightWorld world,
        ListenerId? listener = null,
        RunRecord? previous = null
    )
    {
        var context = new NightContext(
            world.Documents,
            world.Objects,
            world,
            world.Listeners,
            world.Time,
            new NightOptions()
        );
        var pointer = previous is null ? null : new PublishedPointer(previous.Run, previous.Shards);
        using var stream = new MemoryStream();
        using (var writer = new SnapshotWriter(stream))
        {
            writer.Write((await new ListenerSnapshots(context, Run, pointer).TakeAsync(listener ?? Ada, default))!);
        }
        stream.Position = 0;
        return Assert.Single(SnapshotReader.Read(stream, "snapshot"));
    }

    /// <summary>A day of the run's month and an hour of it.</summary>
    private static Instant At(int day, int hour) =>
        Instant.FromDate(new DateOnly(2026, 4, 1).AddDays(day - 1)) + TimeSpan.FromHours(hour);

    private static PlayEvent Play(
        string item,
        int day,
        int hour,
        ItemKind kind = ItemKind.Track,
        int played = 3,
        int? duration = null,
        PlayEnd end = PlayEnd.Stopped,
        bool skipped = false,
        string? device = null,
        int id = 0
    ) =>
        new()
        {
            Listener = Ada,
            Id = new EventId($"{item}-{day}-{hour}-{id}"),
            StartedAt = At(day, hour),
            ReceivedAt = At(day, hour),
            Item = new ItemId(item),
            ItemKind = kind,
            Artist = new ArtistId("show"),
            MsPlayed = skipped ? 1_000 : played * 60_000,
            DurationMs = duration * 60_000,
            End = skipped ? PlayEnd.Skipped : end,
            Device = device,
        };
}
