using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Profiles;
using Nocturne.Testing;

namespace Nocturne.EndToEnd.Tests;

/// <summary>A fact on real listening data, whose folder <c>NOCTURNE_DATA</c> names.</summary>
internal sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute()
    {
        if (Folder is null)
        {
            Skip = "NOCTURNE_DATA does not name a folder with real listening data.";
        }
    }

    public static string? Folder =>
        Environment.GetEnvironmentVariable("NOCTURNE_DATA") is { } folder
        && File.Exists(Path.Combine(folder, "30music", "events.tsv"))
            ? folder
            : null;
}

/// <summary>
/// A file of listens (ts, user, session, track, artist) through the command line: profiles say what the file says.
/// </summary>
public sealed class ImportTests
{
    [Fact]
    public Task Import_AFileOfListens_GivesProfilesWithItsTotalsAndANightForEveryone() =>
        ImportAndCompareAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "listens.tsv"), lines: null);

    [RealDataFact]
    public Task Import_ThirtyMusic_GivesProfilesWithItsTotalsAndANightForEveryone() =>
        ImportAndCompareAsync(Path.Combine(RealDataFactAttribute.Folder!, "30music", "events.tsv"), lines: 64_598);

    private static async Task ImportAndCompareAsync(string file, int? lines)
    {
        using var data = new TemporaryFolder();
        var listens = (await File.ReadAllLinesAsync(file)).Skip(1).Select(line => line.Split('\t')).ToList();

        var imported = await NocturneProcess.SucceedAsync("import", file, "--data", data.Path, "--json");
        var again = await NocturneProcess.SucceedAsync("import", file, "--data", data.Path, "--json");
        await NocturneProcess.SucceedAsync("night", "--date", "2014-09-01", "--data", data.Path);

        Assert.Equal(lines ?? listens.Count, imported.Json.GetProperty("lines").GetInt32());
        Assert.Equal(listens.Count, imported.Json.GetProperty("events").GetInt32());
        Assert.Equal(0, imported.Json.GetProperty("rejected").GetInt32());
        Assert.Equal(listens.Count, again.Json.GetProperty("lines").GetInt32());
        await using var stack = await LocalStack.OpenAsync(data.Path);
        var store = new ListenerStore(stack.Documents, TimeProvider.System);
        var published = new PublishedPlaylists(stack.Objects, TimeProvider.System);
        foreach (var ofListener in listens.GroupBy(listen => listen[1]))
        {
            var listener = new ListenerId(ofListener.Key);
            var reading = (await store.ReadAllAsync(listener, default))!;
            Assert.Equal(ofListener.Count(), reading.Profile.Totals.Plays);
            Assert.Equal(ofListener.Count(), reading.Profile.Totals.Streams);
            Assert.Equal(ofListener.Count(), reading.Profile.StreamsByHourOfWeek.Sum());
            Assert.Equal(
                ofListener.GroupBy(listen => listen[3]).OrderBy(g => g.Key).Select(g => (g.Key, (long)g.Count())),
                reading
                    .Tallies.SelectMany(month => month.Tally.Items)
                    .GroupBy(item => item.Item.Value)
                    .OrderBy(g => g.Key)
                    .Select(g => (g.Key, g.Sum(item => item.Plays)))
            );
            var playlists = await published.ReadAsync(listener, default);
            Assert.NotNull(playlists);
            Assert.Contains(playlists.Playlists, playlist => playlist.Tracks.Count > 0);
        }
    }
}
