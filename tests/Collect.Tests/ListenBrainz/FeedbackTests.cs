using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.Tests.ListenBrainz;

public sealed class FeedbackTests
{
    private const string Submit = "/1/feedback/recording-feedback";
    private const string Get = "/1/feedback/user/alice/get-feedback";

    [Fact]
    public async Task Love_ByTheIdThatThePlayerSubmitted_IsOfThatItem()
    {
        await using var host = await CollectHost.StartAsync();
        await ReadTests.SubmitAsync(host, Bodies.Single($$"""{"recording_mbid":"{{Bodies.Mbid}}"}"""));
        var (_, listens) = await host.AskAsync("GET", "/1/user/alice/listens");
        var msid = listens.GetProperty("payload").GetProperty("listens")[0].GetProperty("recording_msid").GetString();

        var byMbid = await host.AskAsync(
            "POST",
            Submit,
            $$"""{"recording_mbid":"{{Bodies.Mbid}}","recording_msid":null,"score":1}"""
        );
        host.Time.Advance(TimeSpan.FromSeconds(1));
        var byMsid = await host.AskAsync("POST", Submit, $$"""{"recording_msid":"{{msid}}","score":-1}""");
        await host.IngestAsync();

        Assert.Equal((200, 200), (byMbid.Status, byMsid.Status));
        var item = Assert.Single(host.Topic.Plays).Item;
        Assert.Equal(
            [(item, 1), (item, -1)],
            host.Topic.Events.OfType<FeedbackEvent>().Select(e => (e.Item!.Value, e.Score))
        );
        var (_, answer) = await host.AskAsync("GET", Get);
        var feedback = Assert.Single(answer.GetProperty("feedback").EnumerateArray());
        Assert.Equal(Bodies.Mbid, feedback.GetProperty("recording_mbid").GetString());
        Assert.Equal(msid, feedback.GetProperty("recording_msid").GetString());
        Assert.Equal(-1, feedback.GetProperty("score").GetInt32());
        Assert.Equal("alice", feedback.GetProperty("user_id").GetString());
        Assert.Equal(CollectHost.Now.ToUnixTimeSeconds() + 1, feedback.GetProperty("created").GetInt64());
    }

    [Fact]
    public async Task Love_OfARecordingNeverPlayed_IsOfTheIdItself()
    {
        await using var host = await CollectHost.StartAsync();

        await host.AskAsync("POST", Submit, $$"""{"recording_mbid":"{{Bodies.Mbid}}","score":"1"}""");

        Assert.Equal(Bodies.Mbid, Assert.Single(host.Topic.Events.OfType<FeedbackEvent>()).Item!.Value.Value);
    }

    [Fact]
    public async Task Love_OfWhatWasImportedElsewhere_IsFoundInTheHistory()
    {
        await using var host = await CollectHost.StartAsync();
        using var sent = await host.PostAsync(
            """{"event_id":"e1","listener":"alice","kind":"play","item":"i1","started_at":"2026-11-20T07:30:00Z","track_name":"T","artist_name":"A"}"""
        );
        await host.IngestAsync();
        var (_, listens) = await host.AskAsync("GET", "/1/user/alice/listens");
        var msid = listens.GetProperty("payload").GetProperty("listens")[0].GetProperty("recording_msid").GetString();

        var (status, _) = await host.AskAsync("POST", Submit, $$"""{"recording_msid":"{{msid}}","score":1}""");

        Assert.Equal(200, status);
        Assert.Equal("i1", Assert.Single(host.Topic.Events.OfType<FeedbackEvent>()).Item!.Value.Value);
    }

