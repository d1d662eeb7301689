using System.Text.Json;

namespace Nocturne.Collect.Tests.ListenBrainz;

/// <summary>Every rule of ListenBrainz's for a submission, with its text.</summary>
public sealed class SubmissionRulesTests
{
    private const string Names = "\"track_metadata\":{\"artist_name\":\"a\",\"track_name\":\"t\"}";

    public static TheoryData<string, string> Refused =>
        new()
        {
            { "", "Cannot parse JSON document" },
            { "{", "Cannot parse JSON document" },
            { "\"\\ud800\"", "Cannot parse JSON document: it holds text that is not Unicode." },
            { "[]", "Invalid JSON document submitted." },
            { "{}", "Invalid JSON document submitted." },
            { """{"listen_type":"single"}""", "Invalid JSON document submitted." },
            { """{"payload":[{}]}""", "Invalid JSON document submitted." },
            { """{"listen_type":"single","payload":{}}""", "Invalid JSON document submitted." },
            { """{"listen_type":"single","payload":[]}""", "JSON document does not contain any listens" },
            { Of("once", "{}"), "JSON document requires a valid listen_type key." },
            { """{"listen_type":3,"payload":[{}]}""", "JSON document requires a valid listen_type key." },
            {
                Of("single", Listen(), Listen()),
                "JSON document contains more than listen for a single/playing_now. It should contain only one."
            },
            {
                Of("playing_now", $"{{{Names}}}", $"{{{Names}}}"),
                "JSON document contains more than listen for a single/playing_now. It should contain only one."
            },
            {
                Of("import", [.. Enumerable.Repeat("{}", 1_001)]),
                "Too many listens. You may not submit more than 1000 listens at once."
            },
            {
                Bodies.Single($$"""{"note":"{{new string('x', 10_240)}}"}"""),
                "JSON document is too large. Each listens may not be larger than 10240 bytes."
            },
            { Of("single", "null"), "Listen is empty and cannot be validated." },
            { Of("single", $"{{{Names}}}"), "JSON document must contain the key listened_at at the top level." },
            { Of("single", Listen("null")), "JSON document must contain an int value for listened_at." },
            { Of("single", Listen("\"soon\"")), "JSON document must contain an int value for listened_at." },
            { Of("single", Listen("[1]")), "JSON document must contain an int value for listened_at." },
            {
                Of("single", Listen($"{CollectHost.Now.ToUnixTimeSeconds() + 3_600}")),
                "Value for key listened_at is too high."
            },
            { Of("single", Listen("1e30")), "Value for key listened_at is too high." },
            {
                Of("single", Listen("1033430399")),
                "Value for key listened_at is too low. listened_at timestamp should be greater than 1033410600 (2002-10-01 00:00:00 UTC)."
            },
            {
                Of("single", $$"""{"listened_at":{{Bodies.At}}}"""),
                "JSON document must contain the key track_metadata at the top level."
            },
            {
                Of("single", $"{{\"listened_at\":{Bodies.At},{Names},\"user\":1}}"),
                "JSON document may only contain listened_at and track_metadata top level keys"
            },
            {
                Of("playing_now", $"{{\"listened_at\":1,{Names}}}"),
                "JSON document must not contain listened_at while submitting playing_now."
            },
            {
                Of("playing_now", $"{{{Names},\"user\":1}}"),
                "JSON document may only contain track_metadata as top level key when submitting playing_now."
            },
            {
                Of("single", $$"""{"listened_at":{{Bodies.At}},"track_metadata":null}"""),
                "JSON document may not have track_metadata with null value."
            },
            {
                Meta("""{"artist_name":"a"}"""),
                "JSON document does not contain required field track_metadata.track_name."
            },
            {
                Meta("""{"track_name":"t"}"""),
                "JSON document does not contain required field track_metadata.artist_name."
            },
            { Meta("""{"track_name":" \t","artist_name":"a"}"""), "field track_metadata.track_name is empty." },
            { Meta("""{"track_name":"t","artist_name":""}"""), "field track_metadata.artist_name is empty." },
            { Meta("""{"track_name":"t","artist_name":"\u200b"}"""), "field track_metadata.artist_name is empty." },
            {
                Meta("""{"track_name":["t"],"artist_name":"a"}"""),
                "track_metadata.track_name must be a single string."
            },
            { Meta("""{"track_name":"t","artist_name":7}"""), "track_metadata.artist_name must be a single string." },
            {
                Meta("""{"track_name":"t","artist_name":"a","release_name":null}"""),
                "track_metadata.release_name must be a single string."
            },
            { Meta("""{"track_name":"\u0000Fade","artist_name":"a"}"""), "\0Fade contains a unicode null" },
            { Info("""{"mood":{"of":["x\u0000"]}}"""), "x\0 contains a unicode null" },
            { Info("7"), "track_metadata.additional_info must be an object." },
            {
                Info($$"""{"tags":[{{string.Join(',', Enumerable.Repeat("\"t\"", 51))}}]}"""),
                "JSON document may not contain more than 50 items in track_metadata.additional_info.tags."
            },
            {
                Info($$"""{"tags":["{{new string('t', 65)}}"]}"""),
                "JSON document may not contain track_metadata.additional_info.tags longer than 64 characters."
            },
            {
                Info("""{"duration":1,"duration_ms":1000}"""),
                "JSON document should not contain both duration and duration_ms."
            },
            { Info("""{"duration":0}"""), "Value for duration is invalid, should be a positive integer." },
            { Info("""{"duration":"long"}"""), "Value for duration is invalid, should be a positive integer." },
            { Info("""{"duration":2073601}"""), "Value for duration is too large, max permitted value is 2073600" },
            { Info("""{"duration_ms":-5}"""), "Value for duration_ms is invalid, should be a positive integer." },
            {
                Info("""{"duration_ms":2073600001}"""),
                "Value for duration_ms is too large, max permitted value is 2073600000"
            },
            { Info("""{"recording_mbid":"not-a-uuid"}"""), "recording_mbid MBID format invalid." },
            { Info("""{"release_mbid":7}"""), "release_mbid MBID format invalid." },
            { Info("""{"release_group_mbid":"x"}"""), "release_group_mbid MBID format invalid." },
            { Info("""{"track_mbid":"x"}"""), "track_mbid MBID format invalid." },
            { Info("""{"artist_mbids":["x"]}"""), "artist_mbids MBID format invalid." },
            { Info("""{"work_mbids":[{}]}"""), "work_mbids MBID format invalid." },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Submission_AgainstARule_IsRefusedWithItsText(string body, string text)
    {
        await using var host = await CollectHost.StartAsync();

        var (status, answer) = await host.AskAsync("POST", "/1/submit-listens", body);

        Assert.Equal(400, status);
        Assert.Equal(400, answer.GetProperty("code").GetInt32());
        Assert.StartsWith(text, answer.Error(), StringComparison.Ordinal);
        Assert.Empty(host.Topic.Messages);
    }

    [Theory]
    [InlineData("null")]
    [InlineData(
        """{"tags":null,"duration":null,"duration_ms":180000,"isrc":null,"spotify_id":null,"tracknumber":null}"""
    )]
    [InlineData(
        """{"recording_mbid":null,"release_mbid":"","release_group_mbid":[],"artist_mbids":[null,""],"work_mbids":null}"""
    )]
    [InlineData(
        """{"recording_mbid":"8F3471B57E6A48DA86A9C1C07A0F47AE","artist_mbids":"24412926-c7bd-48e8-afad-8a285b42e131"}"""
    )]
    [InlineData(
        """{"duration":"215","tags":["a"],"rating":"5","listening_from":"x","deep":{"a":[[[[[[[[[1]]]]]]]]]}}"""
    )]
    [InlineData("""{"duration_ms":180000.7,"duration_played":"all of it"}""")]
    public async Task Submission_WithWhatRealClientsSend_IsTaken(string info)
    {
        await using var host = await CollectHost.StartAsync();

        var (status, answer) = await host.AskAsync("POST", "/1/submit-listens", Bodies.Single(info));

        Assert.Equal((200, "ok"), (status, answer.GetProperty("status").GetString()));
        Assert.Single(host.Topic.Plays);
    }

    [Theory]
    [InlineData("1033430400")]
    [InlineData("\" 1700000000 \"")]
    [InlineData("1700000000.9")]
    public async Task ListenedAt_ThatPythonReadsAsAnInteger_IsTaken(string listenedAt)
    {
        await using var host = await CollectHost.StartAsync();

        var (status, _) = await host.AskAsync("POST", "/1/submit-listens", Of("single", Listen(listenedAt)));

        Assert.Equal(200, status);
        Assert.Equal(0, Assert.Single(host.Topic.Plays).StartedAt.UnixMilliseconds % 1_000);
    }

    [Fact]
    public async Task ReleaseName_ThatIsEmpty_IsDropped()
    {
        await using var host = await CollectHost.StartAsync();

        var (status, _) = await host.AskAsync(
            "POST",
            "/1/submit-listens",
            Meta("""{"track_name":" t ","artist_name":"\ta","release_name":" "}""")
        );

        Assert.Equal(200, status);
        var play = Assert.Single(host.Topic.Plays);
        Assert.Equal(("t", "a", null), (play.Title, play.ArtistName, play.ReleaseName));
    }

    [Fact]
    public async Task Body_OverTheBound_IsRefused()
    {
        await using var host = await CollectHost.StartAsync();
        var atBound = Bodies.Submit("import", [.. Enumerable.Repeat(Bodies.Listen(Bodies.At), 1_000)]);

        var (taken, _) = await host.AskAsync("POST", "/1/submit-listens", atBound.PadRight(10_240_000));
        var (refused, answer) = await host.AskAsync("POST", "/1/submit-listens", atBound.PadRight(10_240_001));

        Assert.Equal((200, 400), (taken, refused));
        Assert.Equal("Payload too large. Payload cannot exceed 10240000 bytes", answer.Error());
    }

    [Fact]
    public async Task Batch_WithOneBadListen_IsRefusedWholeAndEchoesIt()
    {
        await using var host = await CollectHost.StartAsync();
        var body = Bodies.Submit(
            "import",
            Bodies.Listen(Bodies.At),
            Bodies.Listen(Bodies.At + 1, """{"duration":-1}"""),
            Bodies.Listen(Bodies.At + 2)
        );

        var (status, answer) = await host.AskAsync("POST", "/1/submit-listens", body);

        Assert.Equal(400, status);
        Assert.Equal(Bodies.At + 1, answer.GetProperty("listened_at").GetInt64());
        Assert.Equal(JsonValueKind.Object, answer.GetProperty("track_metadata").ValueKind);
        Assert.Empty(host.Topic.Messages);
    }

    private static string Of(string type, params string[] listens) => Bodies.Submit(type, listens);

    private static string Listen(string? listenedAt = null) =>
        $"{{\"listened_at\":{listenedAt ?? $"{Bodies.At}"},{Names}}}";

    private static string Meta(string metadata) =>
        Of("single", $$"""{"listened_at":{{Bodies.At}},"track_metadata":{{metadata}}}""");

    private static string Info(string info) => Bodies.Single(info);
}
