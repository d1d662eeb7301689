using Nocturne.Contracts;
using Nocturne.Testing;

namespace Nocturne.EndToEnd.Tests.Google;

/// <summary>The same commands on Google's emulators as on the embedded stack: the same bytes.</summary>
[RequiresGoogleEmulators]
public sealed class EmulatorStackTests
{
    private const string Emulators = "google-emulators";

    [ContractFact]
    public async Task Demo_OnGooglesEmulators_EndsWithTheProfilesPlaylistsAndArchiveOfTheEmbeddedStack()
    {
        using var folder = new TemporaryFolder();
        await using var project = await EmulatedProject.StartAsync();
        string[] demo = ["demo", "--listeners", "120", "--events", "12000", "--tracks", "2000", "--artists", "200"];

        var embedded = await NocturneProcess.SucceedAsync([.. demo, "--json", "--data", folder.Path]);
        var emulated = await project.SucceedAsync(Emulators, [.. demo, "--json"]);

        foreach (var name in new[] { "listeners", "events", "plays", "streams", "skips", "playlists", "rejected" })
        {
            Assert.Equal(embedded.Json.GetProperty(name).GetInt64(), emulated.Json.GetProperty(name).GetInt64());
        }
        var expected = await FolderContents.ReadAsync(folder.Path);
        var actual = await FolderContents.ReadAsync(project.Stores.Documents, project.Stores.Objects);
        Assert.True(expected.Profiles.Count > 120 * 10);
        Assert.True(expected.Playlists.Count > 120);
        Assert.Equal(expected.Profiles, actual.Profiles);
        Assert.Equal(expected.Playlists, actual.Playlists);
        Assert.Equal(expected.ArchiveLines, actual.ArchiveLines);
    }

    [ContractFact]
    public async Task ImportAndNight_AsCommandsOfTheirOwn_EndAsOnTheEmbeddedStack()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Fixtures", "listens.tsv");
        using var folder = new TemporaryFolder();
        await using var project = await EmulatedProject.StartAsync();
        string[] night = ["night", "--date", "2014-09-01"];

        await NocturneProcess.SucceedAsync("import", file, "--data", folder.Path);
        await NocturneProcess.SucceedAsync([.. night, "--data", folder.Path]);
        await project.SucceedAsync(Emulators, "import", file);
        await project.SucceedAsync(Emulators, night);
        var doctor = await project.RunAsync(Emulators, "doctor");
        var rebuilt = await project.SucceedAsync(Emulators, "rebuild", "--json");

        var expected = await FolderContents.ReadAsync(folder.Path);
        var actual = await FolderContents.ReadAsync(project.Stores.Documents, project.Stores.Objects);
        Assert.Equal(expected.Profiles, actual.Profiles);
        Assert.Equal(expected.Playlists, actual.Playlists);
        Assert.Equal(expected.ArchiveLines, actual.ArchiveLines);
        Assert.True(doctor.ExitCode == 0, doctor.Output + doctor.Errors);
        Assert.Equal(0, rebuilt.Json.GetProperty("replaced").GetInt64());
        Assert.Equal(expected.Profiles.Count, rebuilt.Json.GetProperty("same").GetInt64());
    }

    [ContractFact]
    public async Task Emulators_OfItsOwn_AreStartedAndEndWithTheCommand()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "lines.ndjson");
        await File.WriteAllTextAsync(file, Events.Play("e1", "anna") + "nonsense\n");
        string[] on = ["--stack", Emulators, "--data", folder.Path];

        var published = await NocturneProcess.SucceedAsync(["publish", file, "--raw", "--json", .. on]);
        var shown = await NocturneProcess.RunAsync(["show", "listener", "anna", .. on]);

        Assert.Equal(2, published.Json.GetProperty("accepted").GetInt32());
        Assert.Equal(3, shown.ExitCode);
        Assert.Contains("nocturne up --stack google-emulators", shown.Errors, StringComparison.Ordinal);
    }

    [ContractFact]
    public async Task Emulator_ThatDoesNotAnswer_IsNamed()
    {
        await using var project = await EmulatedProject.StartAsync();
        var variables = new Dictionary<string, string>(project.Variables, StringComparer.Ordinal)
        {
            ["FIRESTORE_EMULATOR_HOST"] = "127.0.0.1:1",
        };

        var result = await NocturneProcess.RunAsync(variables, project.On(Emulators, "show", "run"));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("127.0.0.1:1", result.Errors, StringComparison.Ordinal);
    }
}
