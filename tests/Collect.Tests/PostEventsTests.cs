using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Nocturne.Domain;

namespace Nocturne.Collect.Tests;

public sealed class PostEventsTests
{
    private const string Stamp = "2026-11-21T08:00:00.000Z";

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("not a content type")]
    [InlineData(null)]
    public async Task Lines_OfAnyContentType_ArePublished(string? contentType)
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.PostAsync($"{Play("e1")}\n\r\n{Play("e2")}\r\n", contentType);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"accepted":2,"rejected":0,"lines":[]}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(["e1", "e2"], host.Topic.Events.Select(e => e.Id.Value));
    }

    [Fact]
    public async Task Array_PrettyPrinted_IsPublishedAsLines()
    {
        await using var host = await CollectHost.StartAsync();
        var array = $"\uFEFF \n[\n {Play("e1").Replace(",", ",\n  ", StringComparison.Ordinal)} ,\n{Play("e2")}\r\n]\n";

        using var response = await host.PostAsync(array, "application/json; charset=utf-8");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, host.Topic.Lines.Count());
        Assert.Equal(["e1", "e2"], host.Topic.Events.Select(e => e.Id.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","received_at":"2020-01-01T00:00:00Z" """)]
    [InlineData(""","received_at":"2099-01-01T00:00:00Z","received_at":{"a":[1]}""")]
    [InlineData(""","received\u005fat":"2099-01-01T00:00:00Z" """)]
    public async Task ReceivedAt_WhateverWasSent_IsTheTimeOfReceipt(string sent)
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.PostAsync(Play("e1", sent));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Stamp, Assert.Single(host.Topic.Events).ReceivedAt.ToString());
    }

    [Fact]
    public async Task StartedAt_MoreThanAnHourAhead_IsRefusedThoughTheClientVouchesForIt()
    {
        await using var host = await CollectHost.StartAsync();
        var ahead =
            """{"event_id":"e1","listener":"l","kind":"play","item":"i","started_at":"2026-11-21T09:00:00.001Z","received_at":"2026-11-21T09:00:00Z"}""";

        using var response = await host.PostAsync(ahead);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("from_future", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(host.Topic.Messages);
    }

    [Fact]
    public async Task UnknownFields_OfLaterVersions_ArePassedOn()
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.PostAsync(Play("e1", ""","mood":{"name":"blue","of":[1,2]},"é":"ü\n" """));

        var line = JsonDocument.Parse(Assert.Single(host.Topic.Lines)).RootElement;
        Assert.Equal("blue", line.GetProperty("mood").GetProperty("name").GetString());
        Assert.Equal("ü\n", line.GetProperty("é").GetString());
    }

    [Fact]
    public async Task Lines_SomeBad_AreAnsweredLineByLineAndTheRestIsKept()
    {
        await using var host = await CollectHost.StartAsync();
        string[] lines =
        [
            Play("e1"),
            "",
            Play("e2").Replace("\"item\":\"track-1\"", "\"item\":7", StringComparison.Ordinal),
            "{",
            Play("e3").Replace("\"event_id\":\"e3\",", "", StringComparison.Ordinal),
            "\"text\"",
            Play("e4", $",\"note\":\"{new string('x', EventParser.MaxLineBytes)}\""),
            Play("e5", ""","deep":[[[[[[[[[[1]]]]]]]]]]"""),
            Play("e5", ""","\ud800":1"""),
            Play("e6"),
        ];

        using var response = await host.PostAsync(string.Join('\n', lines));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await response.Content.ReadFromJsonAsync<CollectOutcome>();
        Assert.Equal((2, 7), (answer!.Accepted, answer.Rejected));
        Assert.Equal(
            [
                new LineOutcome(3, "invalid_field", "item"),
                new LineOutcome(4, "invalid_json", null),
                new LineOutcome(5, "missing_field", "event_id"),
                new LineOutcome(6, "not_an_object", null),
                new LineOutcome(7, "line_too_long", null),
                new LineOutcome(8, "invalid_json", null),
                new LineOutcome(9, "invalid_utf8", null),
            ],
            answer.Lines
        );
        Assert.Equal(["e1", "e6"], host.Topic.Events.Select(e => e.Id.Value));
    }

    [Fact]
    public async Task Body_WithoutAnAcceptedLine_IsAProblemWithTheOutcomes()
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.PostAsync("[{},17]");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var answer = await response.Content.ReadFromJsonAsync<CollectOutcome>();
        Assert.Equal((0, 2), (answer!.Accepted, answer.Rejected));
        Assert.Equal([1, 2], answer.Lines.Select(l => l.Line));
    }

    [Theory]
    [InlineData("", "no events")]
    [InlineData(" \n\n", "no events")]
    [InlineData("[]", "no events")]
    [InlineData("[{}", "not a JSON array")]
    [InlineData("[{}] {}", "not a JSON array")]
    public async Task Body_ThatHoldsNothing_IsAProblem(string body, string detail)
    {
        await using var host = await CollectHost.StartAsync();

        using var response = await host.PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_OverTheBound_IsTooLarge()
    {
        await using var host = await CollectHost.StartAsync(options => options.MaxBodyBytes = 4_096);

        using var atBound = await host.PostAsync(Play("e1").PadRight(4_096));
        using var over = await host.PostAsync(Play("e2").PadRight(4_097));

        Assert.Equal(HttpStatusCode.OK, atBound.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, over.StatusCode);
        Assert.Equal(["e1"], host.Topic.Events.Select(e => e.Id.Value));
    }

    [Fact]
    public async Task Topic_ThatDoesNotAnswer_IsToTryAgainLater()
    {
        await using var host = await CollectHost.StartAsync();
        host.Topic.IsUnavailable = true;

        using var response = await host.PostAsync(Play("e1"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Messages_OfManyEvents_KeepBothBounds()
    {
        await using var host = await CollectHost.StartAsync();
        var longName = new string('n', 15 << 10);
        var wide = Enumerable.Range(0, 100).Select(i => Play($"w{i}", $",\"note\":\"{longName}\""));
        var lines = wide.Concat(Enumerable.Range(0, 2_500).Select(i => Play($"e{i}"))).ToList();

        using var response = await host.PostAsync(string.Join('\n', lines));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2_600, host.Topic.Events.Count);
        Assert.All(host.Topic.Messages, m => Assert.True(m.Length <= 1 << 20));
        Assert.All(host.Topic.Messages, m => Assert.True(m.Count(b => b == '\n') <= 1_000));
        Assert.True(host.Topic.Messages.Count <= 6);
    }

    [Fact]
    public async Task RefusedLines_OverTheBound_AreOnlyCounted()
    {
        await using var host = await CollectHost.StartAsync(options => options.MaxReportedLines = 3);

        using var response = await host.PostAsync(string.Concat(Enumerable.Repeat("x\n", 10)));

        var answer = await response.Content.ReadFromJsonAsync<CollectOutcome>();
        Assert.Equal((10, 3), (answer!.Rejected, answer.Lines.Count));
    }

    [Fact]
    public async Task Options_OutOfRange_FailAtStart() =>
        await Assert.ThrowsAsync<OptionsValidationException>(() =>
            CollectHost.StartAsync(options => options.MaxMessageEvents = 1_001)
        );

    private static string Play(string id, string more = "") =>
        $$"""{"event_id":"{{id}}","listener":"listener-1","kind":"play","item":"track-1","started_at":"2026-11-21T07:30:00Z"{{more}}}""";
}
