using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Nocturne.Hosting;

namespace Nocturne.Serve.Tests.Access;

/// <summary>Every route that is mapped, against every credential that must not open it.</summary>
public sealed class RouteSecurityTests
{
    [Fact]
    public async Task EveryRoute_WithoutAGoodCredential_IsRefused()
    {
        await using var host = await ServeHost.StartAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string?[] bad =
        [
            null,
            "",
            "Bearer",
            "Bearer ",
            "Bearer nonsense",
            "Bearer a.b.c",
            "Basic YWxpY2U6cGFzc3dvcmQ=",
            "Token 00000000-0000-4000-8000-000000000000",
            $"Token {host.AliceToken}",
            $"Bearer {FirebaseIssuer.Forged("alice")}",
            $"Bearer {FirebaseIssuer.Unsigned("alice")}",
            $"Bearer {host.Issuer.Confused("alice")}",
            $"Bearer {host.Issuer.Token("alice", ("aud", "other-project"))}",
            $"Bearer {host.Issuer.Token("alice", ("aud", new[] { FirebaseIssuer.Project, "other" }))}",
            $"Bearer {host.Issuer.Token("alice", ("aud", null))}",
            $"Bearer {host.Issuer.Token("alice", ("iss", "https://accounts.google.com"))}",
            $"Bearer {host.Issuer.Token("alice", ("iss", $"https://securetoken.google.com/{FirebaseIssuer.Project}/"))}",
            $"Bearer {host.Issuer.Token("alice", ("exp", now - 60))}",
            $"Bearer {host.Issuer.Token("alice", ("exp", null))}",
            $"Bearer {host.Issuer.Token("alice", ("iat", now + 600))}",
            $"Bearer {host.Issuer.Token("alice", ("nbf", now + 600))}",
            $"Bearer {host.Issuer.Token("alice", ("sub", ""))}",
            $"Bearer {host.Issuer.Token("alice", ("sub", null))}",
            $"Bearer {host.AliceToken}x",
            $"Bearer {new string('x', 9_000)}",
        ];

        foreach (var (method, path, _) in Guarded(host))
        {
            foreach (var authorization in bad)
            {
                using var response = await host.SendAsync(method, path, authorization);

                Assert.True(
                    response.StatusCode == HttpStatusCode.Unauthorized,
                    $"{method} {path} answered {response.StatusCode} to '{authorization}'"
                );
                Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
                Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
            }
        }
    }

    [Fact]
    public async Task EveryRouteOfAListener_WithAnothersCredential_IsForbiddenAndChangesNothing()
    {
        await using var host = await ServeHost.StartAsync();
        var bobs = (await host.Tokens.CreateAsync(ServeHost.Bob, "player", default)).Secret;
        string[] others =
        [
            $"Bearer {host.BobToken}",
            $"Token {bobs}",
            $"Bearer {host.Issuer.Token("ALICE")}",
            $"Bearer {host.Issuer.Token("alice ")}",
            $"Bearer {host.Issuer.Token("alice/home")}",
            $"Bearer {host.Issuer.Token("bob", ("nocturne_operator", "true"))}",
            $"Bearer {host.Issuer.Token("bob", ("nocturne_operator", 1))}",
            $"Bearer {host.Issuer.Token("bob", ("listener", "alice"))}",
        ];

        foreach (var (method, path, endpoint) in Guarded(host).Where(route => IsListeners(route.Endpoint)))
        {
            foreach (var authorization in others)
            {
                using var response = await host.SendAsync(method, path, authorization, "{}"u8.ToArray());

                Assert.True(
                    response.StatusCode == HttpStatusCode.Forbidden,
                    $"{method} {path} ({endpoint.RoutePattern.RawText}) answered {response.StatusCode}"
                );
            }
        }
        Assert.Empty(host.Topics.Events);
    }

    [Fact]
    public async Task EveryOperatorsRoute_WithAListenersCredential_IsForbidden()
    {
        await using var host = await ServeHost.StartAsync();
        var routes = Guarded(host)
            .Where(r => r.Endpoint.Metadata.GetMetadata<RouteAccess>()?.Rule == AccessRule.Operators)
            .ToList();

        Assert.NotEmpty(routes);
        foreach (var (method, path, _) in routes)
        {
            using var refused = await host.SendAsync(method, path, $"Bearer {host.AliceToken}", "{}"u8.ToArray());
            using var taken = await host.SendAsync(method, path, $"Bearer {host.OperatorToken}", "{}"u8.ToArray());

            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.NotEqual(HttpStatusCode.Forbidden, taken.StatusCode);
        }
    }

    [Fact]
    public async Task EveryRouteWithABody_OversizedOrMalformed_IsRefused()
    {
        await using var host = await ServeHost.StartAsync(o => o.MaxCatalogueBytes = 64 << 10);
        string[] malformed =
        [
            "",
            "nonsense",
            "[]",
            "null",
            "{\"score\":",
            "\0",
            "{\"\\ud800\":1}",
            "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}",
        ];
        var bodies = Guarded(host).Where(r => r.Method is "POST" or "PUT").ToList();

        Assert.NotEmpty(bodies);
        foreach (var (method, path, _) in bodies)
        {
            var token = $"Bearer {host.Issuer.Token("alice", ("nocturne_operator", true))}";
            using var large = await host.SendAsync(method, path, token, new byte[(64 << 10) + 1]);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
            foreach (var body in malformed)
            {
                using var response = await host.SendAsync(method, path, token, Encoding.UTF8.GetBytes(body));
                // Joining and making a blend need no body.
                var isBlends = path.Contains("/blends", StringComparison.Ordinal);
                Assert.InRange((int)response.StatusCode, isBlends ? 200 : 400, 499);
            }
        }
        Assert.Empty(host.Topics.Events);
    }

