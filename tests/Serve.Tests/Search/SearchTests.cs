using System.Net;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Serve.Tests.Next;

namespace Nocturne.Serve.Tests.Search;

public sealed class SearchTests
{
    private const string Run = "2026-11-20";

    private static readonly CatalogueLine[] Lines =
    [
        Track("t1", "Bohemian Rhapsody", "queen", "Queen", "A Night at the Opera"),
        Track("t2", "Bohemian Like You", "dandy", "The Dandy Warhols", "Thirteen Tales"),
        Track("t3", "Enter Sandman", "metallica", "Metallica", "Metallica"),
        Track("t4", "Jóga", "bjork", "Björk", "Homogenic"),
        Track("t5", "Killer Queen", "queen", "Queen", "Sheer Heart Attack"),
        Track("t6", "Dancing Queen", "abba", "ABBA", "Arrival") with
        {
            Explicit = true,
        },
        Track("t7", "Bohemian Rhapsody (Remastered 2011)", "queen", "Queen", "Greatest Hits") with
        {
            Markets = ["US"],
        },
        Track("e1", "The Opera, Explained", "show-opera", "Opera Today", null) with
        {
            Kind = ItemKind.Episode,
        },
        Track("t8", "Sonata", null, "Nobody Known", null),
    ];

    [Theory]
    [InlineData("queen", "queen")] // whole
    [InlineData("que", "queen")] // begun
    [InlineData("metalica", "metallica")] // a letter too few, of eight
    [InlineData("metlalica", "metallica")] // two errors
    [InlineData("quene", "queen")] // swapped, of five
    [InlineData("metalli", "metallica")]
    [InlineData("metali", "metallica")] // begun and mistyped
    [InlineData("bjork", "bjork")]
    [InlineData("BJÖRK", "bjork")]
    public async Task Search_ForAnArtist_FindsThemFirst(string query, string artist)
    {
        await using var host = await StartAsync();

        var body = await host.GetAsync($"/v1/search?q={Uri.EscapeDataString(query)}");

        Assert.Equal(artist, Ids(body, "artists", "id").First());
    }

    [Theory]
    [InlineData("bohemian rhapsody", "t1")]
    [InlineData("queen bohem", "t1")]
    [InlineData("rhapsody queen", "t1")]
    [InlineData("bohemian dandy", "t2")]
    [InlineData("joga", "t4")]
    public async Task Search_ForATrack_FindsItFirst(string query, string item)
    {
        await using var host = await StartAsync();

        var body = await host.GetAsync($"/v1/search?q={Uri.EscapeDataString(query)}");

        Assert.Equal(item, Ids(body, "tracks").First());
    }

    [Fact]
    public async Task Search_OfEverything_GroupsArtistsTracksShowsAndEpisodes()
    {
        await using var host = await StartAsync();

        var body = await host.GetAsync("/v1/search?q=opera");

        Assert.Equal(["show-opera"], Ids(body, "shows", "id"));
        Assert.Equal(["e1"], Ids(body, "episodes"));
        Assert.Equal(["t1"], Ids(body, "tracks")); // by its album, and once for its two items
        Assert.Empty(Ids(body, "artists", "id"));
    }

    [Fact]
    public async Task Search_InAListenersTaste_PutsTheirsFirst()
    {
        await using var host = await StartAsync();
        var before = Ids(await host.GetAsync("/v1/search?q=bohemian&listener=alice"), "tracks");
        for (var i = 0; i < 5; i++)
        {
            await host.PlayAsync("t2", minutesAgo: 10 + i);
        }

        var after = Ids(await host.GetAsync("/v1/search?q=bohemian&listener=alice"), "tracks");
        var byPath = Ids(await host.GetAsync("/v1/listeners/alice/search?q=bohemian"), "tracks");
        var anybody = Ids(await host.GetAsync("/v1/search?q=bohemian"), "tracks");

        Assert.Equal(["t1", "t2"], before);
        Assert.Equal(["t2", "t1"], after);
        Assert.Equal(after, byPath);
        Assert.Equal(before, anybody);
    }

