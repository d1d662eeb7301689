using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Nocturne.Infra.Tests;

/// <summary>Files of the repository that belong to a deployment but are not compiled.</summary>
internal static class Sources
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>A file's path, by its path from the root.</summary>
    public static string At(string path) => Path.Combine(Root, path);

    /// <summary>Reads a file, by its path from the root.</summary>
    public static string Read(string path) => File.ReadAllText(At(path)).ReplaceLineEndings("\n");

    /// <summary>Runs bash at the root and returns how it ended and what it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> BashAsync(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo("bash", arguments)
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
