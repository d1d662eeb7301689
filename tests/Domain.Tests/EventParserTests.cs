using System.Text;

namespace Nocturne.Domain.Tests;

public sealed class EventParserTests
{
    [Fact]
    public void Play_WithEveryField_IsReadWhole()
    {
        var play = Lines.Accept<PlayEvent>(
            Lines.Play(
                ("item_kind", "\"episode\""),
                ("artist", "\"r1\""),
                ("ms_played", "1000"),
                ("duration_ms", "2000"),
                ("end", "\"skipped\""),
                ("context", "\"c\""),
                ("device", "\"d\""),
                ("session", "\"s\""),
                ("track_name", "\" T \""),
                ("artist_name", "\"A\""),
                ("release_name", "\"R\"")
            )
        );

        Assert.Equal(
            new PlayEvent
            {
                Listener = new ListenerId("alice"),
                Id = new EventId("e1"),
                StartedAt = At("2026-11-20T08:30:00Z"),
                ReceivedAt = At("2026-11-20T08:30:00Z"),
                Item = new ItemId("i1"),
                ItemKind = ItemKind.Episode,
                Artist = new ArtistId("r1"),
                MsPlayed = 1000,
                DurationMs = 2000,
                End = PlayEnd.Skipped,
                Context = "c",
                Device = "d",
                Session = "s",
                Title = "T",
                ArtistName = "A",
                ReleaseName = "R",
            },
            play
        );
    }

