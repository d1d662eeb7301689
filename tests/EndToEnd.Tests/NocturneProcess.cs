using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Nocturne.EndToEnd.Tests;

/// <summary>The command line as a process of its own.</summary>
internal static class NocturneProcess
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
    private static readonly Dictionary<string, string> NoVariables = [];
    private const string Nocturne = "nocturne.dll";

    /// <summary>Runs a command to its end.</summary>
    public static Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(NoVariables, arguments);

    /// <summary>The same with environment variables.</summary>
    public static Task<CommandResult> RunAsync(
        IReadOnlyDictionary<string, string> variables,
        params string[] arguments
    ) => RunProgramAsync(Nocturne, variables, arguments);

    /// <summary>Runs another program of this repository to its end.</summary>
    public static Task<CommandResult> RunProgramAsync(string program, params string[] arguments) =>
        RunProgramAsync(program, NoVariables, arguments);

    private static async Task<CommandResult> RunProgramAsync(
        string program,
        IReadOnlyDictionary<string, string> variables,
        string[] arguments
    )
    {
        using var process = Start(program, variables, arguments);
        var output = ReadAsync(process.StandardOutput);
        var errors = ReadAsync(process.StandardError);
        using var timeout = new CancellationTokenSource(Longest);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill();
            throw new TimeoutException(
                $"{program} {string.Join(' ', arguments)} did not end: {await output}{await errors}",
                e
            );
        }
        return new CommandResult(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs a command that must succeed.</summary>
    public static Task<CommandResult> SucceedAsync(params string[] arguments) => SucceedAsync(NoVariables, arguments);

    /// <summary>The same with environment variables.</summary>
    public static async Task<CommandResult> SucceedAsync(
        IReadOnlyDictionary<string, string> variables,
        params string[] arguments
    )
    {
        var result = await RunAsync(variables, arguments);
        Assert.True(
            result.ExitCode == 0,
            $"nocturne {string.Join(' ', arguments)} exited {result.ExitCode}:\n{result.Output}\n{result.Errors}"
        );
        return result;
    }

    /// <summary>Starts a command and kills it (SIGKILL) after <paramref name="delay"/>, unless it ends before.</summary>
    /// <returns>Whether it was killed.</returns>
    public static async Task<bool> KillAfterAsync(TimeSpan delay, params string[] arguments)
    {
        using var process = Start(arguments);
        _ = ReadAsync(process.StandardOutput);
        _ = ReadAsync(process.StandardError);
        using var limit = new CancellationTokenSource(delay);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
            return true;
        }
    }

    /// <summary>Starts a command that goes on.</summary>
    public static Process Start(params string[] arguments) => Start(NoVariables, arguments);

    /// <summary>The same with environment variables.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> variables, params string[] arguments) =>
        Start(Nocturne, variables, arguments);

    private static Process Start(string program, IReadOnlyDictionary<string, string> variables, string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet"
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    private static Task<string> ReadAsync(StreamReader reader) => reader.ReadToEndAsync();
}

/// <summary>What a command left behind.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The JSON object on the last line.</summary>
    public JsonElement Json =>
        JsonDocument.Parse(Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
}
