using System.Security.Cryptography;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.Recommending;

namespace Nocturne.RunNight.Tests;

/// <summary>Nights one after another, whose model is chosen by what the days between them brought.</summary>
public sealed class NightTrainingTests
{
    // A Wednesday: the sixth night is a Monday's.
    private static readonly DateOnly First = new(2026, 4, 1);

    private static readonly NightOptions Options = new()
    {
        ListenersPerShard = 200,
        Models = ["popularity", "item-knn", "als"],
        Trials = 2,
    };

    [Fact]
    public async Task Nights_OneAfterAnother_ChooseOnTheDaysBeforeAndCompareOnTheNewest()
    {
        await using var world = await NightWorld.WithAsync([], Options);
        var models = new List<ModelRecord>();
        var days = Days(listeners: 560, days: 6);

        for (var night = 0; night < days.Count; night++)
        {
            await world.AddAsync(days[night], $"day{night}");
            var date = First.AddDays(night);
            Assert.Equal(RunState.Finished, (await world.RunAsync($"{date:yyyy-MM-dd}")).State);
            models.Add((await SummaryAsync(world, date)).Model!);
        }

        // The first night has nothing to compare with; the others were compared and say so with numbers.
        Assert.Equal(PromotionOutcome.First, models[0].Decision.Outcome);
        Assert.Empty(models[0].Qualities);
        Assert.All(
            models[1..],
            model =>
            {
                Assert.InRange(model.Decision.Listeners, 200, 560);
                Assert.NotEqual(PromotionOutcome.First, model.Decision.Outcome);
                Assert.NotEqual(PromotionOutcome.TooFewListeners, model.Decision.Outcome);
                Assert.True(model.Decision.Reigning > 0);
            }
        );
        Assert.Equal([0, 1, 2, 3, 4, 5], models.Select(model => model.Qualities.Count));
        Assert.All(
            models.Skip(1).Zip(models.Skip(2)),
            pair => Assert.Equal(pair.First.Decision.Quality, pair.Second.Qualities[1])
        );
        // Three cuts take four nights before this one.
        Assert.Equal([.. Enumerable.Repeat("slice", 4), "rolling", "rolling"], models.Select(m => m.Validation));
        // Every night but a Monday's goes on from the vectors of the night before.
        Assert.Null(models[0].WarmStart);
        Assert.All(
            Enumerable.Range(1, 5),
            night =>
                Assert.Equal(
                    First.AddDays(night).DayOfWeek == DayOfWeek.Monday
                        ? null
                        : $"{First.AddDays(night - 1):yyyy-MM-dd}",
                    models[night].WarmStart
                )
        );
        // Whose turn it is to be searched goes round.
        Assert.Equal(3, models.Skip(1).Select(model => model.Searched).Distinct().Count());
        // What was decided is what the next night begins with.
        Assert.All(
            models.Zip(models.Skip(1)).Where(pair => !pair.Second.Decision.IsPromoted),
            pair => Assert.Equal(pair.First.Values, pair.Second.Values)
        );
    }

    [Fact]
    public async Task Night_FewListeners_KeepsTheConfiguration()
    {
        await using var world = await NightWorld.WithAsync([], Options);
        var days = Days(listeners: 60, days: 2);
        await world.AddAsync(days[0], "first-day");
        await world.RunAsync("2026-04-01");
        await world.AddAsync(days[1], "second-day");

        await world.RunAsync("2026-04-02");

        var (first, second) = (await ModelAsync(world, "2026-04-01"), await ModelAsync(world, "2026-04-02"));
        Assert.Equal(PromotionOutcome.TooFewListeners, second.Decision.Outcome);
        Assert.Equal(first.Values, second.Values);
    }

