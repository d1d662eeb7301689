using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Nocturne.LocalHost.Tests;

/// <summary>The commands of docs/importing.md, as they stand there, on files of those names.</summary>
public sealed partial class ImportingPageTests
{
    [Fact]
    public async Task Commands_OfThePage_Import()
    {
        using var folder = new DataFolder();
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["my_spotify_data.zip"] = Zip(folder, "my_spotify_data.zip", "spotify-extended.json"),
            ["listenbrainz_anna.zip"] = Zip(
                folder,
                "listenbrainz_anna.zip",
                "listenbrainz.jsonl",
                "listenbrainz-feedback.jsonl"
            ),
            ["scrobbles.csv"] = Copy(folder, "scrobbles.csv", "lastfm-header.csv"),
            [".scrobbler.log"] = Copy(folder, ".scrobbler.log", "scrobbler.log"),
        };
        var commands = Commands()
            .Matches(await File.ReadAllTextAsync(Page()))
            .Select(match => match.Groups["args"].Value);

        var run = 0;
        foreach (var command in commands)
        {
            var args = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var result = await folder.RunAsync([.. args.Select(arg => files.GetValueOrDefault(arg, arg))]);

            Assert.True(result.Code == 0, $"{command}: {result.Error}");
            Assert.Contains(
                command.Contains("--dry-run", StringComparison.Ordinal) ? "nothing was" : "events imported",
                result.Output,
                StringComparison.Ordinal
            );
            run++;
        }

        Assert.Equal(3, run);
    }

    private static string Copy(DataFolder folder, string name, string fixture)
    {
        var path = folder.Write(name);
        File.Copy(Fixture(fixture), path, overwrite: true);
        return path;
    }

    private static string Zip(DataFolder folder, string name, params string[] fixtures)
    {
        var path = folder.Write(name);
        using var zip = ZipFile.Open(path, ZipArchiveMode.Update);
        foreach (var fixture in fixtures)
        {
            zip.CreateEntryFromFile(Fixture(fixture), fixture.Replace("listenbrainz-", "", StringComparison.Ordinal));
        }
        return path;
    }

    private static string Page() => Path.Combine(Root(), "docs", "importing.md");

    private static string Fixture(string name) => Path.Combine(Root(), "tests", "Importing.Tests", "Fixtures", name);

    private static string Root([CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..");

    [GeneratedRegex("^nocturne (?<args>import .*)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Commands();
}
