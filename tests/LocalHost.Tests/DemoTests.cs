using Nocturne.Population;

namespace Nocturne.LocalHost.Tests;

public sealed class DemoTests
{
    private static readonly string[] Counts = ["listeners", "plays", "streams", "skips", "playlists"];

    [Fact]
    public async Task Demo_RunTwice_ShowsTheSameAndDoublesNothing()
    {
        using var folder = new DataFolder();

        var first = await folder.DemoAsync();
        var archived = Directory
            .GetFiles(Path.Combine(folder.Data, "objects"), "*", SearchOption.AllDirectories)
            .Length;
        var second = await folder.DemoAsync();

        Assert.Equal(20, first.GetProperty("listeners").GetInt32());
        Assert.Equal(2_500, first.GetProperty("events").GetInt64());
        Assert.True(first.GetProperty("ingestEventsPerSecond").GetDouble() > 0);
        Assert.True(first.GetProperty("nightSeconds").GetDouble() > 0);
        Assert.True(first.GetProperty("playlists").GetInt32() >= 20);
        Assert.Equal(0, first.GetProperty("rejected").GetInt64());
        Assert.Equal(first.ToString(), second.ToString());
        Assert.Equal(
            archived,
            Directory.GetFiles(Path.Combine(folder.Data, "objects"), "*", SearchOption.AllDirectories).Length
        );
    }

    [Fact]
    public async Task Demo_ForPeople_PrintsPlaylistsWithReasons()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();

        var again = await folder.RunAsync(
            "demo",
            "--listeners",
            "20",
            "--events",
            "2500",
            "--tracks",
            "600",
            "--artists",
            "60"
        );

        Assert.Equal(0, again.Code);
        Assert.Contains("Daily Mix 1", again.Output, StringComparison.Ordinal);
        Assert.Contains("Discover Weekly", again.Output, StringComparison.Ordinal);
        Assert.Contains("because you play", again.Output, StringComparison.Ordinal);
        Assert.Contains("are there already", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_Misbehaving_EndsWithTheSamePlaylists()
    {
        using var quiet = new DataFolder();
        using var chaotic = new DataFolder();

        var one = await quiet.DemoAsync();
        var other = await chaotic.DemoAsync("--chaos", "7");

        foreach (var name in Counts)
        {
            Assert.Equal(one.GetProperty(name).GetInt64(), other.GetProperty(name).GetInt64());
        }
        var population = new SyntheticPopulation(
            new PopulationOptions
            {
                Listeners = 20,
                Events = 2_500,
                Tracks = 600,
                Artists = 60,
            }
        );
        for (var number = 0; number < 20; number += 5)
        {
            var listener = population.ListenerAt(number).Value;
            var expected = await quiet.RunAsync("show", "playlist", listener, "--format", "json");
            var actual = await chaotic.RunAsync("show", "playlist", listener, "--format", "json");
            Assert.Equal(expected.Output, actual.Output);
        }
    }

    [Fact]
    public async Task Demo_CancelledOnTheWay_IsCompletedByTheNext()
    {
        using var folder = new DataFolder();
        using var undisturbed = new DataFolder();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(250));
        string[] demo = ["demo", "--listeners", "200", "--events", "60000", "--tracks", "600", "--artists", "60"];

        var cancelled = await folder.RunAsync(cancellation.Token, demo);
        var completed = await folder.ReadAsync(demo);
        var expected = await undisturbed.ReadAsync(demo);

        Assert.Equal(130, cancelled.Code);
        foreach (var name in Counts)
        {
            Assert.Equal(expected.GetProperty(name).GetInt64(), completed.GetProperty(name).GetInt64());
        }
    }

    [Fact]
    public async Task Demo_InAFolderOfOtherPeople_IsRefused()
    {
        using var folder = new DataFolder();
        await folder.DemoAsync();

        var other = await folder.RunAsync("demo", "--seed", "2");

        Assert.Equal(3, other.Code);
        Assert.Contains("--data", other.Error, StringComparison.Ordinal);
    }
}
