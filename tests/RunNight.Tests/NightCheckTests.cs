using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.RunNight.Checks;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.RunNight.Tests;

public sealed class NightCheckTests
{
    private const string Date = "2026-04-01";

    private static readonly NightMeasures Good = new()
    {
        Listeners = 100,
        Composed = 100,
        General = 5,
        Newest = new DayCounts(1_000, 1, 20, 3),
        Volume = 1.1,
        ModelQuality = 0.98,
        ScoreDrift = 1.02,
        TopExposure = 0.2,
    };

    [Fact]
    public void Checks_OfAGoodNight_AllPass() =>
        Assert.All(QualityCheck.All, check => Assert.Equal(CheckOutcome.Passed, check.Run(Good).Outcome));

    [Fact]
    public void Checks_OfTheFirstNight_PassOrHaveNothingToMeasure()
    {
        var first = new NightMeasures
        {
            Listeners = 1,
            Composed = 1,
            General = 0,
            Newest = default,
        };

        Assert.DoesNotContain(QualityCheck.All, check => check.Run(first).Outcome == CheckOutcome.Failed);
    }

    [Fact]
    public void Checks_OfEachMistake_FailByName()
    {
        AssertFails(Good with { Composed = 99 }, "listeners-served");
        AssertFails(Good with { Volume = 0.05 }, "volume-collapsed", "volume");
        AssertFails(Good with { Volume = 0.4 }, "volume");
        AssertFails(Good with { Volume = 3 }, "volume");
        AssertFails(Good with { Newest = new DayCounts(1_000, 20, 0, 0) }, "unreadable-lines");
        AssertFails(
            Good with
            {
                Newest = new DayCounts(1_000, 600, 0, 0),
            },
            "unreadable-lines-most",
            "unreadable-lines"
        );
        AssertFails(Good with { Newest = new DayCounts(1_000, 0, 300, 0) }, "late-events");
        AssertFails(Good with { Newest = new DayCounts(1_000, 0, 0, 80) }, "duplicate-lines");
        AssertFails(Good with { General = 60 }, "personal-playlists");
        AssertFails(Good with { ModelQuality = 0.8 }, "model-quality");
        AssertFails(Good with { ModelQuality = double.NaN }, "model-quality", "model-quality-collapsed");
        AssertFails(Good with { ScoreDrift = 0.1 }, "score-drift");
        AssertFails(Good with { TopExposure = 0.7 }, "exposure-concentration");
    }

    [Fact]
    public void Checks_HaveNamesOfTheirOwnAndAreOnTheOperatorsPage()
    {
        var page = File.ReadAllText(Path.Combine(SourceFolder(), "../../docs/operations.md"));

        Assert.Distinct(QualityCheck.All.Select(check => check.Name));
        Assert.All(QualityCheck.All, check => Assert.Contains($"`{check.Name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Volume_AgainstTheDaysBefore_LeavesOutTheDayThatIsNotOver()
    {
        var counts = new ArchiveCounts();
        foreach (var (day, lines) in new[] { (1, 100), (2, 200), (3, 300), (4, 50), (5, 7) })
        {
            counts.Add($"2026-04-0{day}", new DayCounts(lines, 0, 0, 0));
        }

        var (newest, volume) = NightMeasures.VolumeOf(counts, new DateOnly(2026, 4, 5));

        Assert.Equal(50, newest.Lines);
        Assert.Equal(0.25, volume);
        Assert.Null(NightMeasures.VolumeOf(counts, new DateOnly(2026, 4, 4)).Volume);
    }

    [Fact]
    public async Task Night_Finished_StoresItsChecksAndAReportForPeople()
    {
        await using var world = await NightWorld.WithAsync(Events(30));

        var record = await world.RunAsync(Date);

        Assert.Equal(QualityCheck.All.Count, record.Checks.Count);
        Assert.DoesNotContain(record.Checks, check => check.Outcome == CheckOutcome.Failed);
        Assert.Equal(record.Tracks, record.Shown!.Slots);
        Assert.Equal(record.PlaylistsByKind.Keys, record.Shown.Recipes.Keys);
        Assert.Equal(
            1,
            (double)record.Shown.Recipes["discover-weekly"].Unheard / record.Shown.Recipes["discover-weekly"].Slots
        );
        var report = await ReadAsync(world, NightObjects.ReadableReport(RunId.Parse(Date)));
        Assert.Contains("# Night of 2026-04-01: finished", report, StringComparison.Ordinal);
        Assert.Contains("| listeners-served | hard | passed | 1 | 1 | 1 |", report, StringComparison.Ordinal);
        Assert.Contains("| discover-weekly |", report, StringComparison.Ordinal);
        Assert.Contains(
            "| of that | snapshot 0.0 s, train 0.0 s, compose 0.0 s, close 0.0 s |",
            report,
            StringComparison.Ordinal
        );
        Assert.Contains("30 listeners were composed anew; 0 had not changed", report, StringComparison.Ordinal);
        Assert.Contains("The model's epoch is that of 2026-04-01: the first.", report, StringComparison.Ordinal);
        Assert.Contains("## Emerging artists", report, StringComparison.Ordinal);
        Assert.Contains($"{record.Emerging!.Artists} artists are emerging", report, StringComparison.Ordinal);
        Assert.Contains($"data {record.Model!.DataVersion}", report, StringComparison.Ordinal);
        var writes = record.Usage!.Value.ObjectClassA;
        Assert.InRange(writes, 30, 30 * 10); // an object of playlists for each listener, and what steps leave
        Assert.Contains($"| objects written, listings | {writes} |", report, StringComparison.Ordinal);
        Assert.True(record.ProcessorTime > TimeSpan.Zero);
        Assert.Contains(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{record.ProcessorTime!.Value.TotalSeconds:n1} s of processors: "
            ),
            report,
            StringComparison.Ordinal
        );
        Assert.Equal(1, world.ReadyMessages);
    }

    [Fact]
    public async Task Night_MostOfTheNewestDayUnreadable_FailsAndKeepsLastNightsPlaylists()
    {
        await using var world = await NightWorld.WithAsync(
            Events(30),
            options: null,
            new ManualTimeProvider(new DateTimeOffset(2026, 4, 1, 6, 0, 0, TimeSpan.Zero))
        );
        await world.RunAsync(Date);
        await world.Objects.PutBytesAsync(
            new ObjectKey(
                NocturneTopology.BucketNames.Events,
                $"dt={world.Time.GetUtcNow().AddDays(-1):yyyy-MM-dd}/broken.ndjson"
            ),
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"not\":\"an event\"}\n", 10))),
            "application/x-ndjson",
            IfGeneration.Any,
            default
        );

