namespace Nocturne.IngestEvents.Tests.Publishing;

/// <summary>A fact that runs programs of the machine; skipped, by their names, where they are missing.</summary>
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools)
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "The page's commands are for a POSIX shell.";
        }
        else if (Array.Find(tools, tool => !IsOnPath(tool)) is { } missing)
        {
            Skip = $"'{missing}' is not installed.";
        }
    }

    private static bool IsOnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, tool)));
}
