using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.Tests.ListenBrainz;

public sealed class ReadTests
{
    private const string Listens = "/1/user/alice/listens";

    [Fact]
    public async Task Listens_ComeBackAsTheyWereSubmitted()
    {
        await using var host = await CollectHost.StartAsync();
        await SubmitAsync(
            host,
            Bodies.Single($$"""{"recording_mbid":"{{Bodies.Mbid}}","duration_ms":222000,"media_player":"mpd"}""")
        );

        var (status, answer) = await host.AskAsync("GET", Listens);

        Assert.Equal(200, status);
        var payload = answer.GetProperty("payload");
        Assert.Equal(
            (1, "alice"),
            (payload.GetProperty("count").GetInt32(), payload.GetProperty("user_id").GetString())
        );
        Assert.Equal(Bodies.At, payload.GetProperty("latest_listen_ts").GetInt64());
        Assert.Equal(Bodies.At, payload.GetProperty("oldest_listen_ts").GetInt64());
        var listen = payload.GetProperty("listens")[0];
        Assert.Equal(Bodies.At, listen.GetProperty("listened_at").GetInt64());
        Assert.Equal(Bodies.At, listen.GetProperty("inserted_at").GetInt64());
        Assert.Equal("alice", listen.GetProperty("user_name").GetString());
        Assert.True(listen.GetProperty("recording_msid").TryGetGuid(out _));
        var metadata = listen.GetProperty("track_metadata");
        Assert.Equal("Gymnopédie No. 1", metadata.GetProperty("track_name").GetString());
        Assert.Equal("Erik Satie", metadata.GetProperty("artist_name").GetString());
        Assert.Equal("Piano Works", metadata.GetProperty("release_name").GetString());
        var info = metadata.GetProperty("additional_info");
        Assert.Equal(Bodies.Mbid, info.GetProperty("recording_mbid").GetString());
        Assert.Equal(222_000, info.GetProperty("duration_ms").GetInt32());
        Assert.Equal("mpd", info.GetProperty("media_player").GetString());
    }

    [Theory]
    [InlineData("", 25, 0)]
    [InlineData("?count=3", 3, 0)]
    [InlineData("?count=5000", 60, 0)]
    [InlineData("?count=0", 0, 0)]
    [InlineData("?max_ts={20}", 25, 21)]
    [InlineData("?min_ts={5}", 5, 0)]
    [InlineData("?min_ts={40}&count=10", 10, 30)]
    [InlineData("?min_ts={30}&max_ts={20}", 9, 21)]
    [InlineData("?min_ts={0}", 0, 0)]
    [InlineData("?max_ts=0", 0, 0)]
    [InlineData("?max_ts=99999999999999", 25, 0)]
    public async Task Pages_AreDescendingWithinExclusiveBounds(string query, int count, int first)
    {
        await using var host = await CollectHost.StartAsync();
        // Listen i is i times nine days before the newest: 60 of them are a year and a half.
        await SubmitAsync(
            host,
            Bodies.Submit("import", [.. Enumerable.Range(0, 60).Select(i => Bodies.Listen(AtOf(i)))])
        );
        for (var i = 0; i < 60; i++)
        {
            query = query.Replace($"{{{i}}}", $"{AtOf(i)}", StringComparison.Ordinal);
        }

        var (status, answer) = await host.AskAsync("GET", Listens + query);

        Assert.Equal(200, status);
        Assert.Equal(
            Enumerable.Range(first, count).Select(AtOf),
            answer
                .GetProperty("payload")
                .GetProperty("listens")
                .EnumerateArray()
                .Select(l => l.GetProperty("listened_at").GetInt64())
        );
        Assert.Equal(AtOf(0), answer.GetProperty("payload").GetProperty("latest_listen_ts").GetInt64());
    }

    [Theory]
    [InlineData("?count=many", "Invalid count argument: many")]
    [InlineData("?count=-1", "Number of items requested should be positive")]
    [InlineData("?min_ts=x", "Invalid min_ts argument: x")]
    [InlineData("?min_ts=2&max_ts=1", "max_ts should be greater than min_ts")]
    public async Task Pages_ThatAreNone_AreRefused(string query, string text)
    {
        await using var host = await CollectHost.StartAsync();

        var (status, answer) = await host.AskAsync("GET", Listens + query);

        Assert.Equal((400, 400, text), (status, answer.GetProperty("code").GetInt32(), answer.Error()));
    }