        var record = await world.RunAsync("2026-04-02");

        Assert.Equal(RunState.Failed, record.State);
        Assert.Contains("unreadable-lines-most", record.Failure!, StringComparison.Ordinal);
        var pointer = await new PublishedPlaylists(world.Objects, TimeProvider.System).ReadPointerAsync(default);
        Assert.Equal(Date, pointer!.Run);
        Assert.Equal(1, world.ReadyMessages);
    }

    [Fact]
    public async Task Archive_LinesUnreadableLateAndTwice_AreCountedByDay()
    {
        List<ListenEvent> twice = [.. Events(10), .. Events(10).Take(50)];
        await using var world = await NightWorld.WithAsync(Events(10));
        await world.AddAsync(Events(10).Take(50), "again");

        await world.RunAsync(Date);

        var arrivals = JsonSerializer.Deserialize(
            await ReadAsync(world, NightObjects.AllArrivals(RunId.Parse(Date))),
            NightJson.Default.ArchiveCounts
        )!;
        var events = twice.DistinctBy(e => (e.Listener, e.StartedAt, e.Id, e is ImpressionEvent)).Count();
        var day = Assert.Single(arrivals.Days).Value;
        Assert.Equal(twice.Count, day.Lines);
        Assert.Equal(twice.Count - events, day.Duplicates);
    }

    [Fact]
    public async Task Cancel_RunUnderWay_EndsItAndResumeLetsItGoOnToTheSameBytes()
    {
        await using var plain = await NightWorld.WithAsync(Events(30));
        await plain.RunAsync(Date);
        await using var world = await NightWorld.WithAsync(Events(30));
        await world.Handler.HandleAsync(new NightMessage(NightStep.Start, RunId.Parse(Date), 0), default);
        await world.DeliverAsync(seed: null, atMost: 3);

        await world.Handler.HandleAsync(new NightMessage(NightStep.Cancel, RunId.Parse(Date), 0), default);
        await world.DeliverAsync(seed: null);

        Assert.Equal(RunState.Cancelled, (await world.RecordAsync(Date)).State);
        await world.Handler.HandleAsync(new NightMessage(NightStep.Resume, RunId.Parse(Date), 0), default);
        await world.DeliverAsync(seed: null);
        Assert.Equal(RunState.Finished, (await world.RecordAsync(Date)).State);
        Assert.Equal(await plain.ContentsAsync(), await world.ContentsAsync());
    }

    [Fact]
    public async Task CancelOrResume_FinishedRunOrNone_ChangesNothing()
    {
        await using var world = await NightWorld.WithAsync(Events(10));
        await world.RunAsync(Date);
        var before = await world.RecordAsync(Date);

        foreach (var step in new[] { NightStep.Cancel, NightStep.Resume })
        {
            await world.Handler.HandleAsync(new NightMessage(step, RunId.Parse(Date), 0), default);
            await world.Handler.HandleAsync(new NightMessage(step, RunId.Parse("2026-05-01"), 0), default);
        }

        Assert.Equal(before.ToBytes(), (await world.RecordAsync(Date)).ToBytes());
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static void AssertFails(NightMeasures measures, params string[] names) =>
        Assert.Equal(
            names,
            QualityCheck.All.Where(c => c.Run(measures).Outcome == CheckOutcome.Failed).Select(c => c.Name)
        );

    private static async Task<string> ReadAsync(NightWorld world, ObjectKey key) =>
        Encoding.UTF8.GetString((await world.Objects.ReadBytesAsync(key, int.MaxValue, default))!.Value.Data);

    private static List<ListenEvent> Events(int listeners) =>
        [
            .. new SyntheticPopulation(
                new PopulationOptions
                {
                    Seed = 4,
                    Listeners = listeners,
                    Events = listeners * 100,
                    Tracks = 500,
                    Artists = 80,
                    EndDate = new DateOnly(2026, 3, 31),
                }
            ).Events(),
        ];
}
