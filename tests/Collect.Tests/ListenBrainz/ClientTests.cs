using System.Globalization;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.Tests.ListenBrainz;

/// <summary>
/// Each client's requests, and what the client makes of the answers: taken, tried again later, given up, or shown as a
/// wrong token. What a client looks at is written down in its reading below.
/// </summary>
public sealed class ClientTests
{
    private enum Verdict
    {
        Taken,
        Retried,
        Discarded,
        WrongToken,
    }

    [Theory]
    [InlineData("navidrome-scrobble", 1)]
    [InlineData("pano-scrobble", 1)]
    [InlineData("pano-import", 2)]
    [InlineData("multi-scrobbler-scrobble", 1)]
    [InlineData("web-scrobbler-import", 1)]
    [InlineData("jellyfin-scrobble", 1)]
    [InlineData("liblistenbrainz-scrobble", 1)]
    [InlineData("music-assistant-scrobble", 1)]
    public async Task Scrobble_IsTakenInItsClientsEyes_AndIsTheSameItemFromAll(string request, int listens)
    {
        await using var host = await CollectHost.StartAsync();

        var answer = await ClientRequests.SendAsync(host, request);

        Assert.Equal(Verdict.Taken, Read(request, answer));
        Assert.Equal(listens, host.Topic.Plays.Count);
        Assert.Equal(ItemNaming.ItemOf(ItemKind.Track, "Nils Frahm", "Says"), host.Topic.Plays[0].Item);
        Assert.Equal(Bodies.At * 1_000, host.Topic.Plays[0].StartedAt.UnixMilliseconds);
    }

    [Theory]
    [InlineData("navidrome-now")]
    [InlineData("web-scrobbler-now")]
    public async Task NowPlaying_IsTakenAndPublishesNothing(string request)
    {
        await using var host = await CollectHost.StartAsync();

        Assert.Equal(Verdict.Taken, Read(request, await ClientRequests.SendAsync(host, request)));
        Assert.Empty(host.Topic.Messages);
    }

    [Theory]
    [InlineData("navidrome-scrobble")]
    [InlineData("pano-scrobble")]
    [InlineData("multi-scrobbler-scrobble")]
    [InlineData("web-scrobbler-import")]
    [InlineData("jellyfin-scrobble")]
    [InlineData("liblistenbrainz-scrobble")]
    public async Task Scrobble_WhileTheTopicDoesNotAnswer_IsNotLost(string request)
    {
        await using var host = await CollectHost.StartAsync();
        host.Topic.IsUnavailable = true;

        Assert.Equal(Verdict.Retried, Read(request, await ClientRequests.SendAsync(host, request)));
    }

    [Theory]
    [InlineData("navidrome-scrobble")]
    [InlineData("pano-scrobble")]
    [InlineData("multi-scrobbler-scrobble")]
    [InlineData("jellyfin-scrobble")]
    public async Task Scrobble_OverTheRate_IsNotLost(string request)
    {
        await using var host = await CollectHost.StartAsync(o => o.RequestsPerToken = 1);
        await ClientRequests.SendAsync(host, request);

        Assert.Equal(Verdict.Retried, Read(request, await ClientRequests.SendAsync(host, request)));
    }

    [Theory]
    [InlineData("navidrome-scrobble")]
    [InlineData("pano-scrobble")]
    [InlineData("multi-scrobbler-scrobble")]
    [InlineData("web-scrobbler-import")]
    [InlineData("liblistenbrainz-scrobble")]
    public async Task Scrobble_WithAWrongToken_IsSaidToBeThat(string request)
    {
        await using var host = await CollectHost.StartAsync();

        var answer = await ClientRequests.SendAsync(host, request, "00000000-0000-4000-8000-000000000000");

        Assert.Equal(Verdict.WrongToken, Read(request, answer));
        Assert.Empty(host.Topic.Messages);
    }

    [Theory]
    [InlineData("navidrome-validate")]
    [InlineData("pano-validate")]
    [InlineData("pano-pasted-url")]
    [InlineData("multi-scrobbler-validate")]
    [InlineData("liblistenbrainz-validate")]
    public async Task Token_IsFoundValidWithItsUser(string request)
    {
        await using var host = await CollectHost.StartAsync();

        var good = await ClientRequests.SendAsync(host, request);
        var bad = await ClientRequests.SendAsync(host, request, "no-token");

        Assert.Equal(200, good.Status);
        Assert.True(good.Json.GetProperty("valid").GetBoolean());
        Assert.Equal("alice", good.Json.GetProperty("user_name").GetString());
        Assert.Equal((200, 200), (bad.Status, bad.Json.GetProperty("code").GetInt32()));
        Assert.False(bad.Json.GetProperty("valid").GetBoolean());
    }

    [Fact]
    public async Task Jellyfin_WaitsAsLongAsAReadSays()
    {
        await using var host = await CollectHost.StartAsync(o => o.RequestsPerToken = 1);
        await ClientRequests.SendAsync(host, "jellyfin-listens");

        var busy = await ClientRequests.SendAsync(host, "jellyfin-listens");
        host.Time.Advance(
            TimeSpan.FromSeconds(int.Parse(busy.Headers["X-RateLimit-Reset-In"], CultureInfo.InvariantCulture))
        );

        Assert.Equal(429, busy.Status);
        Assert.Equal(200, (await ClientRequests.SendAsync(host, "jellyfin-listens")).Status);
    }

