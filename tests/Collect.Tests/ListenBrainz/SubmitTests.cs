using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.Tests.ListenBrainz;

public sealed class SubmitTests
{
    private const string Submit = "/1/submit-listens";

    [Fact]
    public async Task Listen_IsAPlayOfItsListener()
    {
        await using var host = await CollectHost.StartAsync();

        await host.AskAsync(
            "POST",
            Submit,
            Bodies.Single(
                """{"duration_ms":222000,"duration_played":180,"media_player":"Navidrome","submission_client":"x"}"""
            )
        );

        var play = Assert.Single(host.Topic.Plays);
        Assert.Equal(CollectHost.Alice, play.Listener);
        Assert.Equal(Bodies.At * 1_000, play.StartedAt.UnixMilliseconds);
        Assert.Equal(Instant.From(CollectHost.Now), play.ReceivedAt);
        Assert.Equal(
            ("Gymnopédie No. 1", "Erik Satie", "Piano Works"),
            (play.Title, play.ArtistName, play.ReleaseName)
        );
        Assert.Equal((222_000, 180_000, "Navidrome"), (play.DurationMs, play.MsPlayed, play.Device));
        Assert.Equal(ItemNaming.ItemOf(ItemKind.Track, "erik  satie", "GYMNOPÉDIE NO. 1"), play.Item);
        Assert.Equal(ItemNaming.ArtistOf("Erik Satie"), play.Artist);
        Assert.True(play.IsStream);
    }

    [Fact]
    public async Task Listen_ThatIsSentAgain_IsTheSameEvent()
    {
        await using var host = await CollectHost.StartAsync();

        var first = await host.AskAsync("POST", Submit, Bodies.Single());
        host.Time.Advance(TimeSpan.FromDays(3));
        var again = await host.AskAsync("POST", Submit, Bodies.Submit("import", Bodies.Listen(Bodies.At)));
        await host.IngestAsync();

        Assert.Equal((200, 200), (first.Status, again.Status));
        Assert.Single(host.Topic.Plays.Select(play => (play.Id, play.StartedAt)).Distinct());
        var profile = await host.Listeners.ReadProfileAsync(CollectHost.Alice, default);
        Assert.Equal(1, profile!.Totals.Streams);
    }

    [Fact]
    public async Task Import_OfAThousand_IsPublishedWithinTheBoundsOfMessages()
    {
        await using var host = await CollectHost.StartAsync();
        var listens = Enumerable.Range(0, 1_000).Select(i => Bodies.Listen(Bodies.At - i, "{}", $"artist {i}"));

        var (status, _) = await host.AskAsync("POST", Submit, Bodies.Submit("import", [.. listens]));

        Assert.Equal(200, status);
        Assert.Equal(1_000, host.Topic.Plays.Select(play => play.Id).Distinct().Count());
        Assert.All(host.Topic.Messages, m => Assert.True(m.Length <= 1 << 20));
    }

    [Fact]
    public async Task AdditionalInfo_WhateverItIs_GoesIntoTheArchiveWithTheEvent()
    {
        await using var host = await CollectHost.StartAsync();

        await host.AskAsync(
            "POST",
            Submit,
            Bodies.Single("""{"tracknumber":"3","mood":{"of":["blue"]},"listener":"bob"}""")
        );

        var line = JsonDocument.Parse(Assert.Single(host.Topic.Lines)).RootElement;
        Assert.Equal("blue", line.GetProperty("listenbrainz").GetProperty("mood").GetProperty("of")[0].GetString());
        Assert.Equal("alice", line.GetProperty("listener").GetString());
    }

    [Theory]
    [InlineData("""{"deep":{"a":[[[[[[[[[[1]]]]]]]]]]}}""")]
    [InlineData(null)]
    public async Task AdditionalInfo_BeyondTheBoundsOfALine_IsLeftOut(string? info)
    {
        await using var host = await CollectHost.StartAsync();
        var large = info ?? $$"""{"note":"{{new string('x', 17_000)}}"}""";

        var (status, _) = await host.AskAsync(
            "POST",
            Submit,
            Bodies.Submit("import", Bodies.Listen(Bodies.At, large), Bodies.Listen(Bodies.At + 1, "{}", "another"))
        );

        Assert.Equal(200, status);
        Assert.Equal(2, host.Topic.Plays.Count);
        Assert.DoesNotContain(host.Topic.Lines, line => line.Contains("xxx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PlayingNow_ChangesNoProfileAndTellsItsMsid()
    {
        await using var host = await CollectHost.StartAsync();
        var body = Bodies.Submit("playing_now", Bodies.Listen(at: null, """{"duration":200}"""));

        var (_, plain) = await host.AskAsync("POST", Submit, body);
        var (status, answer) = await host.AskAsync("POST", $"{Submit}?return_msid=true", body);

        Assert.Equal(200, status);
        Assert.False(plain.TryGetProperty("recording_msid", out _));
        Assert.True(answer.GetProperty("recording_msid").TryGetGuid(out _));
        Assert.Equal("ok", answer.GetProperty("status").GetString());
        Assert.Empty(host.Topic.Messages);
        Assert.Null(await host.Listeners.ReadProfileAsync(CollectHost.Alice, default));
    }

    [Fact]
    public async Task Topic_ThatDoesNotAnswer_IsAskedAgainByClientsThatReadTheCode()
    {
        await using var host = await CollectHost.StartAsync();
        host.Topic.IsUnavailable = true;

        var (status, answer) = await host.AskAsync("POST", Submit, Bodies.Single());

        Assert.Equal((503, 503), (status, answer.GetProperty("code").GetInt32()));
    }
}
