using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Population;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.RunNight.Tests;

/// <summary>A run is published before its date begins; a listener is served the run of the date on their calendar.</summary>
public sealed class LocalDateTests
{
    // Runs of the 27th to the 29th of a leap year's February and of March 1st, each published the day before at 07:00.
    private static readonly DateOnly First = new(2028, 2, 27);

    private static readonly (string Listener, string? Zone)[] Listeners =
    [
        ("kiritimati", "Pacific/Kiritimati"), // UTC+14
        ("auckland", "Pacific/Auckland"), // UTC+13 in February
        ("zurich", "Europe/Zurich"),
        ("nowhere", null),
        ("somewhere", "Not/AZone"),
        ("new-york", "America/New_York"),
        ("pago-pago", "Pacific/Pago_Pago"), // UTC-11
        ("baker", "Etc/GMT+12"), // UTC-12
    ];

    [Fact]
    public async Task Listeners_ThroughFourNights_AreServedTheRunOfTheirOwnDate()
    {
        await using var world = await WorldAsync(First.AddDays(-1));
        var checkedDates = 0;
        for (var night = 0; night < 4; night++)
        {
            var record = await world.RunAsync(First.AddDays(night).ToString("o"));
            Assert.Equal(RunState.Finished, record.State);
            Assert.Null(record.InputsUntil);
            for (var hour = 0; hour < 24; hour++)
            {
                var now = Instant.From(world.Time.GetUtcNow());
                foreach (var (name, zone) in Listeners)
                {
                    var date = ListenerDay.DateAt(now, zone);
                    var served = await ServedAsync(world, name);
                    if (date >= First)
                    {
                        Assert.Equal(date, served);
                        checkedDates++;
                    }
                    else
                    {
                        Assert.Equal(First, served); // before the first: the only one there is
                    }
                }
                world.Time.Advance(TimeSpan.FromHours(1));
            }
        }
        Assert.InRange(checkedDates, 500, 4 * 24 * Listeners.Length);
    }

