using System.Diagnostics;
using System.Text;
using Nocturne.Contracts;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.EndToEnd.Tests.Google;

/// <summary>
/// An operator's commands on a deployed system, whose functions run in a process of their own (<c>up</c>) and whose
/// services are emulators. What they call is what they call on Google Cloud, but for the credentials.
/// </summary>
[RequiresGoogleEmulators]
public sealed class DeployedStackTests
{
    private const string Google = "google";

    [ContractFact]
    public async Task Operators_ImportRunANightShowAndRebuild()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Fixtures", "listens.tsv");
        var lines = (await File.ReadAllLinesAsync(file))[1..];
        var listener = lines[0].Split('\t')[1];
        var plays = lines.Count(line => line.Split('\t')[1] == listener);
        await using var project = await EmulatedProject.StartAsync();
        await using var functions = await RunningFunctions.StartAsync(project);

        var asked = await project.RunAsync(Google, "import", file);
        await project.SucceedAsync(Google, "import", file, "--yes");
        await Eventually.TrueAsync(async () => await PlaysAsync(project, listener) == plays);
        await Eventually.TrueAsync(async () => await ArchivedAsync(project) == lines.Length);
        var plan = await project.RunAsync(Google, "rebuild");
        var rebuilt = await project.SucceedAsync(Google, "rebuild", "--yes", "--settle", "0", "--json");
        var night = await project.SucceedAsync(Google, "night", "--date", "2014-09-01", "--yes", "--json");
        var shown = await project.SucceedAsync(Google, "show", "listener", listener, "--json");
        var playlist = await project.SucceedAsync(Google, "show", "playlist", listener);

        Assert.Equal(2, asked.ExitCode);
        Assert.Contains("--yes", asked.Output, StringComparison.Ordinal);
        Assert.Equal(2, plan.ExitCode);
        Assert.Contains("wait 10 minutes", plan.Output, StringComparison.Ordinal);
        Assert.Equal(0, rebuilt.Json.GetProperty("replaced").GetInt64());
        Assert.Equal(0, rebuilt.Json.GetProperty("active").GetInt64());
        Assert.True(rebuilt.Json.GetProperty("same").GetInt64() > 0);
        Assert.Equal("finished", night.Json.GetProperty("record").GetProperty("state").GetString());
        Assert.Equal(plays, shown.Json.GetProperty("totals").GetProperty("plays").GetInt32());
        Assert.NotEmpty(playlist.Output);
    }

    [ContractFact]
    public async Task DeadLetters_AreFoundByDoctorAndRedriven()
    {
        await using var project = await EmulatedProject.StartAsync();
        await using var functions = await RunningFunctions.StartAsync(project);
        await project.Stores.Messages.PublishAsync(
            NocturneTopology.TopicNames.ListeningEventsDead,
            [new OutgoingMessage(Encoding.UTF8.GetBytes(Events.Play("e1", "anna")))],
            CancellationToken.None
        );

        var sick = await project.RunAsync(Google, "doctor", "--json");
        var asked = await project.RunAsync(Google, "redrive");
        var redriven = await project.SucceedAsync(Google, "redrive", "--yes", "--json");
        await Eventually.TrueAsync(async () => await PlaysAsync(project, "anna") == 1);
        var healthy = await project.RunAsync(Google, "doctor", "--json");

        Assert.Equal(1, sick.ExitCode);
        Assert.Contains("nocturne redrive", sick.Output, StringComparison.Ordinal);
        Assert.Equal(2, asked.ExitCode);
        Assert.Equal(1, redriven.Json[0].GetProperty("messages").GetInt32());
        Assert.True(healthy.ExitCode == 0, healthy.Output + healthy.Errors);
    }

    [ContractFact]
    public async Task Doctor_OnAProjectWithoutADeployment_SaysWhatIsMissing()
    {
        await using var project = await EmulatedProject.StartAsync();

        var result = await project.RunAsync(Google, "doctor", "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("topic listening-events", result.Output, StringComparison.Ordinal);
        Assert.Contains("pulumi up", result.Output, StringComparison.Ordinal);
    }

    private static async Task<int> PlaysAsync(EmulatedProject project, string listener)
    {
        var store = new ListenerStore(project.Stores.Documents, TimeProvider.System);
        var profile = await store.ReadProfileAsync(new ListenerId(listener), CancellationToken.None);
        return (int)(profile?.Totals.Plays ?? 0);
    }

    private static async Task<int> ArchivedAsync(EmulatedProject project)
    {
        var contents = await FolderContents.ReadAsync(project.Stores.Documents, project.Stores.Objects);
        return contents.ArchiveLines.Count;
    }

    /// <summary>The functions of a project, in a process of their own.</summary>
    private sealed class RunningFunctions : IAsyncDisposable
    {
        private readonly Process _process;

        private RunningFunctions(Process process) => _process = process;

        public static async Task<RunningFunctions> StartAsync(EmulatedProject project)
        {
            var process = NocturneProcess.Start(project.Variables, project.On("google-emulators", "up", "--port", "0"));
            var started = await process.StandardOutput.ReadLineAsync();
            Assert.Contains(
                "Listening",
                started ?? await process.StandardError.ReadToEndAsync(),
                StringComparison.Ordinal
            );
            return new RunningFunctions(process);
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
