using System.Net;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;

namespace Nocturne.Serve.Tests.Next;

public sealed class NextTests
{
    private const string Run = "2026-11-20";

    [Fact]
    public async Task Next_InASession_FollowsItAndNotTheOldTaste()
    {
        await using var host = await StartAsync();
        for (var i = 0; i < 6; i++)
        {
            await host.PlayAsync($"rock-{i}", minutesAgo: (3 * 24 * 60) + (i * 4));
        }
        var (taste, _, before) = await host.NextAsync("?limit=6");
        await host.PlayAsync("jazz-0", minutesAgo: 8);
        await host.PlayAsync("jazz-1", minutesAgo: 4);

        var (basis, items, body) = await host.NextAsync("?limit=6");

        Assert.Equal("taste", taste);
        Assert.All(Best(before), item => Assert.StartsWith("rock-", item, StringComparison.Ordinal));
        Assert.Equal("session", basis);
        Assert.All(Best(body), item => Assert.StartsWith("jazz-", item, StringComparison.Ordinal));
        Assert.DoesNotContain("jazz-0", items);
        Assert.DoesNotContain("jazz-1", items);
    }

    [Fact]
    public async Task Next_AfterAnItem_TakesItForJustPlayed()
    {
        await using var host = await StartAsync();
        await host.PlayAsync("rock-1", minutesAgo: 600);

        var (basis, items, body) = await host.NextAsync("?limit=3&after=jazz-4");

        Assert.Equal("session", basis);
        Assert.All(Best(body), item => Assert.StartsWith("jazz-", item, StringComparison.Ordinal));
        Assert.DoesNotContain("jazz-4", items);
    }

    [Fact]
    public async Task Next_AfterASkip_PushesItsNeighboursDown()
    {
        await using var host = await StartAsync();
        await host.PlayAsync("rock-0", minutesAgo: 12);
        await host.PlayAsync("jazz-0", minutesAgo: 8);
        var (_, _, before) = await host.NextAsync("?limit=4");
        await host.PlayAsync("jazz-1", minutesAgo: 4, msPlayed: 2_000, end: PlayEnd.Skipped);

        var (_, _, body) = await host.NextAsync("?limit=4");

        // The later of two songs leads, until one of its kind is skipped.
        Assert.StartsWith("jazz-", Best(before)[0], StringComparison.Ordinal);
        Assert.StartsWith("rock-", Best(body)[0], StringComparison.Ordinal);
        Assert.All(body.GetProperty("playlist").GetProperty("tracks").EnumerateArray(), Adds);
    }

    [Fact]
    public async Task Next_OfHatedItemsAndArtists_PlaysNone()
    {
        await using var host = await StartAsync();
        await host.PlayAsync("rock-0", minutesAgo: 4);
        await host.OpineAsync("rock-3", null, -1);
        await host.OpineAsync(null, "artist-rock-4", -1);

        var (_, items, _) = await host.NextAsync("?limit=24");

        Assert.NotEmpty(items);
        Assert.DoesNotContain("rock-3", items);
        Assert.DoesNotContain("rock-4", items);
    }

    [Fact]
    public async Task Next_OfWhoHatesMoreThanTheHeadHolds_PlaysNoneOfThem()
    {
        await using var host = await StartAsync();
        await host.OpineAsync("rock-3", null, -1);
        for (var i = 0; i < 60; i++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await host.OpineAsync($"something-else-with-a-long-id-{new string('x', 64)}-{i}", null, -1);
        }
        await host.PlayAsync("rock-0", minutesAgo: 4);
        var profile = await host.Listeners.ReadProfileAsync(DiscoveryHost.Alice, default);

        var (_, items, _) = await host.NextAsync("?limit=24");

        Assert.DoesNotContain(new ItemId("rock-3"), profile!.Statements.HatedItems);
        Assert.DoesNotContain("rock-3", items);
    }

    [Fact]
    public async Task Next_OfExplicitAndUnavailableItems_KeepsTheListenersSettings()
    {
        await using var host = await DiscoveryHost.StartAsync();
        var lines = Worlds.Lines.ToArray();
        lines[2] = lines[2] with { Explicit = true };
        lines[3] = lines[3] with { Markets = ["US"] };
        await host.PublishAsync(Run, lines, Worlds.Rows);
        await host.ApplyAsync(
            new SettingsEvent
            {
                Listener = DiscoveryHost.Alice,
                Id = new EventId("settings"),
                StartedAt = host.At(0),
                ReceivedAt = host.At(0),
                Market = "CH",
                Explicit = false,
            }
        );
        await host.PlayAsync("rock-0", minutesAgo: 4);

        var (_, items, _) = await host.NextAsync("?limit=24");

        Assert.Contains("rock-5", items);
        Assert.DoesNotContain("rock-2", items);
        Assert.DoesNotContain("rock-3", items);
    }

    [Fact]
    public async Task Next_OfOneRecordingUnderTwoIds_PlaysItOnce()
    {
        await using var host = await DiscoveryHost.StartAsync();
        var lines = Worlds.Lines.ToArray();
        lines[2] = lines[2] with { Isrc = "DEA123456789" };
        lines[3] = lines[3] with { Isrc = "DE-A12-34-56789" };
        await host.PublishAsync(Run, lines, Worlds.Rows);
        await host.PlayAsync("rock-0", minutesAgo: 4);

        var (_, items, _) = await host.NextAsync("?limit=24");

        Assert.Single(items, item => item is "rock-2" or "rock-3");
    }

