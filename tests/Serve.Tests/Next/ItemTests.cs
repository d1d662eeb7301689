using System.Net;
using Nocturne.Domain;
using Nocturne.Nights;

namespace Nocturne.Serve.Tests.Next;

public sealed class ItemTests
{
    private const string Run = "2026-11-20";

    [Fact]
    public async Task Similar_OfAnItem_AreItsNeighboursMostAlikeFirst()
    {
        await using var host = await DiscoveryHost.StartAsync();
        await host.PublishAsync(Run, Worlds.Lines, Worlds.Rows);

        var body = await host.GetAsync("/v1/items/jazz-3/similar?limit=5");

        var items = body.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(5, items.Count);
        Assert.All(
            items,
            item => Assert.StartsWith("jazz-", item.GetProperty("item").GetString(), StringComparison.Ordinal)
        );
        var similarities = items.Select(item => item.GetProperty("similarity").GetDouble()).ToList();
        Assert.Equal(similarities.OrderDescending(), similarities);
        Assert.DoesNotContain(items, item => item.GetProperty("item").GetString() == "jazz-3");
    }

    [Fact]
    public async Task Similar_OfAnUnknownItem_IsNotFound()
    {
        await using var host = await DiscoveryHost.StartAsync();
        await host.PublishAsync(Run, Worlds.Lines, Worlds.Rows);

        await host.GetAsync("/v1/items/nothing/similar", HttpStatusCode.NotFound);
        await host.GetAsync("/v1/artists/nobody", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Artist_WithItemsAndReleases_ShowsTheMostPlayedAndTheNewest()
    {
        await using var host = await DiscoveryHost.StartAsync();
        var lines = Worlds.Lines.ToArray();
        for (var i = 0; i < 4; i++)
        {
            lines[i] = lines[i] with
            {
                Artist = "band",
                ArtistName = "The Band",
                Release = i < 2 ? "First" : "Second",
                Released = new DateOnly(2020 + i, 5, 1),
            };
        }
        int[][] rows = [.. Worlds.Rows, [2, 4, 5], [2, 4, 5], [1, 5]];
        await host.PublishAsync(Run, lines, rows);

        var body = await host.GetAsync("/v1/artists/band?limit=3");

        Assert.Equal("The Band", body.GetProperty("name").GetString());
        Assert.Equal("artist", body.GetProperty("kind").GetString());
        var top = body.GetProperty("top").EnumerateArray().Select(item => item.GetProperty("item").GetString());
        Assert.Equal("rock-2", top.First());
        var similar = body.GetProperty("similar").EnumerateArray().Select(a => a.GetProperty("id").GetString()!);
        Assert.Equal(3, similar.Count());
        Assert.All(similar, id => Assert.StartsWith("artist-rock-", id, StringComparison.Ordinal));
        var releases = body.GetProperty("releases").EnumerateArray().Select(r => r.GetProperty("title").GetString());
        Assert.Equal(["Second", "First"], releases);
    }

    [Fact]
    public async Task Artist_WithANameOnly_IsFoundByTheIdOfTheName()
    {
        await using var host = await DiscoveryHost.StartAsync();
        var lines = Worlds.Lines.ToArray();
        lines[0] = lines[0] with { Artist = null, ArtistName = "Nobody Known" };
        await host.PublishAsync(Run, lines, Worlds.Rows);
        var id = ItemNaming.ArtistOf("nobody  KNOWN")!.Value;

        var body = await host.GetAsync($"/v1/artists/{Uri.EscapeDataString(id.Value)}");

        Assert.Equal("Nobody Known", body.GetProperty("name").GetString());
    }
}
