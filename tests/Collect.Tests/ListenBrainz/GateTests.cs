using System.Net;
using System.Text.Json;

namespace Nocturne.Collect.Tests.ListenBrainz;

/// <summary>What stands before every route: tokens, rates, CORS, and the form of errors.</summary>
public sealed class GateTests
{
    [Fact]
    public async Task ValidateToken_SaysWhoseItIs_AndThatABadOneIsBadWith200()
    {
        await using var host = await CollectHost.StartAsync();

        var good = await host.AskAsync("GET", "/1/validate-token");
        var query = await host.AskAsync("GET", $"/1/validate-token?token={host.Token}", authorization: "");
        var bad = await host.AskAsync(
            "GET",
            "/1/validate-token",
            authorization: "Token 00000000-0000-4000-8000-000000000000"
        );
        var none = await host.AskAsync("GET", "/1/validate-token", authorization: "");

        Assert.Equal(
            """{"code":200,"message":"Token valid.","valid":true,"user_name":"alice"}""",
            good.Body.GetRawText()
        );
        Assert.Equal(good.Body.GetRawText(), query.Body.GetRawText());
        Assert.Equal(200, bad.Status);
        Assert.Equal("""{"code":200,"message":"Token invalid.","valid":false}""", bad.Body.GetRawText());
        Assert.Equal((400, 400), (none.Status, none.Body.GetProperty("code").GetInt32()));
    }

    [Theory]
    [InlineData("", "You need to provide an Authorization header.")]
    [InlineData("Token", "Provided Authorization header is invalid.")]
    [InlineData("Token ", "Provided Authorization header is invalid.")]
    [InlineData("Token nonsense", "Invalid authorization token.")]
    [InlineData("Token 00000000-0000-4000-8000-000000000000", "Invalid authorization token.")]
    public async Task Request_WithoutAGoodToken_IsRefusedWithListenBrainzsText(string authorization, string text)
    {
        await using var host = await CollectHost.StartAsync();
        (string Method, string Path)[] routes =
        [
            ("POST", "/1/submit-listens"),
            ("POST", "/1/delete-listen"),
            ("POST", "/1/playing-now/delete"),
            ("POST", "/1/feedback/recording-feedback"),
            ("POST", "/1/recommendation/feedback/submit"),
            ("GET", "/1/user/alice/listens"),
            ("GET", "/1/user/alice/listen-count"),
            ("GET", "/1/user/alice/playing-now"),
            ("GET", "/1/user/alice/similar-users"),
            ("GET", "/1/user/alice/playlists/createdfor"),
            ("GET", "/1/user/alice/fresh_releases"),
            ("GET", "/1/cf/recommendation/user/alice/recording"),
            ("GET", "/1/feedback/user/alice/get-feedback"),
            ("GET", $"/1/playlist/{Bodies.Mbid}"),
        ];

        foreach (var (method, path) in routes)
        {
            var (status, body) = await host.AskAsync(
                method,
                path,
                method == "POST" ? Bodies.Single() : null,
                authorization
            );

            Assert.Equal((path, 401, 401, text), (path, status, body.GetProperty("code").GetInt32(), body.Error()));
        }
        Assert.Empty(host.Topic.Messages);
    }

    [Theory]
    [InlineData("Token ")]
    [InlineData("token ")]
    [InlineData("TOKEN   ")]
    [InlineData("Bearer ")]
    [InlineData("Jeton ")]
    public async Task Scheme_WhateverItIs_IsNotRead(string scheme)
    {
        await using var host = await CollectHost.StartAsync();

        Assert.Equal(
            200,
            (await host.AskAsync("POST", "/1/submit-listens", Bodies.Single(), scheme + host.Token)).Status
        );
    }