    [Theory]
    [InlineData("/v1/listeners/bob%2F..%2Falice/profile", 403)]
    [InlineData("/v1/listeners/bob/../alice/profile", 403)]
    [InlineData("/v1/listeners/bob%2e%2e/profile", 403)]
    [InlineData("/v1/listeners/%61lice/profile", 403)]
    [InlineData("/v1/listeners/alice%00/profile", 400)]
    [InlineData("/v1/listeners/alice%0a/profile", 400)]
    [InlineData("/v1/listeners/alice;bob/profile", 403)]
    [InlineData("/v1/listeners//profile", 404)]
    [InlineData("/v1//listeners/alice/profile", 404)]
    [InlineData("/V1/Listeners/alice/profile", 403)]
    [InlineData("/v1/listeners/alice/profile/", 403)]
    [InlineData("/v1/listeners/bob/playlists/..%2F..%2Falice%2Fprofile", 404)]
    [InlineData("/v1/listeners/bob/blends/..%2F..%2Falice%2Fprofile", 404)]
    [InlineData("/v1/catalogue/..%2Fpublished.json", 405)]
    public async Task Paths_ThatAreMadeUp_LeadToNobodyElse(string path, int status)
    {
        await using var host = await ServeHost.StartAsync();
        await host.ApplyAsync(ServeHost.Alice, ServeHost.Play(1, TimeProvider.System.GetUtcNow().AddHours(-1)));

        using var response = await host.SendAsync("GET", path, $"Bearer {host.BobToken}");

        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.DoesNotContain("track-1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listener_WhoseIdHasASlash_IsTheOneThatIsJudgedAndServed()
    {
        await using var host = await ServeHost.StartAsync();
        var slashed = new Domain.ListenerId("a/b");
        await host.ApplyAsync(
            slashed,
            ServeHost.Play(1, TimeProvider.System.GetUtcNow().AddHours(-1)) with
            {
                Listener = slashed,
            }
        );

        var (status, profile) = await host.AskAsync("GET", "/v1/listeners/a%2Fb/profile", host.Issuer.Token("a/b"));
        var (other, _) = await host.AskAsync("GET", "/v1/listeners/a%2Fb/profile", host.Issuer.Token("a%2Fb"));

        Assert.Equal((200, 403), (status, other));
        Assert.Equal("a/b", profile.GetProperty("listener").GetString());
    }

    [Theory]
    [InlineData("..%2Fpublished.json")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a%2Fb.ndjson")]
    [InlineData("a%00.ndjson")]
    [InlineData("a%0A")]
    [InlineData("%20")]
    public async Task Catalogue_NamesThatLeadElsewhere_AreRefused(string name)
    {
        await using var host = await ServeHost.StartAsync();

        using var response = await host.SendAsync(
            "PUT",
            $"/v1/catalogue/{name}",
            $"Bearer {host.OperatorToken}",
            """{"item":"t1"}"""u8.ToArray()
        );

        Assert.InRange((int)response.StatusCode, 400, 405);
        Assert.Empty(await host.Objects.ListAsync("catalogue", "", null, default).ToListAsync());
    }

    [Fact]
    public async Task Secrets_WhateverHappens_AreNotLogged()
    {
        await using var host = await ServeHost.StartAsync();
        var token = (await host.Tokens.CreateAsync(ServeHost.Alice, "player", default)).Secret;
        string[] secrets =
        [
            token,
            host.AliceToken,
            FirebaseIssuer.Forged("alice"),
            host.Issuer.Token("alice", ("exp", 1)),
            "aaaa.bbbb.cccc",
        ];
        host.Topics.IsUnavailable = true;

        foreach (var (method, path, _) in Guarded(host))
        {
            foreach (var secret in secrets)
            {
                using var bearer = await host.SendAsync(
                    method,
                    path,
                    $"Bearer {secret}",
                    "{\"item\":\"i\",\"score\":1}"u8.ToArray()
                );
                using var plain = await host.SendAsync(method, path, secret);
                var text = await bearer.Content.ReadAsStringAsync();
                Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            }
        }

        Assert.Contains("Refused a request", host.Log.Text, StringComparison.Ordinal);
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, host.Log.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(secret.Split('.')[^1], host.Log.Text, StringComparison.Ordinal);
        }
    }

    /// <summary>Every route but those that are anybody's, with Alice in its path.</summary>
    private static List<(string Method, string Path, RouteEndpoint Endpoint)> Guarded(ServeHost host)
    {
        var open =
            from endpoint in host.Endpoints
            where endpoint.Metadata.GetMetadata<RouteAccess>()?.Rule == AccessRule.Anyone
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
            where method != "OPTIONS"
            select endpoint.RoutePattern.RawText;
        Assert.Equal("/openapi.json", Assert.Single(open));
        return
        [
            .. from endpoint in host.Endpoints
            where endpoint.Metadata.GetMetadata<RouteAccess>()?.Rule != AccessRule.Anyone
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
            select (method, PathOf(endpoint), endpoint),
        ];
    }

    private static bool IsListeners(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.RawText!.StartsWith("/v1/listeners/", StringComparison.Ordinal);

    private static string PathOf(RouteEndpoint endpoint) =>
        string.Join(
            '/',
            endpoint
                .RoutePattern.RawText!.Split('/')
                .Select(part => part.StartsWith('{') ? (part == "{id}" ? "alice" : "some-name") : part)
        );
}
