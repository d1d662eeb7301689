using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using Nocturne.Domain;

namespace Nocturne.Serve.Tests.Access;

public sealed class ListenerRouteTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData("?format=json", null, "application/json")]
    [InlineData("?format=jspf", null, "application/jspf+json")]
    [InlineData("?format=xspf", null, "application/xspf+xml")]
    [InlineData("?format=m3u8", null, "application/vnd.apple.mpegurl")]
    [InlineData("", "application/xspf+xml", "application/xspf+xml")]
    [InlineData("", "*/*", "application/json")]
    [InlineData("?format=json", "application/jspf+json", "application/json")]
    public async Task Playlist_InEachFormat_HasItsTypeAndIsWellFormed(string query, string? accept, string type)
    {
        await using var host = await ServeHost.StartAsync();
        await host.PublishAsync();

        using var response = await host.SendAsync(
            "GET",
            $"/v1/listeners/alice/playlists/on-repeat{query}",
            $"Bearer {host.AliceToken}",
            null,
            accept is null ? [] : [("Accept", accept)]
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        if (type.EndsWith("json", StringComparison.Ordinal))
        {
            using var json = JsonDocument.Parse(text);
        }
        else if (type.EndsWith("xml", StringComparison.Ordinal))
        {
            Assert.Contains(
                "One & <Only>",
                XDocument
                    .Parse(text)
                    .ToString()
                    .Replace("&amp;", "&", StringComparison.Ordinal)
                    .Replace("&lt;", "<", StringComparison.Ordinal)
                    .Replace("&gt;", ">", StringComparison.Ordinal),
                StringComparison.Ordinal
            );
        }
        else
        {
            Assert.StartsWith("#EXTM3U", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Answers_WithTheirETag_AreNotSentAgainUntilTheyChange()
    {
        await using var host = await ServeHost.StartAsync();
        await host.ApplyAsync(ServeHost.Alice, ServeHost.Play(1, Now.AddHours(-2)));
        var token = $"Bearer {host.AliceToken}";

        using var first = await host.SendAsync("GET", "/v1/listeners/alice/profile", token);
        var tag = first.Headers.ETag!.ToString();
        using var same = await host.SendAsync(
            "GET",
            "/v1/listeners/alice/profile",
            token,
            null,
            ("If-None-Match", $"\"x\", W/{tag}")
        );
        await host.ApplyAsync(ServeHost.Alice, ServeHost.Play(2, Now.AddHours(-1)));
        using var changed = await host.SendAsync(
            "GET",
            "/v1/listeners/alice/profile",
            token,
            null,
            ("If-None-Match", tag)
        );
        using var refused = await host.SendAsync(
            "GET",
            "/v1/listeners/alice/profile",
            $"Bearer {host.BobToken}",
            null,
            ("If-None-Match", tag)
        );

        Assert.Equal(
            "private, no-cache",
            first
                .Headers.CacheControl?.ToString()
                .Replace("no-cache, private", "private, no-cache", StringComparison.Ordinal)
        );
        Assert.Equal(
            (HttpStatusCode.NotModified, 0),
            (same.StatusCode, (await same.Content.ReadAsByteArrayAsync()).Length)
        );
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(200)]
    public async Task History_PageByPage_IsEveryPlayOnceTheLatestFirst(int limit)
    {
        await using var host = await ServeHost.StartAsync();
        // Several in one moment, gaps of years, more than a page.
        var plays = Enumerable
            .Range(0, 40)
            .Select(i => ServeHost.Play(i, Now.AddDays(-(i / 3 * i)).AddHours(-1)))
            .ToArray();
        await host.ApplyAsync(ServeHost.Alice, plays);
        var seen = new List<string>();
        string? cursor = null;

        do
        {
            var (status, page) = await host.AskAsync(
                "GET",
                $"/v1/listeners/alice/history?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}",
                host.AliceToken
            );
            Assert.Equal(200, status);
            Assert.InRange(page.GetProperty("plays").GetArrayLength(), 1, limit);
            seen.AddRange(
                page.GetProperty("plays").EnumerateArray().Select(p => p.GetProperty("event_id").GetString()!)
            );
            cursor = page.GetProperty("next").GetString();
        } while (cursor is not null);

        var expected = plays
            .OrderByDescending(p => p.StartedAt.UnixMilliseconds)
            .ThenByDescending(p => p.Id.Value, StringComparer.Ordinal)
            .Select(p => p.Id.Value);
        Assert.Equal(expected, seen);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=ten")]
    [InlineData("cursor=nonsense")]
    [InlineData("cursor=%22")]
    public async Task History_AMadeUpParameter_IsRefused(string query)
    {
        await using var host = await ServeHost.StartAsync();

        var (status, problem) = await host.AskAsync("GET", $"/v1/listeners/alice/history?{query}", host.AliceToken);

        Assert.Equal(400, status);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task Feedback_Given_IsInTheProfile()
    {
        await using var host = await ServeHost.StartAsync();

        var (status, _) = await host.AskAsync(
            "POST",
            "/v1/listeners/alice/feedback",
            host.AliceToken,
            """{"item":"t1","score":1}"""
        );
        var (artist, _) = await host.AskAsync(
            "POST",
            "/v1/listeners/alice/feedback",
            host.AliceToken,
            """{"artist":"a1","score":-1}"""
        );
        await host.IngestAsync();
        var (_, profile) = await host.AskAsync("GET", "/v1/listeners/alice/profile", host.AliceToken);

        Assert.Equal((202, 202), (status, artist));
        Assert.Equal("t1", Assert.Single(profile.GetProperty("liked_items").EnumerateArray()).GetString());
        Assert.Equal("a1", Assert.Single(profile.GetProperty("hated_artists").EnumerateArray()).GetString());
    }

    [Theory]
    [InlineData("feedback", """{"score":1}""")]
    [InlineData("feedback", """{"item":"i","artist":"a","score":1}""")]
    [InlineData("feedback", """{"item":"i","score":2}""")]
    [InlineData("feedback", """{"item":"i","score":"1"}""")]
    [InlineData("feedback", """{"item":"\ud800","score":1}""")]
    [InlineData("taste/excludes", """{"target":"mood","value":"v"}""")]
    [InlineData("taste/excludes", """{"target":"device"}""")]
    [InlineData("taste/excludes", """{"target":"device","value":"v","on":1}""")]
    public async Task Statements_ThatSayNothing_AreUnprocessableAndSaidSo(string route, string body)
    {
        await using var host = await ServeHost.StartAsync();

        var (status, problem) = await host.AskAsync("POST", $"/v1/listeners/alice/{route}", host.AliceToken, body);

        Assert.Equal(422, status);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        Assert.Empty(host.Topics.Events);
    }

    [Fact]
    public async Task Excludes_SetAndTakenBack_ChangeTheTasteRetroactively()
    {
        await using var host = await ServeHost.StartAsync();
        await host.ApplyAsync(ServeHost.Alice, ServeHost.Play(1, Now.AddHours(-2)));

        var (set, _) = await host.AskAsync(
            "POST",
            "/v1/listeners/alice/taste/excludes",
            host.AliceToken,
            """{"target":"device","value":"radio"}"""
        );
        await host.IngestAsync();
        var (_, excluded) = await host.AskAsync("GET", "/v1/listeners/alice/profile", host.AliceToken);
        var (_, listed) = await host.AskAsync("GET", "/v1/listeners/alice/taste/excludes", host.AliceToken);
        await Task.Delay(2); // the later statement holds, to the millisecond
        await host.AskAsync(
            "POST",
            "/v1/listeners/alice/taste/excludes",
            host.AliceToken,
            """{"target":"device","value":"radio","on":false}"""
        );
        await host.IngestAsync();
        var (_, back) = await host.AskAsync("GET", "/v1/listeners/alice/profile", host.AliceToken);
        var (_, none) = await host.AskAsync("GET", "/v1/listeners/alice/taste/excludes", host.AliceToken);

        Assert.Equal(202, set);
        Assert.Equal(1, excluded.GetProperty("totals").GetProperty("excluded_plays").GetInt64());
        Assert.Equal("radio", listed.GetProperty("excludes")[0].GetProperty("value").GetString());
        Assert.Equal(1, back.GetProperty("totals").GetProperty("plays").GetInt64());
        Assert.Equal(0, none.GetProperty("excludes").GetArrayLength());
    }

    [Fact]
    public async Task Blend_FromMakingToLeaving_IsItsMembersOnly()
    {
        await using var host = await ServeHost.StartAsync();
        async Task<(int Status, string? Id)> MakeAsync()
        {
            using var made = await host.SendAsync(
                "POST",
                "/v1/listeners/alice/blends",
                $"Bearer {host.AliceToken}",
                null,
                ("Idempotency-Key", "0123456789abcdef")
            );
            var named = JsonDocument
                .Parse(await made.Content.ReadAsStringAsync())
                .RootElement.GetProperty("blend")
                .GetString();
            Assert.EndsWith($"/blends/{named}", made.Headers.Location!.ToString(), StringComparison.Ordinal);
            return ((int)made.StatusCode, named);
        }

        var (status, id) = await MakeAsync();
        var (again, same) = await MakeAsync();
        var (hidden, _) = await host.AskAsync("GET", $"/v1/listeners/bob/blends/{id}", host.BobToken);
        var (joined, blend) = await host.AskAsync("PUT", $"/v1/listeners/bob/blends/{id}", host.BobToken);
        var (shown, seen) = await host.AskAsync("GET", $"/v1/listeners/bob/blends/{id}", host.BobToken);
        var (forbidden, _) = await host.AskAsync("DELETE", $"/v1/listeners/alice/blends/{id}", host.BobToken);
        var (left, _) = await host.AskAsync("DELETE", $"/v1/listeners/bob/blends/{id}", host.BobToken);
        var (gone, _) = await host.AskAsync("GET", $"/v1/listeners/bob/blends/{id}", host.BobToken);
        var (_, list) = await host.AskAsync("GET", "/v1/listeners/alice/blends", host.AliceToken);
        var (unknown, _) = await host.AskAsync("PUT", "/v1/listeners/bob/blends/nowhere", host.BobToken);

        Assert.Equal((201, 201, id), (status, again, same));
        Assert.Equal((404, 200, 200, 403, 204, 404, 404), (hidden, joined, shown, forbidden, left, gone, unknown));
        Assert.Equal(["alice", "bob"], blend.GetProperty("members").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("made").ValueKind);
        Assert.Equal(id, Assert.Single(list.GetProperty("blends").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Operator_MayActForAnyListener_AndAListenersTokenForItsOwn()
    {
        await using var host = await ServeHost.StartAsync();
        await host.ApplyAsync(ServeHost.Alice, ServeHost.Play(1, Now.AddHours(-2)));
        var secret = (await host.Tokens.CreateAsync(ServeHost.Alice, "player", default)).Secret;

        var (operators, _) = await host.AskAsync("GET", "/v1/listeners/alice/profile", host.OperatorToken);
        using var own = await host.SendAsync("GET", "/v1/listeners/alice/profile", $"Token {secret}");
        using var other = await host.SendAsync("GET", "/v1/listeners/bob/profile", $"Token {secret}");

        Assert.Equal(200, operators);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (own.StatusCode, other.StatusCode));
    }
}
