using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Population;
using Nocturne.Testing;

namespace Nocturne.RunNight.Tests;

/// <summary>A night of a date that is over has the inputs of that date.</summary>
public sealed class BackfillTests
{
    private static readonly DateOnly Before = new(2026, 3, 24);
    private static readonly DateOnly Date = new(2026, 3, 25);

    private static readonly List<ListenEvent> Events =
    [
        .. new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 21,
                Listeners = 30,
                Events = 4_000,
                Tracks = 400,
                Artists = 80,
                EndDate = Date.AddDays(3),
            }
        ).Events(),
    ];

    [Fact]
    public async Task Night_OnItsDateAndThreeDaysLaterAfterMoreEvents_MakesTheSamePlaylists()
    {
        await using var onTime = await WorldAsync();
        await RunAsync(onTime, Before);
        await AddDayAsync(onTime, Date);
        onTime.Time.Advance(TimeSpan.FromHours(23));
        var expected = await RunAsync(onTime, Date);

        await using var late = await WorldAsync();
        await RunAsync(late, Before);
        await AddDayAsync(late, Date);
        late.Time.Advance(TimeSpan.FromDays(1));
        await AddDayAsync(late, Date.AddDays(1));
        late.Time.Advance(TimeSpan.FromDays(1));
        var newest = await RunAsync(late, Date.AddDays(2));
        await AddDayAsync(late, Date.AddDays(2));
        late.Time.Advance(TimeSpan.FromDays(1));
        await AddDayAsync(late, Date.AddDays(3));
        // What is said later is no input either, and who came later is nobody yet.
        await late.AddAsync([Later(new SettingsOf("GB")), .. NewListener()], "said-later");
        var backfilled = await RunAsync(late, Date);

        Assert.Null(expected.InputsUntil);
        Assert.Null(newest.InputsUntil);
        Assert.Equal(Date, backfilled.InputsUntil);
        Assert.Equal(Before.ToString("o"), backfilled.Previous);
        Assert.Equal(expected.Listeners, backfilled.Listeners);
        Assert.Equal(
            newest.Run,
            (await new PublishedPlaylists(late.Objects, late.Time).ReadPointerAsync(default))!.Run
        );
        var listeners = Events.Where(e => e.StartedAt.Date <= Date).Select(e => e.Listener).Distinct().ToList();
        Assert.Equal(listeners.Count, expected.Listeners);
        foreach (var listener in listeners)
        {
            Assert.Equal(await BytesAsync(onTime, expected, listener), await BytesAsync(late, backfilled, listener));
        }
    }

    [Fact]
    public async Task Reading_AsOfADay_IsWhatWasReadOnThatDay()
    {
        await using var world = await WorldAsync();
        await AddDayAsync(world, Date);
        var listeners = Events.Select(e => e.Listener).Distinct().ToList();
        var then = new List<object?>();
        foreach (var listener in listeners)
        {
            then.Add(Describe(await world.Listeners.ReadAllAsync(listener, default)));
        }

        await AddDayAsync(world, Date.AddDays(1));
        await AddDayAsync(world, Date.AddDays(2));

        for (var i = 0; i < listeners.Count; i++)
        {
            Assert.Equal(then[i], Describe(await world.Listeners.ReadAsOfAsync(listeners[i], Date, default)));
        }
        Assert.Null(await world.Listeners.ReadAsOfAsync(listeners[0], new DateOnly(2001, 1, 1), default));

        static string? Describe(Profiles.ListenerReading? reading) =>
            reading is null
                ? null
                : string.Join(
                    ';',
                    reading
                        .Tallies.Select(month => $"{month.Month} {Convert.ToHexString(month.Tally.ToBytes())}")
                        .Append(Convert.ToHexString(reading.Statements.ToBytes()))
                        .Concat(reading.Profile.RecentPlays.Select(play => play.ToString()))
                        .Concat(reading.Profile.StreamsByHourOfWeek.Select(hour => $"{hour}"))
                );
    }

    private sealed record SettingsOf(string Market);

    private static SettingsEvent Later(SettingsOf settings) =>
        new()
        {
            Listener = Events[0].Listener,
            Id = new EventId("later"),
            StartedAt = Instant.FromDate(Date.AddDays(1)),
            ReceivedAt = Instant.FromDate(Date.AddDays(1)),
            Market = settings.Market,
            Explicit = false,
        };

    private static IEnumerable<PlayEvent> NewListener() =>
        Events
            .OfType<PlayEvent>()
            .Where(play => play.StartedAt.Date > Date)
            .Take(20)
            .Select(play => play with { Listener = new ListenerId("came-later") });

    /// <summary>A world in the morning of the date, with all events of the days before.</summary>
    private static async Task<NightWorld> WorldAsync()
    {
        var time = new ManualTimeProvider(new DateTimeOffset(Before.ToDateTime(new TimeOnly(1, 0)), TimeSpan.Zero));
        var world = await NightWorld.WithAsync(Events.Where(e => e.StartedAt.Date < Date), options: null, time);
        return world;
    }

    private static Task AddDayAsync(NightWorld world, DateOnly date) =>
        world.AddAsync(Events.Where(e => e.StartedAt.Date == date), $"of-{date:o}");

    private static async Task<RunRecord> RunAsync(NightWorld world, DateOnly date)
    {
        var record = await world.RunAsync(date.ToString("o"));
        Assert.True(record.State == RunState.Finished, record.Failure);
        return record;
    }

    private static async Task<byte[]> BytesAsync(NightWorld world, RunRecord run, ListenerId listener)
    {
        var playlists = await new PublishedPlaylists(world.Objects, world.Time).ReadAsync(
            new PublishedPointer(run.Run, run.Shards),
            listener,
            default
        );
        return PlaylistPack.Write(
            new PackedPlaylists(listener, run.Run, playlists!.Playlists, playlists.Memory)
            {
                TimeZone = playlists.TimeZone,
            }
        );
    }
}
