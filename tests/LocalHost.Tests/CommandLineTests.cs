using Nocturne.Importing.Formats;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Stack;

namespace Nocturne.LocalHost.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("sing")]
    [InlineData("up", "--port", "65536")]
    [InlineData("night", "--date", "tomorrow")]
    [InlineData("show", "listener")]
    [InlineData("demo", "--listeners", "many")]
    [InlineData("demo", "--listeners", "1")]
    public async Task Arguments_ThatMakeNoSense_AreUsage(params string[] args)
    {
        using var folder = new DataFolder();

        var result = await folder.RunAsync(args);

        Assert.Equal(2, result.Code);
        Assert.False(Directory.Exists(folder.Data));
    }

    [Theory]
    [InlineData("show", "listener", "someone")]
    [InlineData("show", "run")]
    [InlineData("night")]
    [InlineData("redrive")]
    [InlineData("rebuild")]
    public async Task Commands_OnAFolderWithoutData_SayWhatMakesSome(params string[] args)
    {
        using var folder = new DataFolder();

        var result = await folder.RunAsync(args);

        Assert.Equal(3, result.Code);
        Assert.Contains("There is no data", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Data));
    }

    [Fact]
    public async Task Folder_OpenElsewhere_IsState()
    {
        using var folder = new DataFolder();
        await using var open = await folder.OpenAsync();

        var result = await folder.RunAsync("show", "run");
        var doctor = await folder.RunAsync("doctor");

        Assert.Equal(3, result.Code);
        Assert.Equal(1, doctor.Code);
    }

    [Fact]
    public async Task Help_NamesTheExitCodes()
    {
        using var folder = new DataFolder();

        var help = await folder.RunAsync("--help");

        Assert.Equal(0, help.Code);
        Assert.Contains("130 stopped by Ctrl-C", help.Output, StringComparison.Ordinal);
        Assert.All(
            NocturneCommand.Create().Subcommands.Select(command => command.Name).Append("evaluate").Append("costs"),
            name => Assert.Contains($"\n  {name} ", help.Output, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("*/5 * * * *", "2026-11-21T06:10:00Z", true)]
    [InlineData("*/5 * * * *", "2026-11-21T06:11:00Z", false)]
    [InlineData("0 6 * * *", "2026-11-21T06:00:00Z", true)]
    [InlineData("0 6 * * *", "2026-11-21T07:00:00Z", false)]
    [InlineData("0 6 * * 6", "2026-11-21T06:00:00Z", true)]
    public void Schedule_OfTheTopology_IsDue(string cron, string minute, bool isDue) =>
        Assert.Equal(isDue, ScheduleRunner.IsDue(cron, DateTimeOffset.Parse(minute)));

    [Fact]
    public void LineIds_OfTheSameLineAgain_Differ()
    {
        var ids = new LineIds();
        var again = new LineIds();

        string[] first = [ids.Next("a"u8).Value, ids.Next("b"u8).Value, ids.Next("a"u8).Value, ids.Next("a"u8).Value];

        Assert.Equal(4, first.Distinct().Count());
        Assert.Equal(first[0] + "-3", first[3]);
        Assert.Equal(first[0], again.Next("a"u8).Value);
    }
}