    [Fact]
    public async Task Next_AskedAgain_IsTheSame_AndItsReasonsAddUp()
    {
        await using var host = await StartAsync();
        await host.PlayAsync("rock-0", minutesAgo: 8);
        await host.PlayAsync("jazz-0", minutesAgo: 4);

        var (_, _, body) = await host.NextAsync("?limit=10");
        var (_, _, again) = await host.NextAsync("?limit=10");

        Assert.Equal(body.GetRawText(), again.GetRawText());
        var playlist = PlaylistJson.Parse(
            System.Text.Encoding.UTF8.GetBytes(body.GetProperty("playlist").GetRawText())
        );
        Assert.Equal(PlaylistKind.Next, playlist.Kind);
        Assert.All(playlist.Tracks, track => Assert.InRange(track.Propensity, 0.000000001m, 1m));
        Assert.Contains(playlist.Tracks, track => track.Reason.Seeds.Any(seed => seed.Item.Value == "jazz-0"));
        Assert.Equal(Run, body.GetProperty("run").GetString());
    }

    [Fact]
    public async Task Next_OfAnUnknownListener_IsPopularAndSaysSo()
    {
        await using var host = await StartAsync();

        var body = await host.GetAsync("/v1/listeners/nobody/next?limit=5");

        Assert.Equal("general", body.GetProperty("basis").GetString());
        var playlist = body.GetProperty("playlist");
        Assert.StartsWith("A general list", playlist.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(5, playlist.GetProperty("tracks").GetArrayLength());
        Assert.Equal(
            "popular",
            playlist.GetProperty("tracks")[0].GetProperty("reason").GetProperty("kind").GetString()
        );
    }

    [Fact]
    public async Task Next_BeforeTheFirstNight_IsOfWhatWasPlayedAndSaysSo()
    {
        await using var host = await DiscoveryHost.StartAsync();
        await host.PlayAsync("rock-0", minutesAgo: 8);
        await host.PlayAsync("rock-1", minutesAgo: 4);

        var (basis, items, body) = await host.NextAsync();

        Assert.Equal("general", basis);
        Assert.Equal(["rock-0", "rock-1"], items.Order(StringComparer.Ordinal));
        Assert.False(body.TryGetProperty("run", out _));
    }

    [Fact]
    public async Task Next_WhenThePointerMoves_IsSoonByTheNewNight()
    {
        await using var host = await StartAsync();
        await host.PlayAsync("rock-0", minutesAgo: 4);
        await host.NextAsync();
        await host.PublishAsync("2026-11-21", Worlds.Lines[..12], [.. Worlds.Rows[..30]]);

        await Nocturne.Testing.Eventually.TrueAsync(
            async () => (await host.NextAsync()).Body.GetProperty("run").GetString() == "2026-11-21",
            "the new night is served"
        );
    }

    [Fact]
    public async Task Next_WhenTheNewNightIsDamaged_StaysWithTheOldOne()
    {
        await using var host = await StartAsync();
        await host.PlayAsync("rock-0", minutesAgo: 4);
        await host.NextAsync();
        await host.PublishAsync("2026-11-21", Worlds.Lines, Worlds.Rows);
        await host.PutAsync(NightObjects.Model(RunId.Parse("2026-11-21"), RunObjects.NeighboursName), [1, 2, 3]);

        for (var i = 0; i < 20; i++)
        {
            var (basis, _, body) = await host.NextAsync();
            Assert.Equal("session", basis);
            Assert.Equal(Run, body.GetProperty("run").GetString());
        }
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=101")]
    [InlineData("?limit=x")]
    [InlineData("?limit=-1")]
    [InlineData("?after=%00")]
    public async Task Next_OfABadRequest_IsRefusedWithTheRemedy(string query)
    {
        await using var host = await StartAsync();

        var problem = await host.GetAsync($"/v1/listeners/alice/next{query}", HttpStatusCode.BadRequest);

        Assert.NotEqual("", problem.GetProperty("detail").GetString());
    }

    /// <summary>The items that are the best of their slots: now and then a slot is drawn from the others.</summary>
    private static List<string> Best(System.Text.Json.JsonElement body)
    {
        var best = body.GetProperty("playlist")
            .GetProperty("tracks")
            .EnumerateArray()
            .Where(track => track.GetProperty("propensity").GetDouble() > 0.5)
            .Select(track => track.GetProperty("item").GetString()!)
            .ToList();
        Assert.True(best.Count >= 2, "Most slots hold their best.");
        return best;
    }

    private static void Adds(System.Text.Json.JsonElement track)
    {
        var reason = track.GetProperty("reason");
        var sum = reason.GetProperty("seeds").EnumerateArray().Sum(seed => seed.GetProperty("term").GetInt64());
        foreach (var part in (string[])["others", "base"])
        {
            sum += reason.TryGetProperty(part, out var value) ? value.GetInt64() : 0;
        }
        Assert.Equal(reason.GetProperty("score").GetInt64(), sum);
    }

    private static async Task<DiscoveryHost> StartAsync()
    {
        var host = await DiscoveryHost.StartAsync();
        await host.PublishAsync(Run, Worlds.Lines, Worlds.Rows);
        return host;
    }
}