    [Fact]
    public async Task Zero_TakesTheOpinionBack()
    {
        await using var host = await CollectHost.StartAsync();
        foreach (var score in new[] { 1, 0 })
        {
            await host.AskAsync("POST", Submit, $$"""{"recording_mbid":"{{Bodies.Mbid}}","score":{{score}}}""");
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await host.IngestAsync();

        var (_, answer) = await host.AskAsync("GET", Get);

        Assert.Equal(0, answer.GetProperty("total_count").GetInt32());
    }

    [Theory]
    [InlineData("like", 1)]
    [InlineData("love", 1)]
    [InlineData("dislike", -1)]
    [InlineData("hate", -1)]
    [InlineData("bad_recommendation", -1)]
    public async Task Rating_OfARecommendation_IsAnOpinion(string rating, int score)
    {
        await using var host = await CollectHost.StartAsync();

        var (status, answer) = await host.AskAsync(
            "POST",
            "/1/recommendation/feedback/submit",
            $$"""{"recording_mbid":"{{Bodies.Mbid}}","rating":"{{rating}}"}"""
        );
        await host.AskAsync("POST", "/1/recommendation/feedback/delete", $$"""{"recording_mbid":"{{Bodies.Mbid}}"}""");

        Assert.Equal((200, "ok"), (status, answer.GetProperty("status").GetString()));
        Assert.Equal([score, 0], host.Topic.Events.OfType<FeedbackEvent>().Select(e => e.Score));
    }

    [Theory]
    [InlineData(Submit, """{"score":1}""", 400)]
    [InlineData(Submit, """{"recording_mbid":null,"recording_msid":null,"score":1}""", 400)]
    [InlineData(Submit, """{"recording_mbid":"8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"}""", 400)]
    [InlineData(Submit, """{"recording_mbid":"8f3471b5-7e6a-48da-86a9-c1c07a0f47ae","score":2}""", 400)]
    [InlineData(Submit, """{"recording_mbid":"8f3471b5-7e6a-48da-86a9-c1c07a0f47ae","score":1,"x":1}""", 400)]
    [InlineData(Submit, """{"recording_mbid":"x","score":1}""", 400)]
    [InlineData(Submit, """{"recording_msid":"x","score":1}""", 400)]
    [InlineData(Submit, """{"recording_msid":"8f3471b5-7e6a-48da-86a9-c1c07a0f47ae","score":1}""", 404)]
    [InlineData(Submit, "score", 400)]
    [InlineData(
        "/1/recommendation/feedback/submit",
        """{"recording_mbid":"8f3471b5-7e6a-48da-86a9-c1c07a0f47ae","rating":"meh"}""",
        400
    )]
    [InlineData("/1/recommendation/feedback/submit", """{"rating":"love"}""", 400)]
    [InlineData("/1/recommendation/feedback/delete", "{}", 400)]
    public async Task Feedback_ThatMeansNothing_IsRefused(string path, string body, int status)
    {
        await using var host = await CollectHost.StartAsync();

        var answer = await host.AskAsync("POST", path, body);

        Assert.Equal((status, status), (answer.Status, answer.Body.GetProperty("code").GetInt32()));
        Assert.Empty(host.Topic.Messages);
    }

    [Theory]
    [InlineData("", 3, 3)]
    [InlineData("?score=1", 2, 2)]
    [InlineData("?score=-1&metadata=true", 1, 1)]
    [InlineData("?count=1&offset=1", 1, 3)]
    [InlineData("?offset=9", 0, 3)]
    public async Task Feedback_IsPagedAndFiltered(string query, int count, int total)
    {
        await using var host = await CollectHost.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await host.AskAsync(
                "POST",
                Submit,
                $$"""{"recording_mbid":"00000000-0000-4000-8000-00000000000{{i}}","score":{{(i == 1 ? -1 : 1)}}}"""
            );
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await host.IngestAsync();

        var (_, answer) = await host.AskAsync("GET", Get + query);

        Assert.Equal(count, answer.GetProperty("count").GetInt32());
        Assert.Equal(count, answer.GetProperty("feedback").GetArrayLength());
        Assert.Equal(total, answer.GetProperty("total_count").GetInt32());
        Assert.Equal(JsonValueKind.Number, answer.GetProperty("offset").ValueKind);
    }

    [Theory]
    [InlineData("?score=2")]
    [InlineData("?count=-1")]
    [InlineData("?offset=x")]
    public async Task Page_ThatIsNone_IsRefused(string query)
    {
        await using var host = await CollectHost.StartAsync();

        Assert.Equal(400, (await host.AskAsync("GET", Get + query)).Status);
    }
}
