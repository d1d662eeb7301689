using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Stack;
using Nocturne.LocalHost.Stack.Emulated;

namespace Nocturne.LocalHost.Tests;

/// <summary>Which stack a command line means, before anything is opened.</summary>
public sealed class StackTests
{
    [Theory]
    [InlineData("--project", "show", "run", "--stack", "google")]
    [InlineData("runs the functions", "demo", "--stack", "google", "--project", "p")]
    [InlineData("runs the functions", "up", "--stack", "google", "--project", "p")]
    [InlineData("--chaos", "show", "run", "--stack", "google", "--project", "p", "--chaos", "1")]
    [InlineData("--chaos", "demo", "--stack", "google-emulators", "--chaos", "1")]
    public async Task Options_ThatDoNotGoTogether_AreUsageAndSayWhy(string why, params string[] args)
    {
        using var folder = new DataFolder();

        var result = await folder.RunAsync(args);

        Assert.Equal(2, result.Code);
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stack_ThatThereIsNot_IsUsage()
    {
        using var folder = new DataFolder();

        var result = await folder.RunAsync("show", "run", "--stack", "moon");

        Assert.Equal(2, result.Code);
    }

    [Theory]
    [InlineData("FIRESTORE_EMULATOR_HOST")]
    [InlineData("PUBSUB_EMULATOR_HOST")]
    [InlineData("STORAGE_EMULATOR_HOST")]
    [InlineData("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")]
    public void EmulatorVariables_OfWhichOneIsMissing_AreRefusedByName(params string[] set)
    {
        var refused = Assert.Throws<UsageException>(() =>
            StackChoice.Of(StackChoice.GoogleEmulators, null, "data", Variables(set))
        );

        Assert.Contains(set[0], refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EmulatorVariables_WithoutTheObjects_AreRefusedForADeployedSystem()
    {
        var variables = Variables(["FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"]);

        var refused = Assert.Throws<UsageException>(() => StackChoice.Of(StackChoice.Google, "p", "data", variables));

        Assert.Contains("STORAGE_EMULATOR_HOST", refused.Message, StringComparison.Ordinal);
        Assert.IsType<EmulatorChoice>(StackChoice.Of(StackChoice.GoogleEmulators, null, "data", variables));
    }

    [Fact]
    public void Stacks_InOneDataFolder_KeepTheirFilesApart()
    {
        string[] folders =
        [
            .. new[] { StackChoice.Embedded, StackChoice.GoogleEmulators, StackChoice.Google }.Select(name =>
                StackChoice.Of(name, "p", "data", Variables([])).Folder
            ),
        ];

        Assert.Equal(3, folders.Distinct().Count());
    }

    private static Func<string, string?> Variables(string[] set) => name => set.Contains(name) ? "127.0.0.1:1" : null;
}
