using System.Buffers;
using System.Diagnostics;
using Nocturne.Domain;
using Nocturne.Population;
using Nocturne.Testing;

namespace Nocturne.EndToEnd.Tests;

/// <summary>
/// The host process is killed (SIGKILL) at seeded random instants of imports and of nights and started again; what is
/// left must equal an undisturbed run: profiles and playlists byte for byte, the archive as a set of lines.
/// </summary>
public sealed class KillTests
{
    private const int KillsEach = 10;
    private const int MaxRounds = 25; // a process may end before its instant has come; then the next round counts
    private const int EventsPerRound = 3_000;
    private static readonly DateOnly FirstNight = new(2026, 4, 1);

    [Fact]
    public async Task Host_KilledTwentyTimesDuringIngestionAndNights_LosesAndDoublesNothing()
    {
        using var files = new TemporaryFolder();
        var parts = await WriteEventsAsync(files.Path);
        var undisturbed = Path.Combine(files.Path, "undisturbed");
        var disturbed = Path.Combine(files.Path, "disturbed");
        await TimeAsync("--help");
        var starting = await TimeAsync("--help");
        var random = new Random(20_261_121);

        var importKills = await RoundsAsync(round => ["import", parts[round]]);
        var nightKills = await RoundsAsync(round => ["night", "--date", $"{FirstNight.AddDays(round):yyyy-MM-dd}"]);

        Assert.Equal(KillsEach, importKills);
        Assert.Equal(KillsEach, nightKills);
        var expected = await FolderContents.ReadAsync(undisturbed);
        var actual = await FolderContents.ReadAsync(disturbed);
        Assert.NotEmpty(expected.Profiles);
        Assert.NotEmpty(expected.Playlists);
        Assert.Equal(expected.ArchiveLines, actual.ArchiveLines);
        Assert.Equal(expected.Profiles, actual.Profiles);
        Assert.Equal(expected.Playlists, actual.Playlists);

        // Each round does new work in both folders: through in one, killed and done again in the other.
        async Task<int> RoundsAsync(Func<int, string[]> command)
        {
            var kills = 0;
            for (var round = 0; kills < KillsEach && round < MaxRounds; round++)
            {
                var through = await TimeAsync([.. command(round), "--data", undisturbed]);
                var least = Math.Min(starting.TotalMilliseconds, through.TotalMilliseconds) * 0.8;
                var instant = least + (random.NextDouble() * (through.TotalMilliseconds - least));
                string[] again = [.. command(round), "--data", disturbed];
                kills += await NocturneProcess.KillAfterAsync(TimeSpan.FromMilliseconds(instant), again) ? 1 : 0;
                await NocturneProcess.SucceedAsync(again);
            }
            return kills;
        }
    }

    private static async Task<TimeSpan> TimeAsync(params string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        await NocturneProcess.SucceedAsync(arguments);
        return watch.Elapsed;
    }

    private static async Task<List<string>> WriteEventsAsync(string folder)
    {
        var population = new SyntheticPopulation(
            new PopulationOptions
            {
                Seed = 11,
                Listeners = 100,
                Events = MaxRounds * EventsPerRound,
                Tracks = 2_000,
                Artists = 300,
                EndDate = FirstNight.AddDays(-1),
            }
        );
        var parts = new List<string>();
        var lines = new ArrayBufferWriter<byte>();
        // Listeners side by side, so that every part has new events of many of them.
        foreach (var chunk in population.Events(together: population.Options.Listeners).Chunk(EventsPerRound))
        {
            lines.ResetWrittenCount();
            foreach (var listenEvent in chunk)
            {
                EventWriter.WriteLine(lines, listenEvent);
            }
            parts.Add(Path.Combine(folder, $"part-{parts.Count:d2}.ndjson"));
            await File.WriteAllBytesAsync(parts[^1], lines.WrittenMemory.ToArray());
        }
        return parts;
    }
}
