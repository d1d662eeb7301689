using System.Collections.Immutable;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Population;

namespace Nocturne.RunNight.Tests;

/// <summary>
/// Invariants 5 and 6: whatever dies, comes twice, late or out of order, and however many work at it, two nights end
/// in the same bytes; whoever reads meanwhile sees one night's playlists, whole.
/// </summary>
public sealed class NightKillTests(NightKillTests.Undisturbed undisturbed) : IClassFixture<NightKillTests.Undisturbed>
{
    private const int Kills = 20;

    // A Tuesday and the Wednesday after.
    private static readonly string[] Nights = ["2026-03-31", "2026-04-01"];

    private static readonly List<ListenEvent> Events =
    [
        .. new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 5,
                Listeners = 24,
                Events = 2_000,
                Tracks = 300,
                Artists = 60,
                EndDate = new DateOnly(2026, 3, 29),
            }
        ).Events(),
    ];

    private static readonly ImmutableArray<ListenerId> Everyone = [.. Events.Select(e => e.Listener).Distinct()];

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, 1)]
    [InlineData(7, 2)]
    [InlineData(7, 3)]
    public async Task Nights_AnyWorkersAndMessagesDoubledReorderedAndDelayed_EndInTheSameBytes(int workers, int? seed)
    {
        var expected = undisturbed.Contents;
        await using var world = await WorldAsync(workers);

        await NightsAsync(world, () => world.DeliverAsync(seed));
        await world.DeliverAllAgainAsync(seed ?? 0);

        AssertSame(expected, await world.ContentsAsync());
    }

    [Fact]
    public async Task Nights_KilledAfterEveryMessage_EndInTheSameBytes()
    {
        var expected = undisturbed.Contents;
        await using var world = await WorldAsync();

        await NightsAsync(
            world,
            async () =>
            {
                while (world.HasMessages)
                {
                    // Done, but not acknowledged: another process gets it again, and then the next.
                    await world.DeliverThroughCrashesAsync(most: 1, acknowledge: false);
                    world.Restart();
                    await world.DeliverThroughCrashesAsync(most: 1);
                    world.Restart();
                }
            }
        );

        AssertSame(expected, await world.ContentsAsync());
    }

    [Fact]
    public async Task Nights_LosingTheirMessagesAgainAndAgain_AreResumedByTheTickToTheSameBytes()
    {
        var expected = undisturbed.Contents;
        await using var world = await WorldAsync();

        await NightsAsync(
            world,
            async () =>
            {
                do
                {
                    // The tick's own, which finds what is missing, and one of those that it publishes.
                    await world.DeliverAsync(seed: null, atMost: 2);
                    world.LoseMessages();
                    world.Restart();
                    await world.Handler.HandleAsync(new NightMessage(NightStep.Tick, null, 0), default);
                } while (world.HasMessages);
            }
        );

        AssertSame(expected, await world.ContentsAsync());
    }

    [Fact]
    public async Task Nights_KilledAtTwentyRandomInstants_EndInTheSameBytes()
    {
        var expected = undisturbed.Contents;
        var operations = undisturbed.Operations;
        var random = new Random(20_261_121);

        for (var kill = 0; kill < Kills; kill++)
        {
            await using var world = await WorldAsync(workers: 1 + (kill % 3));
            var instant = 1 + random.Next(operations);
            world.Crash.After(instant, afterItsEffect: random.Next(2) == 0);
            var deaths = 0;

            await NightsAsync(world, async () => deaths += await world.DeliverThroughCrashesAsync());

            Assert.True(deaths == 1, $"Kill {kill} at operation {instant} of {operations} met nothing.");
            AssertSame(expected, await world.ContentsAsync());
        }
    }

    [Fact]
    public async Task Night_RunAgain_WritesNoObjectsAndNoDocuments()
    {
        await using var world = await WorldAsync();
        await NightsAsync(world, () => world.DeliverAsync(seed: null));
        var (objects, commits) = (world.Crash.ObjectWrites, world.Crash.Commits);

        foreach (var night in Nights)
        {
            await world.RunAsync(night);
        }
        await world.DeliverAllAgainAsync(seed: 4);
        await world.Handler.HandleAsync(new NightMessage(NightStep.Tick, null, 0), default);

        Assert.Equal(objects, world.Crash.ObjectWrites);
        Assert.Equal(commits, world.Crash.Commits);
    }

    [Fact]
    public async Task Night_ReadThroughoutByServe_NeverMissesOrHalvesAnyonesPlaylists()
    {
        await using var world = await WorldAsync();
        await StartAsync(world, 0);
        await world.DeliverAsync(seed: null);
        var first = await ReadAsync(world);
        using var ended = new CancellationTokenSource();
        var reads = Task.Run(() => PollAsync(world, ended.Token));

        await StartAsync(world, 1);
        while (world.HasMessages)
        {
            world.Crash.After(40, afterItsEffect: true);
            await world.DeliverThroughCrashesAsync(most: 1);
            world.Crash.Never();
        }
        var second = await ReadAsync(world);
        await ended.CancelAsync();
        var seen = await reads;

        Assert.NotEmpty(seen);
        foreach (var (listener, playlists) in seen)
        {
            Assert.Contains(playlists, new[] { first[listener], second[listener] });
        }
        Assert.Contains(seen, read => read.Playlists == first[read.Listener]);
        Assert.Contains(Everyone, listener => first[listener] != second[listener]);
    }

    private static Task<NightWorld> WorldAsync(int workers = 2) =>
        NightWorld.WithAsync(Events, new NightOptions { ListenersPerShard = 8, Workers = workers });

    /// <summary>Two nights; some listen in between, most do not.</summary>
    private static async Task NightsAsync(NightWorld world, Func<Task> deliver)
    {
        for (var night = 0; night < Nights.Length; night++)
        {
            await StartAsync(world, night);
            await deliver();
            Assert.Equal(RunState.Finished, (await world.RecordAsync(Nights[night])).State);
        }
    }

    private static async Task StartAsync(NightWorld world, int night)
    {
        if (night > 0)
        {
            await world.AddAsync(Everyone.Take(6).SelectMany(PlaysOfADay), $"before-{night}");
        }
        try
        {
            await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(Nights[night]), 0), default);
        }
        catch (CrashException)
        {
            world.Restart();
            await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(Nights[night]), 0), default);
        }
    }

    private static IEnumerable<PlayEvent> PlaysOfADay(ListenerId listener) =>
        Events
            .OfType<PlayEvent>()
            .Take(12)
            .Select(
                (play, i) =>
                    play with
                    {
                        Listener = listener,
                        Id = new EventId($"new-{i}"),
                        StartedAt = Instant.FromDate(new DateOnly(2026, 3, 30)) + TimeSpan.FromMinutes(4 * i),
                        ReceivedAt = Instant.FromDate(new DateOnly(2026, 3, 30)) + TimeSpan.FromMinutes(4 * i),
                        MsPlayed = 180_000,
                    }
            );

    private static async Task<List<(ListenerId Listener, string Playlists)>> PollAsync(
        NightWorld world,
        CancellationToken ended
    )
    {
        var seen = new List<(ListenerId, string)>();
        while (!ended.IsCancellationRequested)
        {
            foreach (var (listener, playlists) in await ReadAsync(world))
            {
                seen.Add((listener, playlists));
            }
        }
        return seen;
    }

    /// <summary>What an app gets: everyone's playlists as JSON, each read with nothing remembered.</summary>
    private static async Task<Dictionary<ListenerId, string>> ReadAsync(NightWorld world)
    {
        var read = new Dictionary<ListenerId, string>();
        foreach (var listener in Everyone)
        {
            var playlists = await new PublishedPlaylists(world.Objects, world.Time).ReadAsync(listener, default);
            Assert.NotNull(playlists);
            read.Add(
                listener,
                string.Join(
                    '\n',
                    playlists.Playlists.Select(p =>
                        System.Text.Encoding.UTF8.GetString(Playlists.PlaylistJson.Write(p))
                    )
                )
            );
        }
        return read;
    }

    private static void AssertSame(
        ImmutableSortedDictionary<string, string> expected,
        ImmutableSortedDictionary<string, string> actual
    )
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.Empty(expected.Where(one => actual[one.Key] != one.Value).Select(one => one.Key));
    }

    /// <summary>The two nights on a good day, made once for all tests.</summary>
    public sealed class Undisturbed : IAsyncLifetime
    {
        public ImmutableSortedDictionary<string, string> Contents { get; private set; } =
            ImmutableSortedDictionary<string, string>.Empty;

        public int Operations { get; private set; }

        public async Task InitializeAsync()
        {
            await using var world = await WorldAsync();
            await NightsAsync(world, () => world.DeliverAsync(seed: null));
            Contents = await world.ContentsAsync();
            Operations = world.Crash.Operations;
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
