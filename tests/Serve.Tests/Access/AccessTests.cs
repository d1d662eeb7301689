using System.Net;
using Microsoft.Extensions.Options;
using Nocturne.Identity;

namespace Nocturne.Serve.Tests.Access;

public sealed class AccessTests
{
    private const string Profile = "/v1/listeners/alice/profile";

    [Fact]
    public async Task IdToken_ByAConfiguredClaim_IsThatListeners()
    {
        await using var host = await ServeHost.StartAsync(
            callers: new CallerOptions { ListenerClaim = "listener_id", Operators = ["olga"] }
        );

        using var own = await host.SendAsync(
            "GET",
            Profile,
            $"Bearer {host.Issuer.Token("uid-1", ("listener_id", "alice"))}"
        );
        using var subject = await host.SendAsync("GET", Profile, $"Bearer {host.Issuer.Token("alice")}");
        using var listed = await host.SendAsync("GET", Profile, $"Bearer {host.Issuer.Token("olga")}");
        using var number = await host.SendAsync(
            "GET",
            Profile,
            $"Bearer {host.Issuer.Token("uid-1", ("listener_id", 7))}"
        );

        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.Forbidden, HttpStatusCode.NotFound, HttpStatusCode.Forbidden),
            (own.StatusCode, subject.StatusCode, listed.StatusCode, number.StatusCode)
        );
    }

    [Fact]
    public async Task IdToken_WhileTheKeysCannotBeHad_IsToComeAgain()
    {
        await using var host = await ServeHost.StartAsync();
        host.Issuer.IsDown = true;

        using var unknown = await host.SendAsync("GET", Profile, $"Bearer {host.AliceToken}");
        using var expired = await host.SendAsync("GET", Profile, $"Bearer {host.Issuer.Token("alice", ("exp", 1))}");
        host.Issuer.IsDown = false;
        using var known = await host.SendAsync("GET", Profile, $"Bearer {host.AliceToken}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
        Assert.NotNull(unknown.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, known.StatusCode);
    }

    [Fact]
    public async Task Keys_ForManyTokensGoodAndBad_AreFetchedOnce()
    {
        await using var host = await ServeHost.StartAsync();

        for (var i = 0; i < 20; i++)
        {
            using var good = await host.SendAsync("GET", Profile, $"Bearer {host.Issuer.Token("alice", ("n", i))}");
            using var bad = await host.SendAsync("GET", Profile, $"Bearer {FirebaseIssuer.Forged("alice")}");
        }

        Assert.Equal(1, host.Issuer.Fetches);
    }

    [Fact]
    public async Task Requests_OverTheirRate_AreToComeAgainLater_AndOthersAreNot()
    {
        await using var host = await ServeHost.StartAsync(o => o.RequestsPerCaller = 3);
        for (var i = 0; i < 3; i++)
        {
            // Another token of the same listener is counted with it.
            using var taken = await host.SendAsync("GET", Profile, $"Bearer {host.Issuer.Token("alice", ("n", i))}");
            Assert.Equal(HttpStatusCode.NotFound, taken.StatusCode);
        }

        using var busy = await host.SendAsync("GET", Profile, $"Bearer {host.AliceToken}");
        using var other = await host.SendAsync("GET", "/v1/listeners/bob/profile", $"Bearer {host.BobToken}");

        Assert.Equal(HttpStatusCode.TooManyRequests, busy.StatusCode);
        Assert.InRange(busy.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public async Task Guesses_OfOneAddress_AreSlowedDown()
    {
        await using var host = await ServeHost.StartAsync(o => o.RequestsPerAddress = 3);
        for (var i = 0; i < 3; i++)
        {
            using var guess = await host.SendAsync("GET", Profile, "Token 00000000-0000-4000-8000-000000000000");
            Assert.Equal(HttpStatusCode.Unauthorized, guess.StatusCode);
        }

        using var busy = await host.SendAsync("GET", Profile, "Token 00000000-0000-4000-8000-000000000000");

        Assert.Equal(HttpStatusCode.TooManyRequests, busy.StatusCode);
    }

    [Theory]
    [InlineData("https://app.example.org", "https://app.example.org", "https://app.example.org")]
    [InlineData("*", "https://evil.example", "*")]
    [InlineData("https://app.example.org", "https://evil.example", null)]
    [InlineData("https://app.example.org", "https://app.example.org.evil.example", null)]
    [InlineData("https://app.example.org", "null", null)]
    [InlineData(null, "https://app.example.org", null)]
    public async Task Pages_OfConfiguredOrigins_MayCall(string? allowed, string origin, string? answered)
    {
        await using var host = await ServeHost.StartAsync(o => o.AllowedOrigins = allowed is null ? [] : [allowed]);

        using var preflight = await host.SendAsync(
            "OPTIONS",
            Profile,
            null,
            null,
            ("Origin", origin),
            ("Access-Control-Request-Method", "GET")
        );
        using var refused = await host.SendAsync("GET", Profile, null, null, ("Origin", origin));

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        foreach (var response in (HttpResponseMessage[])[preflight, refused])
        {
            Assert.Equal(
                answered,
                response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null
            );
            Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
        }
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task AnonymousRequests_OnADevelopersMachine_AreServedButBadCredentialsAreNot()
    {
        await using var host = await ServeHost.StartAsync(o => o.AllowAnonymous = true);

        using var anonymous = await host.SendAsync("GET", Profile);
        using var bad = await host.SendAsync("GET", Profile, "Bearer nonsense");
        using var other = await host.SendAsync("GET", Profile, $"Bearer {host.BobToken}");
        using var page = await host.SendAsync("GET", Profile, null, null, ("Origin", "https://evil.example"));

        Assert.Equal(
            (
                HttpStatusCode.NotFound,
                HttpStatusCode.Unauthorized,
                HttpStatusCode.Forbidden,
                HttpStatusCode.Unauthorized
            ),
            (anonymous.StatusCode, bad.StatusCode, other.StatusCode, page.StatusCode)
        );
    }

    [Fact]
    public async Task AnonymousRequests_WhereDeployed_FailAtStart()
    {
        Environment.SetEnvironmentVariable(DevelopmentAccess.DeployedVariable, "nocturne-serve");
        try
        {
            var refused = await Assert.ThrowsAsync<OptionsValidationException>(() =>
                ServeHost.StartAsync(o => o.AllowAnonymous = true)
            );

            Assert.Contains("K_SERVICE", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(DevelopmentAccess.DeployedVariable, null);
        }
    }

    [Fact]
    public async Task Search_InTheTasteOfAnother_IsForbidden()
    {
        await using var host = await ServeHost.StartAsync();

        using var other = await host.SendAsync("GET", "/v1/search?q=a&listener=bob", $"Bearer {host.AliceToken}");
        using var twice = await host.SendAsync(
            "GET",
            "/v1/search?q=a&listener=alice&listener=bob",
            $"Bearer {host.AliceToken}"
        );
        using var path = await host.SendAsync("GET", "/v1/listeners/bob/search?q=a", $"Bearer {host.AliceToken}");

        Assert.All(
            (HttpResponseMessage[])[other, twice, path],
            response => Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode)
        );
    }

    [Fact]
    public async Task NoSuchPathOrMethod_IsAProblem()
    {
        await using var host = await ServeHost.StartAsync();

        using var path = await host.SendAsync("GET", "/v1/nowhere", $"Bearer {host.AliceToken}");
        using var method = await host.SendAsync("PATCH", Profile, $"Bearer {host.AliceToken}");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed), (path.StatusCode, method.StatusCode));
        Assert.Equal("application/problem+json", path.Content.Headers.ContentType?.MediaType);
        Assert.Equal("application/problem+json", method.Content.Headers.ContentType?.MediaType);
    }
}
