using Nocturne.Identity;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Stack.Emulated;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack;

/// <summary>One of the stacks that <c>--stack</c> names, before it is open.</summary>
internal interface IStackChoice
{
    /// <summary>Where the commands on it keep files of their own: rejects, the way to a running <c>up</c>.</summary>
    string Folder { get; }

    /// <summary>Why there is nothing to show or to work on, and what changes that; null if there may be something.</summary>
    string? Emptiness { get; }

    /// <summary>Whether the functions run in the commands' processes: <c>demo</c> and <c>up</c> are for such stacks.</summary>
    bool RunsFunctions { get; }

    /// <summary>Opens it; nothing is delivered before <see cref="IStack.StartAsync"/>.</summary>
    /// <exception cref="FolderStateException">It cannot be opened now.</exception>
    Task<IStack> OpenAsync(StackSettings settings, CancellationToken cancellationToken);
}

/// <summary>Makes the choice from the command line.</summary>
internal static class StackChoice
{
    /// <summary>Everything in this process and one folder.</summary>
    public const string Embedded = "embedded";

    /// <summary>Every function in this process, on Google's emulators.</summary>
    public const string GoogleEmulators = "google-emulators";

    /// <summary>A deployed system.</summary>
    public const string Google = "google";

    /// <summary>The project of the emulators, which take any.</summary>
    public const string LocalProject = "nocturne-local";

    /// <summary>The stack that the options name.</summary>
    /// <param name="name">One of the names above.</param>
    /// <param name="project">The project; null if none is given.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="UsageException">They do not go together.</exception>
    public static IStackChoice Of(string name, string? project, string data, Func<string, string?> variable) =>
        name switch
        {
            GoogleEmulators => new EmulatorChoice(
                new Deployment(project ?? LocalProject),
                EmulatorChoice.Named(variable),
                Path.Combine(data, GoogleEmulators)
            ),
            Google => new DeployedChoice(
                new Deployment(
                    project
                        ?? throw new UsageException(
                            "--stack google needs to know which project: add --project with its id."
                        )
                ),
                DeployedHosts(variable),
                Path.Combine(data, $"{Google}-{project}"),
                variable(TokenPepper.Variable) is { Length: > 0 } secret ? TokenPepper.Of(secret) : null
            ),
            _ => new EmbeddedChoice(data),
        };

    /// <summary>A deployed system that is half an emulator would be a mistake with consequences.</summary>
    private static EmulatorHosts DeployedHosts(Func<string, string?> variable)
    {
        var hosts = EmulatorChoice.Named(variable);
        return hosts.Any && hosts.Objects is null
            ? throw new UsageException(
                $"{EmulatorHosts.DocumentsVariable} and {EmulatorHosts.MessagesVariable} are set and "
                    + $"{EmulatorHosts.ObjectsVariable} is not: --stack google would write partly to the project. "
                    + "Unset them, or set all three."
            )
            : hosts;
    }
}

/// <summary>The embedded stack in the data folder.</summary>
internal sealed class EmbeddedChoice(string folder) : IStackChoice
{
    public string Folder => folder;

    public string? Emptiness =>
        Directory.Exists(Path.Combine(folder, "documents"))
            ? null
            : $"There is no data in '{folder}'. Make some: nocturne demo, or import.";

    public bool RunsFunctions => true;

    public async Task<IStack> OpenAsync(StackSettings settings, CancellationToken cancellationToken) =>
        await EmbeddedStack.OpenAsync(folder, settings);
}