    [Fact]
    public async Task Search_InAListenersTaste_ShowsWhatTheyMayPlay()
    {
        await using var host = await StartAsync();
        await host.ApplyAsync(
            new SettingsEvent
            {
                Listener = DiscoveryHost.Alice,
                Id = new EventId("settings"),
                StartedAt = host.At(0),
                ReceivedAt = host.At(0),
                Market = "US",
                Explicit = false,
            }
        );

        var queens = Ids(await host.GetAsync("/v1/search?q=queen&kind=track&listener=alice"), "tracks");

        Assert.Contains("t5", queens);
        Assert.DoesNotContain("t6", queens);
    }

    [Fact]
    public async Task Search_InAnotherListenersTaste_IsForbidden()
    {
        await using var host = await StartAsync();

        await host.GetAsync("/v1/search?q=queen&listener=bob", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Search_OfOneKind_IsPagedToItsEnd()
    {
        await using var host = await DiscoveryHost.StartAsync();
        await host.PublishAsync(Run, Worlds.Lines, Worlds.Rows);
        var seen = new List<string>();
        var cursor = "";
        do
        {
            var body = await host.GetAsync($"/v1/search?q=song&kind=track&limit=5{cursor}");
            seen.AddRange(Ids(body, "tracks"));
            cursor = body.TryGetProperty("cursor", out var next) ? $"&cursor={next.GetString()}" : "";
        } while (cursor.Length > 0);

        Assert.Equal(Worlds.Lines.Length, seen.Count);
        Assert.Equal(seen.Count, seen.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("?q=")]
    [InlineData("?q=%20%20")]
    [InlineData("?q=a&kind=album")]
    [InlineData("?q=a&limit=51")]
    [InlineData("?q=a&cursor=MTA")]
    [InlineData("?q=a&kind=track&cursor=%00")]
    [InlineData("?q=a&kind=track&cursor=LTE")]
    [InlineData("?q=a&listener=%00")]
    public async Task Search_OfABadRequest_IsRefusedWithTheRemedy(string query)
    {
        await using var host = await StartAsync();

        var problem = await host.GetAsync($"/v1/search{query}", HttpStatusCode.BadRequest);

        Assert.NotEqual("", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("' OR 1=1 --")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("{\"$gt\":\"\"}")]
    [InlineData("../../../etc/passwd")]
    [InlineData("!!!")]
    [InlineData("\ud83c\udfb5\u202e")]
    public async Task Search_ForAnything_IsOnlyEverText(string query)
    {
        await using var host = await StartAsync();

        var body = await host.GetAsync($"/v1/search?q={Uri.EscapeDataString(query)}");

        Assert.Empty(Ids(body, "artists", "id"));
    }

    [Fact]
    public async Task Search_LongerThanItMayBe_IsRefused()
    {
        await using var host = await StartAsync();

        await host.GetAsync($"/v1/search?q={new string('a', 101)}", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Search_BeforeTheFirstNight_FindsNothing()
    {
        await using var host = await DiscoveryHost.StartAsync();

        var body = await host.GetAsync("/v1/search?q=queen");

        Assert.Empty(Ids(body, "tracks"));
        Assert.False(body.TryGetProperty("run", out _));
    }

    [Fact]
    public async Task Search_OfTheSameNight_IsNotModified()
    {
        await using var host = await StartAsync();
        using var first = await host.Client.GetAsync(new Uri("/v1/search?q=queen", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/search?q=queen", UriKind.Relative));
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var again = await host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(
            "private, max-age=60",
            first
                .Headers.CacheControl!.ToString()
                .Replace("max-age=60, private", "private, max-age=60", StringComparison.Ordinal)
        );
    }

    private static async Task<DiscoveryHost> StartAsync()
    {
        var host = await DiscoveryHost.StartAsync();
        // The more listeners, the earlier in the catalogue.
        await host.PublishAsync(
            Run,
            Lines,
            [.. Enumerable.Range(0, Lines.Length).Select(u => Enumerable.Range(0, u + 1).ToArray())]
        );
        return host;
    }

    private static List<string> Ids(JsonElement body, string group, string name = "item") =>
        [.. body.GetProperty(group).EnumerateArray().Select(hit => hit.GetProperty(name).GetString()!)];

    private static CatalogueLine Track(string item, string title, string? artist, string? artistName, string? album) =>
        new()
        {
            Item = item,
            Title = title,
            Artist = artist,
            ArtistName = artistName,
            Release = album,
        };
}
