using System.Globalization;

namespace Nocturne.LocalHost.Tests;

public sealed class EvaluatePlaylistsTests
{
    private const int Hour = 3_600;

    [Fact]
    public async Task Adapt_FewListeners_KeepTheBoundsAndReplay()
    {
        using var folder = new DataFolder();
        string[] few = ["evaluate", "adapt", "--listeners", "3", "--genres", "3", "--plays", "500"];

        var json = await folder.ReadAsync([.. few, "--workers", "2"]);
        var again = await folder.ReadAsync([.. few, "--workers", "1"]);

        Assert.Equal(json.GetRawText(), again.GetRawText());
        Assert.InRange(Worst("mixes"), 1, 30);
        Assert.InRange(Worst("next"), 1, 3);
        Assert.InRange(Worst("detour"), 0, 0.2);
        Assert.InRange(Worst("discoverWeekly"), 1, 28);
        Assert.InRange(Worst("discoverWeeklyShown"), 1, 28);

        double Worst(string name) => json.GetProperty(name).GetProperty("worst").GetDouble();
    }

    [Fact]
    public async Task Playlists_OfAnEventFile_AreMeasuredRecipeByRecipe()
    {
        using var folder = new DataFolder();
        var events = folder.Write("events.tsv", ["ts\tuser\ttrack\tartist", .. Events()]);

        var result = await folder.RunAsync(["evaluate", "playlists", "--quick", "--events", events, "--json"]);

        Assert.True(result.Code is 0 or 1, result.Error);
        var json = result.Json;
        Assert.Equal(20, json.GetProperty("cases").GetInt32());
        var mixes = json.GetProperty("recipes").EnumerateArray().Single(r => Named(r, "daily-mix"));
        // Everybody goes on with what they played: half of a mix is that.
        Assert.InRange(mixes.GetProperty("precision").GetDouble(), 0.1, 1);
        Assert.InRange(mixes.GetProperty("unheard").GetDouble(), 0, 0.9);
        Assert.InRange(mixes.GetProperty("artistDiversity").GetDouble(), 0.01, 1);
        Assert.InRange(mixes.GetProperty("coverage").GetDouble(), 0.1, 1);
        Assert.True(json.GetProperty("mostOfOneArtist").GetInt32() <= json.GetProperty("artistCap").GetInt32());
        Assert.Equal(result.Code == 0, json.GetProperty("shareOfBest").GetDouble() >= 0.9);
        Assert.Equal(3, json.GetProperty("singles").GetArrayLength());
    }

    [Real30MusicFact]
    public async Task Playlists_On30Music_MixesFindNineTenthsOfTheBestSingleModel()
    {
        using var folder = new DataFolder();

        var json = await folder.ReadAsync(
            "evaluate",
            "playlists",
            "--quick",
            "--events",
            Real30MusicFactAttribute.Events
        );

        Assert.True(json.GetProperty("shareOfBest").GetDouble() >= 0.9);
        Assert.True(json.GetProperty("mostOfOneArtist").GetInt32() <= json.GetProperty("artistCap").GetInt32());
    }

    [Theory]
    [InlineData("playlists")]
    [InlineData("adapt", "--genres", "2")]
    [InlineData("adapt", "--listeners", "0")]
    public async Task Options_ThatMakeNoSense_AreUsage(params string[] args)
    {
        using var folder = new DataFolder();

        Assert.Equal(2, (await folder.RunAsync(["evaluate", .. args])).Code);
    }

    private static bool Named(System.Text.Json.JsonElement recipe, string name) =>
        recipe.GetProperty("recipe").GetString() == name;

    /// <summary>Twenty listeners of two circles who play forty of their circle's tracks, and a few again later.</summary>
    private static IEnumerable<string> Events()
    {
        var random = new Random(7);
        for (var hour = 0; hour < 100; hour++)
        {
            for (var user = 0; user < 20; user++)
            {
                var track = (user % 2 * 60) + ((user + random.Next(40)) % 60);
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(hour * Hour) + user}\tu{user}\tt{track}\ta{track / 5}"
                );
            }
        }
    }
}

/// <summary>A fact on 30Music, which the folder named by NOCTURNE_DATA holds; skipped by name without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class Real30MusicFactAttribute : FactAttribute
{
    public Real30MusicFactAttribute()
    {
        if (!File.Exists(Events))
        {
            Skip = "NOCTURNE_DATA does not name a folder with 30music/events.tsv.";
        }
    }

    /// <summary>Its file of events.</summary>
    public static string Events { get; } =
        Path.Combine(Environment.GetEnvironmentVariable("NOCTURNE_DATA") ?? "", "30music", "events.tsv");
}
