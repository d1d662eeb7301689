namespace Nocturne.EndToEnd.Tests;

/// <summary>
/// The short versions of the committed benchmarks that measure whole functions: they run, and nothing they ask for fails.
/// What they measure is for a quiet machine, and docs/benchmarks.md has it.
/// </summary>
public sealed class BenchmarkTests
{
    private const string Program = "Nocturne.Benchmarks.dll";

    [Fact]
    public async Task Serve_Quick_AnswersEveryRequest()
    {
        var result = await NocturneProcess.RunProgramAsync(Program, "serve", "--quick", "--seconds", "1");

        Assert.True(result.ExitCode == 0, result.Errors);
        var rated = result.Output.Split('\n').SkipWhile(line => !line.Contains("failed", StringComparison.Ordinal));
        var rows = rated.Skip(1).TakeWhile(line => !line.StartsWith("as fast", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, rows.Count);
        Assert.All(rows, row => Assert.Equal("0", row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1]));
        Assert.Contains("published until seen in next", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compose_Quick_ComposesEveryList()
    {
        var result = await NocturneProcess.RunProgramAsync(Program, "compose", "--quick");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("implicit-als", result.Output, StringComparison.Ordinal);
        Assert.Contains("    2,000 ", result.Output, StringComparison.Ordinal);
    }
}