    [Fact]
    public async Task Count_IsOfListensNotOfSkips()
    {
        await using var host = await CollectHost.StartAsync();
        await SubmitAsync(
            host,
            Bodies.Submit(
                "import",
                Bodies.Listen(Bodies.At, """{"duration_played":10}"""),
                Bodies.Listen(Bodies.At + 60, """{"duration_played":100}"""),
                Bodies.Listen(Bodies.At + 120)
            )
        );

        var (_, count) = await host.AskAsync("GET", "/1/user/alice/listen-count");
        var (_, listens) = await host.AskAsync("GET", Listens);

        Assert.Equal(2, count.GetProperty("payload").GetProperty("count").GetInt32());
        Assert.Equal(2, listens.GetProperty("payload").GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task ListenerWithoutEvents_HasEmptyLists()
    {
        await using var host = await CollectHost.StartAsync();

        var (_, listens) = await host.AskAsync("GET", Listens);
        var (_, count) = await host.AskAsync("GET", "/1/user/alice/listen-count");
        var (_, feedback) = await host.AskAsync("GET", "/1/feedback/user/alice/get-feedback");

        Assert.Equal(0, listens.GetProperty("payload").GetProperty("latest_listen_ts").GetInt64());
        Assert.Equal(0, listens.GetProperty("payload").GetProperty("listens").GetArrayLength());
        Assert.Equal(0, count.GetProperty("payload").GetProperty("count").GetInt32());
        Assert.Equal(0, feedback.GetProperty("total_count").GetInt32());
    }

    [Theory]
    [InlineData("""{"duration":200}""", 200)]
    [InlineData("""{"duration_ms":200000}""", 200)]
    [InlineData("{}", 600)]
    public async Task PlayingNow_ExpiresWithTheTrack(string info, int seconds)
    {
        await using var host = await CollectHost.StartAsync();
        var body = Bodies.Submit("playing_now", Bodies.Listen(at: null, info));
        await host.AskAsync("POST", "/1/submit-listens", body);

        host.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
        var (_, before) = await host.AskAsync("GET", "/1/user/alice/playing-now");
        host.Time.Advance(TimeSpan.FromSeconds(1));
        var (_, after) = await host.AskAsync("GET", "/1/user/alice/playing-now");

        var payload = before.GetProperty("payload");
        Assert.Equal(1, payload.GetProperty("count").GetInt32());
        Assert.True(payload.GetProperty("playing_now").GetBoolean());
        Assert.Equal(
            "Gymnopédie No. 1",
            payload.GetProperty("listens")[0].GetProperty("track_metadata").GetProperty("track_name").GetString()
        );
        Assert.Equal(0, after.GetProperty("payload").GetProperty("count").GetInt32());
        Assert.Equal(0, after.GetProperty("payload").GetProperty("listens").GetArrayLength());
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("{}", 0)]
    [InlineData("""{"client":"mine"}""", 0)]
    [InlineData("""{"client":"another"}""", 1)]
    public async Task PlayingNow_IsDeletedByItsClientOrWhoever(string? body, int left)
    {
        await using var host = await CollectHost.StartAsync();
        var playing = Bodies.Submit("playing_now", Bodies.Listen(at: null, """{"submission_client":"mine"}"""));
        await host.AskAsync("POST", "/1/submit-listens", playing);

        var (status, answer) = await host.AskAsync("POST", "/1/playing-now/delete", body);

        Assert.Equal((200, "ok"), (status, answer.GetProperty("status").GetString()));
        Assert.Equal(JsonValueKind.String, answer.GetProperty("message").ValueKind);
        var (_, now) = await host.AskAsync("GET", "/1/user/alice/playing-now");
        Assert.Equal(left, now.GetProperty("payload").GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DeletedListen_IsRetracted_WhetherItIsInTheProfileYetOrNot(bool isIngested)
    {
        await using var host = await CollectHost.StartAsync();
        var two = Bodies.Submit("import", Bodies.Listen(Bodies.At), Bodies.Listen(Bodies.At + 300, "{}", "Another"));
        await SubmitAsync(host, two);
        var (_, listens) = await host.AskAsync("GET", Listens);
        var msid = listens.GetProperty("payload").GetProperty("listens")[1].GetProperty("recording_msid").GetString();
        await using var fresh = await CollectHost.StartAsync();
        var used = isIngested ? host : fresh;
        if (!isIngested)
        {
            await used.AskAsync("POST", "/1/submit-listens", two);
        }

        var (status, answer) = await used.AskAsync(
            "POST",
            "/1/delete-listen",
            $$"""{"listened_at":{{Bodies.At}},"recording_msid":"{{msid}}"}"""
        );
        await used.IngestAsync();

        Assert.Equal((200, "ok"), (status, answer.GetProperty("status").GetString()));
        Assert.Single(used.Topic.Events.OfType<RetractEvent>());
        var (_, left) = await used.AskAsync("GET", Listens);
        Assert.Equal(
            Bodies.At + 300,
            Assert
                .Single(left.GetProperty("payload").GetProperty("listens").EnumerateArray())
                .GetProperty("listened_at")
                .GetInt64()
        );
    }

    [Theory]
    [InlineData("[]", "Invalid JSON document submitted.")]
    [InlineData("""{"recording_msid":"x"}""", "Listen timestamp missing.")]
    [InlineData("""{"listened_at":1}""", "Recording MSID missing.")]
    [InlineData("""{"listened_at":"then","recording_msid":"x"}""", "\"then\": Listen timestamp invalid.")]
    [InlineData("""{"listened_at":1700000000,"recording_msid":"x"}""", "\"x\": Recording MSID format invalid.")]
    public async Task Deletion_ThatMeansNothing_IsRefused(string body, string text)
    {
        await using var host = await CollectHost.StartAsync();

        var (status, answer) = await host.AskAsync("POST", "/1/delete-listen", body);

        Assert.Equal((400, text), (status, answer.Error()));
        Assert.Empty(host.Topic.Messages);
    }

    [Fact]
    public async Task Deletion_OfNoListen_IsAnsweredAsListenBrainzDoes()
    {
        await using var host = await CollectHost.StartAsync();

        var (status, _) = await host.AskAsync(
            "POST",
            "/1/delete-listen",
            $$"""{"listened_at":1700000000,"recording_msid":"{{Bodies.Mbid}}"}"""
        );

        Assert.Equal(200, status);
        Assert.Empty(host.Topic.Messages);
    }

    internal static async Task SubmitAsync(CollectHost host, string body)
    {
        var (status, _) = await host.AskAsync("POST", "/1/submit-listens", body);
        Assert.Equal(200, status);
        await host.IngestAsync();
    }

    private static long AtOf(int place) => Bodies.At - (place * 9L * 86_400);
}
