using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Nocturne.Recommending.Tests;

/// <summary>The bytes of every artefact, over seeds, workers and the instructions that the runtime may use.</summary>
/// <remarks>A process has its instructions for life, so each case is one: tests/Fingerprint, started with variables
/// of the runtime that take instructions away.</remarks>
public sealed class DeterminismTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Artefacts_OfAllModelsSeedsWorkersAndInstructions_HaveTheSameBytes()
    {
        var expected = await FingerprintAsync(1, 3, workers: 2);

        Assert.Equal(expected.Lines.Length, expected.Lines.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(
            (ModelFamilies.All.Count + SessionModelFamily.All.Count) * 3,
            expected.Lines.Count(line => !line.Contains(',', StringComparison.Ordinal))
        );
        (int Workers, string? Variable)[] cases =
        [
            (1, null),
            (7, null),
            (7, "DOTNET_EnableAVX512"),
            (1, "DOTNET_EnableAVX2"),
            (2, "DOTNET_EnableHWIntrinsic"),
            (1, "DOTNET_TieredCompilation"),
        ];
        foreach (var (workers, variable) in cases)
        {
            var printed = await FingerprintAsync(1, 3, workers, variable);

            Assert.Equal(expected.Lines, printed.Lines);
            AssertHasLost(variable, printed.Instructions);
        }
    }

    /// <summary>The runtime passes over variables that it does not know, and this would prove nothing.</summary>
    private static void AssertHasLost(string? variable, string instructions)
    {
        var (avx2, avx512) = variable switch
        {
            "DOTNET_EnableAVX512" => (Avx2.IsSupported, false),
            "DOTNET_EnableAVX2" or "DOTNET_EnableHWIntrinsic" => (false, false),
            _ => (Avx2.IsSupported, Avx512F.IsSupported),
        };
        Assert.Contains($"avx2 {avx2} ", instructions, StringComparison.Ordinal);
        Assert.Contains($"avx512 {avx512};", instructions, StringComparison.Ordinal);
    }

    private static async Task<(string[] Lines, string Instructions)> FingerprintAsync(
        int first,
        int last,
        int workers,
        string? variable = null
    )
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Nocturne.Fingerprint.dll");
        var start = new ProcessStartInfo("dotnet", [program, $"{first}", $"{last}", $"{workers}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (variable is not null)
        {
            start.Environment[variable] = "0";
        }
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await process.StandardError.ReadToEndAsync(patience.Token);
            var lines = await output;
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, error);
            return (lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
