using System.Text.Json;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;

namespace Nocturne.LocalHost.Tests;

/// <summary>What a command printed, and how it ended.</summary>
internal sealed record CommandResult(int Code, string Output, string Error)
{
    /// <summary>The JSON object or array on the last line of standard output.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Output.TrimEnd().Split('\n')[^1]);
}

/// <summary>Commands on a data folder of their own, which goes with this.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nocturne-test-");

    /// <summary>The data folder; not there until a command makes it.</summary>
    public string Data => Path.Combine(_folder.FullName, "data");

    public async Task<CommandResult> RunAsync(params string[] args) => await RunAsync(CancellationToken.None, args);

    public async Task<CommandResult> RunAsync(CancellationToken cancellationToken, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await NocturneCommand.RunAsync([.. args, "--data", Data], output, error, cancellationToken);
        return new CommandResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command that must succeed, and reads what it printed for scripts.</summary>
    public async Task<JsonElement> ReadAsync(params string[] args)
    {
        var result = await RunAsync([.. args, "--json"]);
        Assert.True(result.Code == 0, result.Error);
        return result.Json;
    }

    /// <summary>A small demo: a second or so.</summary>
    public Task<JsonElement> DemoAsync(params string[] more) =>
        ReadAsync(["demo", "--listeners", "20", "--events", "2500", "--tracks", "600", "--artists", "60", .. more]);

    public string Write(string name, params string[] lines)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
        return path;
    }

    /// <summary>Opens the folder as a command does.</summary>
    public async Task<StackOperations> OpenAsync()
    {
        var stack = await EmbeddedStack.OpenAsync(Data, new StackSettings());
        await stack.StartAsync(CancellationToken.None);
        return new StackOperations(stack);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
