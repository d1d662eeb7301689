using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Options;

namespace Nocturne.Collect.Tests;

public sealed class EventsIdentityTests
{
    private const string Events = "/v1/events";

    [Theory]
    [InlineData("Bearer ")]
    [InlineData("bearer ")]
    [InlineData("Token ")]
    public async Task Token_MaySpeakForItsListenerOnly_LineByLine(string scheme)
    {
        await using var host = await CollectHost.StartAsync(o => o.AllowAnonymousEvents = false);

        using var response = await host.SendAsync(
            "POST",
            Events,
            $"{Play("e1", "alice")}\n{Play("e2", "bob")}\n{Play("e3", "alice")}\n",
            scheme + host.Token
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await response.Content.ReadFromJsonAsync<CollectOutcome>();
        Assert.Equal((2, 1), (answer!.Accepted, answer.Rejected));
        Assert.Equal([new LineOutcome(2, "other_listener", "listener")], answer.Lines);
        Assert.Equal(["e1", "e3"], host.Topic.Events.Select(e => e.Id.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer 00000000-0000-4000-8000-000000000000")]
    [InlineData("Basic YWxpY2U6cGFzc3dvcmQ=")]
    public async Task Request_WithoutAGoodCredential_IsRefusedWithTheRemedy(string authorization)
    {
        await using var host = await CollectHost.StartAsync(o => o.AllowAnonymousEvents = false);

        using var response = await host.SendAsync("POST", Events, Play("e1", "alice"), authorization);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        Assert.Empty(host.Topic.Messages);
    }

    [Fact]
    public async Task AnonymousEvents_OnADevelopersMachine_AreTakenButABadTokenIsNot()
    {
        await using var host = await CollectHost.StartAsync();

        using var anonymous = await host.SendAsync("POST", Events, Play("e1", "bob"), "");
        using var bad = await host.SendAsync("POST", Events, Play("e2", "bob"), "Bearer nonsense");

        Assert.Equal(HttpStatusCode.OK, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, bad.StatusCode);
    }

    [Fact]
    public async Task Requests_OverTheRate_AreToComeAgainLater()
    {
        await using var host = await CollectHost.StartAsync(o => o.RequestsPerToken = 2);
        for (var i = 0; i < 2; i++)
        {
            using var taken = await host.SendAsync("POST", Events, Play($"e{i}", "alice"));
            Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        }

        using var busy = await host.SendAsync("POST", Events, Play("e3", "alice"));

        Assert.Equal(HttpStatusCode.TooManyRequests, busy.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), busy.Headers.RetryAfter?.Delta);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        using var again = await host.SendAsync("POST", Events, Play("e3", "alice"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Guesses_OfOneAddress_AreSlowedDown()
    {
        await using var host = await CollectHost.StartAsync(o => o.RequestsPerAddress = 3);
        for (var i = 0; i < 3; i++)
        {
            using var guess = await host.SendAsync("POST", Events, "", "Bearer 00000000-0000-4000-8000-000000000000");
            Assert.Equal(HttpStatusCode.Unauthorized, guess.StatusCode);
        }

        using var busy = await host.SendAsync("POST", Events, "", "Bearer 00000000-0000-4000-8000-000000000000");

        Assert.Equal(HttpStatusCode.TooManyRequests, busy.StatusCode);
    }

    [Fact]
    public async Task AnonymousEvents_WhereDeployed_FailAtStart()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            CollectHost.StartAsync(variable: name => name == "K_SERVICE" ? "nocturne-collect" : null)
        );

        Assert.Contains("K_SERVICE", refused.Message, StringComparison.Ordinal);
    }

    private static string Play(string id, string listener) =>
        $$"""{"event_id":"{{id}}","listener":"{{listener}}","kind":"play","item":"track-1","started_at":"2026-11-21T07:30:00Z"}""";
}
