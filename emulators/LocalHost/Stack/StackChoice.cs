using Nocturne.LocalHost.CommandLine;

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
    public const string Embedded = "embedded";

    /// <summary>The stack that the options name.</summary>
    /// <exception cref="UsageException">They do not go together.</exception>
    public static IStackChoice Of(string name, string data) =>
        name switch
        {
            _ => new EmbeddedChoice(data),
        };
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