    [Fact]
    public async Task Night_Trained_StoresHowWithChecksumsThatHold()
    {
        await using var world = await NightWorld.WithAsync(Days(listeners: 60, days: 1)[0], Options);

        await world.RunAsync("2026-04-01");

        var run = RunId.Parse("2026-04-01");
        var model = await ModelAsync(world, "2026-04-01");
        Assert.Equal(run.Date.DayNumber, model.Seed);
        Assert.Equal(["neighbours", "popularity", "taste"], model.Checksums.Keys);
        foreach (var (name, checksum) in model.Checksums)
        {
            var read = await world.Objects.ReadBytesAsync(NightObjects.Model(run, name), int.MaxValue, default);
            Assert.Equal(checksum, Convert.ToHexStringLower(SHA256.HashData(read!.Value.Data)));
            using var stream = new MemoryStream(read.Value.Data);
            var notes = ModelArtefact.Read(stream).Notes;
            Assert.Equal("2026-04-01", notes["run"]);
            Assert.Equal(model.DataVersion, notes["data_version"]);
            Assert.Equal("First", notes["decision"]);
        }
    }

    [Fact]
    public async Task Backfill_OfADateBetween_GoesOnFromItsOwnPredecessor()
    {
        await using var world = await NightWorld.WithAsync(Days(listeners: 60, days: 1)[0], Options);
        await world.RunAsync("2026-04-01");
        await world.RunAsync("2026-04-04");

        var backfill = await world.RunAsync("2026-04-03");

        Assert.Equal("2026-04-01", backfill.Previous);
        Assert.Equal("2026-04-01", (await ModelAsync(world, "2026-04-03")).WarmStart);
        Assert.Null((await world.RunAsync("2026-03-15")).Previous);
    }

    [Fact]
    public async Task Composed_Discoveries_ComeFromTheModelOfTasteAndSayWhatSpeaksForThem()
    {
        await using var world = await NightWorld.WithAsync(Days(listeners: 60, days: 1)[0], Options);
        await world.RunAsync("2026-04-01");
        var published = new PublishedPlaylists(world.Objects, TimeProvider.System);
        var discoveries = 0;

        await foreach (var listener in world.Listeners.ListAsync(0, 1, default))
        {
            var playlists = await published.ReadAsync(listener, default);
            var weekly = playlists!.Playlists.SingleOrDefault(p => p.Kind == PlaylistKind.DiscoverWeekly);
            foreach (var track in weekly?.Tracks.Where(t => t.Reason.Kind == ReasonKind.Neighbour) ?? [])
            {
                discoveries++;
                Assert.True(track.Reason.Score > 0);
                Assert.All(track.Reason.Seeds, seed => Assert.NotEqual(track.Item, seed.Item));
            }
        }

        Assert.True(discoveries > 100);
    }

    private static async Task<ModelRecord> ModelAsync(NightWorld world, string date) =>
        (await SummaryAsync(world, DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture))).Model!;

    private static async Task<TrainingSummary> SummaryAsync(NightWorld world, DateOnly date)
    {
        var read = await world.Objects.ReadBytesAsync(NightObjects.Trained(new RunId(date)), int.MaxValue, default);
        return JsonSerializer.Deserialize(read!.Value.Data, NightJson.Default.TrainingSummary)!;
    }

    /// <summary>The days of a population: a month of history on the first, then one by one.</summary>
    private static List<List<ListenEvent>> Days(int listeners, int days)
    {
        var last = First.AddDays(days - 2);
        var events = new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 5,
                Listeners = listeners,
                Events = listeners * 150,
                Tracks = 1_500,
                Artists = 200,
                Days = 20,
                EndDate = last,
            }
        ).Events();
        return
        [
            .. events
                .GroupBy(e =>
                    Math.Max(
                        0,
                        DateOnly.FromDateTime(e.StartedAt.ToDateTimeOffset().UtcDateTime).DayNumber
                            - First.DayNumber
                            + 1
                    )
                )
                .OrderBy(day => day.Key)
                .Select(day => day.ToList()),
        ];
    }
}