    [Theory]
    [InlineData("/1/user/bob/listens")]
    [InlineData("/1/user/Alice/listen-count")]
    [InlineData("/1/user/..%2Fbob/playing-now")]
    [InlineData("/1/feedback/user/bob/get-feedback")]
    [InlineData("/1/user/bob/playlists/createdfor")]
    [InlineData("/1/cf/recommendation/user/bob/recording")]
    [InlineData("/1/user/bob/similar-users")]
    [InlineData("/1/stats/user/bob/artists")]
    public async Task OtherUser_DoesNotExistForAToken(string path)
    {
        await using var host = await CollectHost.StartAsync();

        var (status, body) = await host.AskAsync("GET", path);

        Assert.Equal((404, 404), (status, body.GetProperty("code").GetInt32()));
        Assert.StartsWith("Cannot find user: ", body.Error(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/1")]
    [InlineData("/apis/listenbrainz/1")]
    [InlineData("/1/1")]
    [InlineData("/1/submit-listens/1")]
    public async Task Mounts_AnswerAlike(string mount)
    {
        await using var host = await CollectHost.StartAsync();

        var valid = await host.AskAsync("GET", $"{mount}/validate-token");
        var submitted = await host.AskAsync("POST", $"{mount}/submit-listens", Bodies.Single());
        var root = await host.AskAsync("POST", $"{mount}/", Bodies.Single());
        var count = await host.AskAsync("GET", $"{mount}/user/alice/listen-count");

        Assert.Equal((200, 200, 200, 200), (valid.Status, submitted.Status, root.Status, count.Status));
        Assert.True(valid.Body.GetProperty("valid").GetBoolean());
    }

    [Theory]
    [InlineData("GET", "/1/")]
    [InlineData("GET", "/1/nothing/here")]
    [InlineData("GET", "/1/submit-listens")]
    [InlineData("PUT", "/1/validate-token")]
    [InlineData("DELETE", "/apis/listenbrainz/1/user/alice")]
    [InlineData("GET", "/1/metadata/lookup?artist_name=a&recording_name=b")]
    public async Task Unknown_IsJsonWithACode(string method, string path)
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.SendAsync(method, path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(404, body.GetProperty("code").GetInt32());
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    [Theory]
    [InlineData("/1/submit-listens")]
    [InlineData("/apis/listenbrainz/1/user/alice/listens")]
    public async Task Options_OfABrowser_AreAnsweredWithoutAToken(string path)
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.SendAsync("OPTIONS", path, authorization: "");

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("*", Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal("Authorization, Content-Type", Header(response, "Access-Control-Allow-Headers"));
        Assert.Equal("21600", Header(response, "Access-Control-Max-Age"));
        Assert.Contains("POST", Header(response, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateHeaders_AreIntegersOnEveryAnswer()
    {
        await using var host = await CollectHost.StartAsync();
        foreach (
            var (path, authorization) in new[]
            {
                ("/1/validate-token", null),
                ("/1/nothing", null),
                ("/1/user/alice/listens", ""),
                ("/1/user/alice/listens", (string?)null),
            }
        )
        {
            using var response = await host.SendAsync("GET", path, authorization: authorization);
            foreach (var name in new[] { "Limit", "Remaining", "Reset-In", "Reset" })
            {
                Assert.True(long.TryParse(Header(response, $"X-RateLimit-{name}"), out var number) && number >= 0);
            }
        }
    }

    [Fact]
    public async Task Requests_OverTheRate_Are429ButASubmissionIs503()
    {
        await using var host = await CollectHost.StartAsync(o => o.RequestsPerToken = 1);
        Assert.Equal(200, (await host.AskAsync("GET", "/1/user/alice/listen-count")).Status);

        using var read = await host.SendAsync("GET", "/1/user/alice/listen-count");
        using var submission = await host.SendAsync("POST", "/1/submit-listens", Bodies.Single());

        Assert.Equal(HttpStatusCode.TooManyRequests, read.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, submission.StatusCode);
        foreach (var response in new[] { read, submission })
        {
            var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal((int)response.StatusCode, body.GetProperty("code").GetInt32());
            Assert.Equal("10", Header(response, "X-RateLimit-Reset-In"));
            Assert.Equal("0", Header(response, "X-RateLimit-Remaining"));
            Assert.Equal(TimeSpan.FromSeconds(10), response.Headers.RetryAfter?.Delta);
        }
        host.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, (await host.AskAsync("POST", "/1/submit-listens", Bodies.Single())).Status);
    }

    [Fact]
    public async Task Submission_OverTheRateOfItsAddress_Is503Too()
    {
        await using var host = await CollectHost.StartAsync(o => o.RequestsPerAddress = 1);
        await host.AskAsync("GET", "/1/validate-token");

        Assert.Equal(503, (await host.AskAsync("POST", "/1/submit-listens", Bodies.Single())).Status);
    }

    [Fact]
    public async Task Addresses_BehindAProxy_AreThoseItSaw()
    {
        await using var host = await CollectHost.StartAsync(o =>
        {
            o.RequestsPerAddress = 1;
            o.TrustedProxies = 1;
        });

        Assert.Equal(HttpStatusCode.OK, await FromAsync("6.6.6.6, 10.0.0.1"));
        // Whatever the client writes before it, it is the same address.
        Assert.Equal(HttpStatusCode.TooManyRequests, await FromAsync("7.7.7.7, 10.0.0.1"));
        Assert.Equal(HttpStatusCode.OK, await FromAsync("10.0.0.2"));
        Assert.Equal(HttpStatusCode.OK, await FromAsync("2001:db8:1:2:3::4"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await FromAsync("2001:db8:1:2:9::9"));

        async Task<HttpStatusCode> FromAsync(string forwarded)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/1/validate-token?token={host.Token}");
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded);
            using var response = await host.Client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task OtherUsers_AreNotToldOf()
    {
        await using var host = await CollectHost.StartAsync();

        var similar = await host.AskAsync("GET", "/1/user/alice/similar-users");
        var one = await host.AskAsync("GET", "/1/user/alice/similar-to/bob");
        var following = await host.AskAsync("GET", "/1/user/alice/following");
        var followers = await host.AskAsync("GET", "/1/user/alice/followers");
        var statistics = await host.AskAsync("GET", "/1/stats/user/alice/artists?range=week");

        Assert.Equal("""{"payload":[]}""", similar.Body.GetRawText());
        Assert.Equal((404, 404), (one.Status, one.Body.GetProperty("code").GetInt32()));
        Assert.Equal("""{"following":[],"user":"alice"}""", following.Body.GetRawText());
        Assert.Equal("""{"followers":[],"user":"alice"}""", followers.Body.GetRawText());
        Assert.Equal(204, statistics.Status);
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.GetValues(name).Single();
}