    [Theory]
    [InlineData("2026-03-29T22:59:00Z", "Europe/Zurich", "2026-03-30")] // clocks went forward in the morning: +2
    [InlineData("2026-03-28T22:59:00Z", "Europe/Zurich", "2026-03-28")] // still +1
    [InlineData("2026-03-28T23:00:00Z", "Europe/Zurich", "2026-03-29")]
    [InlineData("2026-10-25T22:59:00Z", "Europe/Zurich", "2026-10-25")] // clocks went back: +1 again
    [InlineData("2026-10-24T22:00:00Z", "Europe/Zurich", "2026-10-25")]
    [InlineData("2026-09-06T03:59:00Z", "America/Santiago", "2026-09-05")] // midnight is skipped: 23:59, then 01:00
    [InlineData("2026-09-06T04:00:00Z", "America/Santiago", "2026-09-06")]
    [InlineData("2028-02-29T10:00:00Z", "Pacific/Kiritimati", "2028-03-01")]
    [InlineData("2028-02-29T11:59:00Z", "Etc/GMT+12", "2028-02-28")]
    [InlineData("2026-11-21T12:00:00Z", null, "2026-11-21")]
    public void DateAt_ClockChangesLeapDaysAndEdges_IsTheCalendars(string at, string? zone, string expected) =>
        Assert.Equal(
            DateOnly.Parse(expected, System.Globalization.CultureInfo.InvariantCulture),
            ListenerDay.DateAt(
                Instant.From(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture)),
                zone
            )
        );

    [Fact]
    public async Task ListenerOfTheNewestRunAlone_IsServedItBeforeItsDate()
    {
        await using var world = await WorldAsync(First.AddDays(-1));
        await world.RunAsync(First.ToString("o"));
        world.Time.Advance(TimeSpan.FromDays(1));
        await world.AddAsync([Settings("late-comer", "America/New_York", First)], "late");

        await world.RunAsync(First.AddDays(1).ToString("o"));

        Assert.Equal(First.AddDays(1), await ServedAsync(world, "late-comer"));
        Assert.Equal(First, await ServedAsync(world, "new-york"));
    }

    [Fact]
    public void Pointer_NamesTheRunsBefore_ButNoMoreThanAnyoneNeeds()
    {
        var pointer = new PublishedPointer("2028-02-26", 1);
        for (var day = 0; day < 4; day++)
        {
            pointer = pointer.Then(new RunId(First.AddDays(day)), day + 2);
        }

        Assert.Equal("2028-03-01", pointer.Run);
        Assert.Equal(["2028-02-29", "2028-02-28"], pointer.Earlier!.Select(run => run.Run));
        Assert.All(pointer.Earlier!, run => Assert.Null(run.Earlier));
        Assert.Equal(4, pointer.For(new DateOnly(2028, 2, 29)).Shards);
        Assert.Equal("2028-03-01", pointer.For(new DateOnly(2030, 1, 1)).Run);
        Assert.Equal("2028-02-28", pointer.For(new DateOnly(2028, 1, 1)).Run);
    }

    [Fact]
    public void Schedule_ARunOfADate_EndsOrFailsBeforeItBeginsAnywhere()
    {
        var cron = NocturneTopology.Schedules.Single(schedule => schedule.Name is "nightly-run").Cron.Split(' ');
        var starts = new TimeSpan(int.Parse(cron[1], provider: null), int.Parse(cron[0], provider: null), 0);
        var deadline = TimeSpan.FromMinutes(new NightOptions().DeadlineMinutes);

        // The run of a date starts the day before; at UTC+14 the date begins at 10:00 UTC of that day.
        Assert.True(starts + deadline <= TimeSpan.FromHours(24 - 14));
    }

    [Fact]
    public void WeeklyRecipes_OverALeapDay_AreDueOnceAWeek()
    {
        foreach (
            var recipe in new[]
            {
                PlaylistRecipe.DiscoverWeekly,
                PlaylistRecipe.ReleaseRadar,
                PlaylistRecipe.FreshFinds,
            }
        )
        {
            var due = Enumerable.Range(0, 60).Select(day => First.AddDays(day - 30)).Where(recipe.IsDue).ToList();
            Assert.All(due.Zip(due.Skip(1)), pair => Assert.Equal(7, pair.Second.DayNumber - pair.First.DayNumber));
            Assert.All(due, date => Assert.Equal(recipe.IsDue(date), recipe.IsDueAtRest(date)));
            Assert.Equal(
                due.Last(date => date <= new DateOnly(2028, 2, 29)),
                recipe.LastDue(new DateOnly(2028, 2, 29))
            );
        }
        Assert.Equal(new DateOnly(2028, 2, 28), PlaylistRecipe.DiscoverWeekly.LastDue(new DateOnly(2028, 3, 1)));
    }

    private static async Task<DateOnly> ServedAsync(NightWorld world, string listener)
    {
        var served = await new PublishedPlaylists(world.Objects, world.Time).ReadAsync(
            new ListenerId(listener),
            default
        );
        return RunId.Parse(served!.Run).Date;
    }

    /// <summary>A few plays of everybody, so that every night makes Daylists anew: a run's objects are its own.</summary>
    private static async Task<NightWorld> WorldAsync(DateOnly today)
    {
        var plays = new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 2,
                Listeners = Listeners.Length,
                Events = 1_200,
                Tracks = 120,
                Artists = 40,
                EndDate = today.AddDays(-1),
            }
        ).Events().OfType<PlayEvent>().GroupBy(play => play.Listener).ToList();
        return await NightWorld.WithAsync(
            Listeners.SelectMany(
                (listener, i) =>
                    plays[i]
                        .Select(play => play with { Listener = new ListenerId(listener.Listener) })
                        .Append<ListenEvent>(Settings(listener.Listener, listener.Zone, today.AddDays(-1)))
            ),
            new NightOptions { EpochOverlap = 1001 },
            new ManualTimeProvider(new DateTimeOffset(today.ToDateTime(new TimeOnly(7, 0)), TimeSpan.Zero))
        );
    }

    private static SettingsEvent Settings(string listener, string? zone, DateOnly date) =>
        new()
        {
            Listener = new ListenerId(listener),
            Id = new EventId("zone"),
            StartedAt = Instant.FromDate(date),
            ReceivedAt = Instant.FromDate(date),
            TimeZone = zone,
        };
}