    [Fact]
    public void OtherKinds_WithTheirFields_AreRead()
    {
        var feedback = Lines.Accept<FeedbackEvent>(
            Lines.Event(("kind", "\"feedback\""), ("artist", "\"r\""), ("score", "-1"))
        );
        Assert.Equal((new ArtistId("r"), null, -1), (feedback.Artist, feedback.Item, feedback.Score));

        var follow = Lines.Accept<FollowEvent>(
            Lines.Event(("kind", "\"follow\""), ("artist", "\"r\""), ("on", "false"))
        );
        Assert.Equal((new ArtistId("r"), false), (follow.Artist, follow.On));

        Lines.Accept<RetractEvent>(Lines.Event(("kind", "\"retract\"")));

        var settings = Lines.Accept<SettingsEvent>(
            Lines.Event(
                ("kind", "\"settings\""),
                ("time_zone", "\"America/Port-au-Prince\""),
                ("market", "\"HT\""),
                ("explicit", "false"),
                ("languages", "[\"fr\",\"ht-HT\"]")
            )
        );
        Assert.Equal(
            ("America/Port-au-Prince", "HT", false),
            (settings.TimeZone, settings.Market, settings.Explicit!.Value)
        );
        Assert.Equal(["fr", "ht-HT"], settings.Languages);

        var shown = Lines.Accept<ImpressionEvent>(
            Lines.Event(
                ("kind", "\"impression\""),
                ("item", "\"i\""),
                ("playlist", "\"daily-mix-1@2026-11-20\""),
                ("slot", "9999"),
                ("propensity", "0.123456789"),
                ("arms", "[\"ranking:b\"]")
            )
        );
        Assert.Equal((9_999, 123_456_789), (shown.Slot, shown.PropensityNano));
        Assert.Equal(["ranking:b"], shown.Arms);

        var exclude = Lines.Accept<ExcludeEvent>(Lines.Event(("kind", "\"exclude\""), ("device", "\"d\"")));
        Assert.Equal((ExcludeTarget.Device, "d", true), (exclude.Target, exclude.Value, exclude.On));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"event_id\":}")]
    [InlineData("nonsense")]
    [InlineData("{\"x\":01}")]
    [InlineData("{'x':1}")]
    [InlineData("{} {}")]
    [InlineData("1 2")]
    [InlineData("{\"x\":[[[[[[[[[1]]]]]]]]]}")]
    [InlineData("\uFEFF{}")]
    [InlineData("{\"x\":\"a\0b\"}")]
    [InlineData("{\"x\":1}// comment")]
    public void Line_ThatIsNotJson_IsInvalidJson(string line) => Lines.Refuse(line, RejectReason.InvalidJson, null);

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[{\"kind\":\"play\"}]")]
    public void Line_ThatIsNoObject_IsNotAnObject(string line) => Lines.Refuse(line, RejectReason.NotAnObject, null);

    [Fact]
    public void Line_WithTrailingBytesAfterAnEvent_IsInvalidJson() =>
        Lines.Refuse(Lines.Play() + "x", RejectReason.InvalidJson, null);

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0xc3, 0x28 })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { 0xf4, 0x90, 0x80, 0x80 })]
    public void Line_WithBytesThatAreNotUtf8_IsInvalidUtf8(byte[] bytes) =>
        Lines.Refuse([.. "{\"x\":\""u8, .. bytes, .. "\"}"u8], RejectReason.InvalidUtf8, null);

    [Theory]
    [InlineData("item")]
    [InlineData("track_name")]
    [InlineData("kind")]
    public void Field_WithAnEscapedLoneSurrogate_IsInvalidUtf8OrField(string field)
    {
        var line = Lines.Play((field, "\"\\ud800\""));

        Assert.False(EventParser.TryParseLine(Encoding.UTF8.GetBytes(line), 1, out _, out var rejection));

        Assert.Contains(rejection.Reason, new[] { RejectReason.InvalidUtf8, RejectReason.UnknownKind });
    }

    [Fact]
    public void Line_AtTheLimit_IsReadAndOneByteMoreIsTooLong()
    {
        var empty = Lines.Play(("own", "\"\""));
        var longest = Lines.Play(("own", $"\"{new string('x', EventParser.MaxLineBytes - empty.Length)}\""));

        Lines.Accept(longest);
        Lines.Refuse(longest + " ", RejectReason.LineTooLong, null);
    }

    [Theory]
    [InlineData("listener")]
    [InlineData("event_id")]
    [InlineData("started_at")]
    [InlineData("received_at")]
    [InlineData("kind")]
    [InlineData("item")]
    public void Play_WithoutARequiredField_IsMissingField(string field)
    {
        Lines.Refuse(Lines.Play((field, null)), RejectReason.MissingField, field);
        Lines.Refuse(Lines.Play((field, "null")), RejectReason.MissingField, field);
    }

    [Theory]
    [InlineData("feedback", "score", "\"item\":\"i\"")]
    [InlineData("feedback", "item", "\"score\":1")]
    [InlineData("follow", "artist", "\"on\":true")]
    [InlineData("follow", "on", "\"artist\":\"r\"")]
    [InlineData("impression", "item", "\"playlist\":\"p\",\"slot\":1,\"propensity\":1")]
    [InlineData("impression", "playlist", "\"item\":\"i\",\"slot\":1,\"propensity\":1")]
    [InlineData("impression", "slot", "\"item\":\"i\",\"playlist\":\"p\",\"propensity\":1")]
    [InlineData("impression", "propensity", "\"item\":\"i\",\"playlist\":\"p\",\"slot\":1")]
    [InlineData("exclude", "session", "\"on\":true")]
    public void OtherKind_WithoutARequiredField_IsMissingField(string kind, string field, string rest) =>
        Lines.Refuse($"{Lines.Event(("kind", $"\"{kind}\""))[..^1]},{rest}}}", RejectReason.MissingField, field);

    [Theory]
    [InlineData("item", "5")]
    [InlineData("item", "\"\"")]
    [InlineData("item", "[]")]
    [InlineData("item", "{\"id\":1}")]
    [InlineData("item", "\"a\\u0000b\"")]
    [InlineData("item", "\"a\\nb\"")]
    [InlineData("item", "\"\\ufffd\"")]
    [InlineData("listener", "true")]
    [InlineData("artist", "0")]
    [InlineData("kind", "1")]
    [InlineData("ms_played", "-1")]
    [InlineData("ms_played", "86400001")]
    [InlineData("ms_played", "1.5")]
    [InlineData("ms_played", "1e3")]
    [InlineData("ms_played", "\"1\"")]
    [InlineData("ms_played", "99999999999999999999")]
    [InlineData("duration_ms", "0")]
    [InlineData("duration_ms", "604800001")]
    [InlineData("end", "\"over\"")]
    [InlineData("end", "3")]
    [InlineData("item_kind", "\"video\"")]
    [InlineData("item_kind", "null1", "invalid_json")]
    [InlineData("track_name", "7")]
    [InlineData("session", "\"\"")]
    [InlineData("started_at", "1763627400")]
    [InlineData("started_at", "\"2026-11-20\"")]
    [InlineData("started_at", "\"2026-11-20T08:30:00\"")]
    [InlineData("started_at", "\"2026-02-30T08:30:00Z\"")]
    [InlineData("started_at", "\"2026-11-20 08:30:00Z\"")]
    [InlineData("started_at", "\"0000-11-20T08:30:00Z\"")]
    [InlineData("started_at", "\"0001-01-01T00:00:00+14:00\"")]
    [InlineData("started_at", "\"\"")]
    public void Field_WithAWrongTypeOrValue_IsRefusedByName(string field, string json, string code = "invalid_field")
    {
        Assert.False(
            EventParser.TryParseLine(Encoding.UTF8.GetBytes(Lines.Play((field, json))), 1, out _, out var rejection)
        );

        Assert.Equal(code, rejection.Code);
        Assert.Equal(code == "invalid_field" ? field : null, rejection.Field);
    }

    [Theory]
    [InlineData("settings", "time_zone", "\"\"")]
    [InlineData("settings", "time_zone", "\"Europe Zurich\"")]
    [InlineData("settings", "market", "\"ch\"")]
    [InlineData("settings", "market", "\"CHE\"")]
    [InlineData("settings", "explicit", "\"no\"")]
    [InlineData("settings", "languages", "\"de\"")]
    [InlineData("settings", "languages", "[1]")]
    [InlineData("settings", "languages", "[\"d\"]")]
    [InlineData("settings", "languages", "[\"aa\",\"aa\",\"aa\",\"aa\",\"aa\",\"aa\",\"aa\",\"aa\",\"aa\"]")]
    [InlineData("impression", "slot", "10000")]
    [InlineData("impression", "propensity", "0")]
    [InlineData("impression", "propensity", "1.000000001")]
    [InlineData("impression", "propensity", "1e999")]
    [InlineData("impression", "propensity", "-1")]
    [InlineData("impression", "arms", "[\"\"]")]
    [InlineData("impression", "arms", "[\"é\"]")]
    [InlineData("feedback", "score", "2")]
    [InlineData("follow", "on", "1")]
    public void OtherKind_WithAWrongValue_IsInvalidField(string kind, string field, string json) =>
        Lines.Refuse(Lines.Event(("kind", $"\"{kind}\""), (field, json)), RejectReason.InvalidField, field);

    [Fact]
    public void Subjects_MoreThanOne_AreInvalid()
    {
        Lines.Refuse(
            Lines.Event(("kind", "\"feedback\""), ("item", "\"i\""), ("artist", "\"r\""), ("score", "1")),
            RejectReason.InvalidField,
            "artist"
        );
        Lines.Refuse(
            Lines.Event(("kind", "\"exclude\""), ("session", "\"s\""), ("device", "\"d\"")),
            RejectReason.InvalidField,
            "session"
        );
    }

    [Fact]
    public void Field_StandingTwice_IsDuplicateFieldEvenWithTheSameValue()
    {
        Lines.Refuse(Lines.Play()[..^1] + ",\"item\":\"i1\"}", RejectReason.DuplicateField, "item");
        Lines.Refuse(Lines.Play()[..^1] + ",\"\\u0069tem\":\"i2\"}", RejectReason.DuplicateField, "item");
    }

    [Fact]
    public void Fields_OfOthersOwn_AreIgnoredWhereverAndHoweverOften() =>
        Assert.Equal(
            Lines.Accept(Lines.Play()),
            Lines.Accept("{\"own\":{\"a\":[1,{\"kind\":2}]},\"own\":null," + Lines.Play()[1..])
        );

    [Fact]
    public void Kind_Unknown_IsUnknownKind()
    {
        Lines.Refuse(Lines.Play(("kind", "\"rewind\"")), RejectReason.UnknownKind, "kind");
        Lines.Refuse(Lines.Play(("kind", "\"Play\"")), RejectReason.UnknownKind, "kind");
    }

    [Fact]
    public void Start_Before2000_IsTooEarly()
    {
        Lines.Refuse(Lines.Play(("started_at", "\"1999-12-31T23:59:59.999Z\"")), RejectReason.TooEarly, "started_at");
        Lines.Refuse(Lines.Play(("started_at", "\"0001-01-01T00:00:00Z\"")), RejectReason.TooEarly, "started_at");
        Lines.Accept(Lines.Play(("started_at", "\"2000-01-01T00:00:00Z\"")));
    }

    [Fact]
    public void Start_MoreThanAnHourAfterReceipt_IsFromFuture()
    {
        Lines.Accept(Lines.Play(("started_at", "\"2026-11-20T09:30:00Z\"")));
        Lines.Refuse(Lines.Play(("started_at", "\"2026-11-20T09:30:00.001Z\"")), RejectReason.FromFuture, "started_at");
    }

    [Fact]
    public void Time_From2200On_IsInvalid()
    {
        Lines.Accept(
            Lines.Play(("started_at", "\"2199-12-31T23:59:59Z\""), ("received_at", "\"2199-12-31T23:59:59Z\""))
        );
        Lines.Refuse(Lines.Play(("received_at", "\"2200-01-01T00:00:00Z\"")), RejectReason.InvalidField, "received_at");
        Lines.Refuse(
            Lines.Play(("started_at", "\"2200-01-01T00:00:00Z\""), ("received_at", "\"2199-12-31T23:59:59Z\"")),
            RejectReason.InvalidField,
            "started_at"
        );
    }

    [Theory]
    [InlineData("2026-11-20T09:30:00+01:00", "2026-11-20T08:30:00.000Z")]
    [InlineData("2026-11-20T00:00:00-08:30", "2026-11-20T08:30:00.000Z")]
    [InlineData("2026-11-20T08:29:59.9999999Z", "2026-11-20T08:29:59.999Z")]
    [InlineData("2026-11-20T08:30Z", "2026-11-20T08:30:00.000Z")]
    [InlineData("2026-11-20T09:30:00\\u002B01:00", "2026-11-20T08:30:00.000Z")]
    [InlineData("2026-11-20T08:30:00\\u005a", "2026-11-20T08:30:00.000Z")]
    public void Time_InAnyOffsetAndPrecision_IsUtcInWholeMilliseconds(string text, string expected) =>
        Assert.Equal(expected, Lines.Accept(Lines.Play(("started_at", $"\"{text}\""))).StartedAt.ToString());

    [Fact]
    public void Id_OfUpTo128Bytes_IsTaken()
    {
        Lines.Accept(Lines.Play(("item", $"\"{new string('i', 128)}\"")));
        Lines.Accept(Lines.Play(("item", $"\"{new string('é', 64)}\"")));
        Lines.Refuse(Lines.Play(("item", $"\"{new string('i', 129)}\"")), RejectReason.InvalidField, "item");
        Lines.Refuse(Lines.Play(("item", $"\"{new string('é', 65)}\"")), RejectReason.InvalidField, "item");
    }

    [Theory]
    [InlineData("  a  ", "a")]
    [InlineData("a\u0001b", "ab")]
    [InlineData(" \t ", null)]
    [InlineData("\u0007", null)]
    [InlineData(null, null)]
    public void Name_IsTrimmedAndFreedOfControls(string? name, string? expected) =>
        Assert.Equal(expected, EventParser.CleanName(name));

    [Fact]
    public void Name_LongerThan256Bytes_IsCutAtACharacter()
    {
        Assert.Equal(new string('a', 256), EventParser.CleanName(new string('a', 300)));
        Assert.Equal(new string('é', 128), EventParser.CleanName(new string('é', 200)));
        Assert.Equal("a" + new string('é', 127), EventParser.CleanName("a" + new string('é', 200)));
        Assert.Equal(
            256,
            Encoding.UTF8.GetByteCount(EventParser.CleanName(string.Concat(Enumerable.Repeat("🎵", 90)))!)
        );
    }

    [Fact]
    public void Message_WithBlankAndBadLines_KeepsTheRestAndItsNumbers()
    {
        var message = $"\n{Lines.Play()}\r\n \t\r\nbad\r\n{Lines.Play(("event_id", "\"e2\""))}\n\n[]";

        var (events, rejections) = Lines.Parse(Encoding.UTF8.GetBytes(message));

        Assert.Equal(["e1", "e2"], events.Select(e => e.Id.Value));
        Assert.Equal([(4, "invalid_json"), (7, "not_an_object")], rejections.Select(r => (r.Line, r.Code)));
        Assert.Equal("bad", Encoding.UTF8.GetString(rejections[0].Bytes.Span));
    }

    [Fact]
    public void Message_WithMoreThanAThousandLines_RefusesTheRest()
    {
        var message = string.Join('\n', Enumerable.Repeat(Lines.Play() + "\n", 1_002));

        var (events, rejections) = Lines.Parse(Encoding.UTF8.GetBytes(message));

        Assert.Equal(EventParser.MaxLines, events.Count);
        Assert.Equal([2_001, 2_003], rejections.Select(r => r.Line));
        Assert.All(rejections, r => Assert.Equal("too_many_lines", r.Code));
    }

    [Fact]
    public void RejectReason_Every_HasACodeOfItsOwn()
    {
        var codes = Enum.GetValues<RejectReason>()
            .Select(reason => new Rejection(reason, null, 1, default).Code)
            .ToList();

        Assert.Equal(codes.Count, codes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(codes, code => Assert.Matches("^[a-z]+(_[a-z0-9]+)*$", code));
    }

    private static Instant At(string time) =>
        Instant.From(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
}