    [Fact]
    public async Task Jellyfin_LovesWhatItScrobbled()
    {
        await using var host = await CollectHost.StartAsync();
        await ClientRequests.SendAsync(host, "jellyfin-scrobble");

        var answer = await ClientRequests.SendAsync(host, "jellyfin-love");

        Assert.Equal(Verdict.Taken, Read("jellyfin-love", answer));
        Assert.Equal(host.Topic.Plays[0].Item, Assert.Single(host.Topic.Events.OfType<FeedbackEvent>()).Item);
    }

    [Fact]
    public async Task Liblistenbrainz_ReadsTheListensItSubmitted()
    {
        await using var host = await CollectHost.StartAsync();
        await ClientRequests.SendAsync(host, "liblistenbrainz-scrobble");
        await host.IngestAsync();

        var answer = await ClientRequests.SendAsync(host, "liblistenbrainz-listens");

        var listen = Assert.Single(answer.Json.GetProperty("payload").GetProperty("listens").EnumerateArray());
        Assert.Equal(Bodies.At, listen.GetProperty("listened_at").GetInt64());
        Assert.Equal("alice", listen.GetProperty("user_name").GetString());
        Assert.Equal("Says", listen.GetProperty("track_metadata").GetProperty("track_name").GetString());
        Assert.True(int.TryParse(answer.Headers["X-RateLimit-Remaining"], out _));
    }

    [Fact]
    public async Task MultiScrobbler_DoesNotTakeItForAKoito()
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.SendAsync("GET", "/apis/web/v1/stats");

        Assert.False(response.IsSuccessStatusCode);
    }

    private static Verdict Read(string request, ClientAnswer answer) =>
        request.Split('-')[0] switch
        {
            "navidrome" => ReadAsNavidrome(answer),
            "pano" => ReadAsPano(answer),
            "multi" => ReadAsMultiScrobbler(answer),
            "web" => ReadAsWebScrobbler(answer),
            "jellyfin" => ReadAsJellyfin(answer),
            _ => ReadAsLiblistenbrainz(answer),
        };

    /// <summary>Looks at the integer code in the body: none or 200 is taken, 500 and 503 are tried again, others not.</summary>
    private static Verdict ReadAsNavidrome(ClientAnswer answer)
    {
        try
        {
            var body = answer.Json;
            var code = body.TryGetProperty("code", out var number) ? number.GetInt32() : 0;
            return code switch
            {
                0 or 200 => Verdict.Taken,
                500 or 503 => Verdict.Retried,
                401 => Verdict.WrongToken,
                _ => Verdict.Discarded,
            };
        }
        catch (JsonException)
        {
            return Verdict.Retried;
        }
    }

    /// <summary>Expects a status of success and a JSON object with a status; keeps what was not taken for later.</summary>
    private static Verdict ReadAsPano(ClientAnswer answer) =>
        answer.Status is >= 200 and < 300 && answer.Json.GetProperty("status").GetString() == "ok" ? Verdict.Taken
        : answer.Json.GetProperty("code").GetInt32() == 401 ? Verdict.WrongToken
        : Verdict.Retried;

    /// <summary>Any 2xx is taken; 400, 401 and 403 are not tried again.</summary>
    private static Verdict ReadAsMultiScrobbler(ClientAnswer answer) =>
        answer.Status switch
        {
            >= 200 and < 300 => Verdict.Taken,
            401 or 403 => Verdict.WrongToken,
            400 => Verdict.Discarded,
            _ => Verdict.Retried,
        };

    /// <summary>Parses JSON whatever the status; 400 and 401 are a wrong token, else the body's status must be ok.</summary>
    private static Verdict ReadAsWebScrobbler(ClientAnswer answer)
    {
        var body = answer.Json;
        return answer.Status is 400 or 401 ? Verdict.WrongToken
            : body.TryGetProperty("status", out var status) && status.GetString() == "ok" ? Verdict.Taken
            : Verdict.Retried;
    }

    /// <summary>Waits as long as X-RateLimit-Reset-In says at 429; else JSON is parsed, and success is the status.</summary>
    private static Verdict ReadAsJellyfin(ClientAnswer answer)
    {
        if (answer.Status == 429)
        {
            Assert.True(int.TryParse(answer.Headers["X-RateLimit-Reset-In"], out _));
            return Verdict.Retried;
        }
        Assert.Equal(JsonValueKind.Object, answer.Json.ValueKind);
        return answer.Status is >= 200 and < 300 ? Verdict.Taken
            : answer.Status == 401 ? Verdict.WrongToken
            : Verdict.Retried;
    }

    /// <summary>Raises for a status that is no success, with the body's error; its caller decides.</summary>
    private static Verdict ReadAsLiblistenbrainz(ClientAnswer answer)
    {
        if (answer.Status is >= 200 and < 300)
        {
            return answer.Json.ValueKind == JsonValueKind.Object ? Verdict.Taken : Verdict.Discarded;
        }
        Assert.NotEqual("", answer.Json.Error());
        return answer.Status switch
        {
            401 => Verdict.WrongToken,
            >= 500 => Verdict.Retried,
            _ => Verdict.Discarded,
        };
    }
}
