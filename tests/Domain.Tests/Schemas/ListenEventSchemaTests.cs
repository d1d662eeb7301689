using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Nocturne.Testing;

namespace Nocturne.Domain.Tests.Schemas;

/// <summary>
/// The published schema and the parser say the same of every line, but for the rules that docs/contracts.md names:
/// those a schema cannot say.
/// </summary>
public sealed class ListenEventSchemaTests
{
    private const int FuzzedLines = 60_000; // three in four of them mutated
    private const int MaxDepth = 32_000; // deeper than a line that is read at all

    private static readonly JsonSchema Schema = JsonSchema.Parse(Document("schemas/listen-event.schema.json"));

    private static readonly string[] Ids =
    [
        "event_id",
        "listener",
        "item",
        "artist",
        "session",
        "device",
        "context",
        "playlist",
    ];

    private static readonly string[] Integers = ["ms_played", "duration_ms", "slot", "score"];

    private static readonly string[] Times = ["started_at", "received_at"];

    /// <summary>What the schema lets through and the parser does not, by reason: whether that is why.</summary>
    private static readonly Dictionary<string, Func<Line, string?, bool>> BeyondTheSchema = new(StringComparer.Ordinal)
    {
        ["line_too_long"] = (line, _) => line.Bytes.Length > EventParser.MaxLineBytes,
        ["invalid_utf8"] = (line, _) => line.Text.Contains("\\ud", StringComparison.OrdinalIgnoreCase),
        ["invalid_json"] = (line, _) => !TryParse(line.Bytes, 8, out var _),
        ["duplicate_field"] = (line, _) => line.HasDuplicate,
        ["invalid_field"] = (line, field) => IsBeyondTheSchema(field!, Assert.Single(line.Values(field!))),
        ["too_early"] = (line, _) => line.Time("started_at") < new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero),
        ["from_future"] = (line, _) => line.Time("started_at") > line.Time("received_at").AddHours(1),
    };

    public static TheoryData<string, string?, string> BeyondTheSchemaByExample =>
        new()
        {
            { "line_too_long", null, Lines.Play(("own", $"\"{new string('x', EventParser.MaxLineBytes)}\"")) },
            { "invalid_utf8", "track_name", Lines.Play(("track_name", "\"\\ud800\"")) },
            { "invalid_json", null, Lines.Play(("own", "[[[[[[[[]]]]]]]]")) },
            { "duplicate_field", "item", "{\"item\":\"i0\"," + Lines.Play()[1..] },
            { "invalid_field", "item", Lines.Play(("item", $"\"{new string('é', 65)}\"")) },
            { "invalid_field", "ms_played", Lines.Play(("ms_played", "1.0")) },
            { "invalid_field", "duration_ms", Lines.Play(("duration_ms", "1e3")) },
            { "invalid_field", "started_at", Lines.Play(("started_at", "\"2026-02-29T00:00:00Z\"")) },
            {
                "invalid_field",
                "started_at",
                Lines.Play(("started_at", "\"2200-01-01T00:00:00Z\""), ("received_at", "\"2199-12-31T23:59:59.999Z\""))
            },
            { "too_early", "started_at", Lines.Play(("started_at", "\"1999-12-31T23:59:59-00:00\"")) },
            { "from_future", "started_at", Lines.Play(("started_at", "\"2026-11-20T09:30:00.001Z\"")) },
        };

    [Fact]
    public void EveryWrittenEvent_IsValid()
    {
        var random = new Random(20_261_122);
        var kinds = new HashSet<EventKind>();
        for (var i = 0; i < 20_000; i++)
        {
            var listenEvent = EventDraw.Event(random, i % 4 == 0 ? EventAlphabet.Long : EventAlphabet.Small);
            kinds.Add(listenEvent.Kind);

            Assert.True(TryParse(Lines.Of(listenEvent), MaxDepth, out var json));
            Assert.True(Schema.Accepts(json), json.ToString());
        }
        Assert.Equal(Enum.GetValues<EventKind>().Length - 1, kinds.Count);
    }

    [Fact]
    public void EveryExampleOfTheSchema_IsAnEvent()
    {
        using var schema = JsonDocument.Parse(Document("schemas/listen-event.schema.json"));

        var kinds = schema
            .RootElement.GetProperty("examples")
            .EnumerateArray()
            .Select(example => Lines.Accept(JsonSerializer.Serialize(example)).Kind);

        Assert.Equal(Enum.GetValues<EventKind>().Except([EventKind.None]), kinds);
    }

    [Fact]
    public void FuzzedLines_AreAcceptedByBothOrNeither_ExceptForTheRulesBeyondTheSchema()
    {
        var random = new Random(20_261_123);
        var verdicts = new Verdicts();
        for (var i = 0; i < FuzzedLines; i++)
        {
            verdicts.Add(FuzzedLine.Draw(random).Bytes);
        }
        Assert.InRange(verdicts.Accepted, FuzzedLines / 10, FuzzedLines / 2);
        Assert.InRange(verdicts.Refused, FuzzedLines / 4, FuzzedLines);
    }

    /// <summary>Every field with every value, in an event of every kind.</summary>
    [Fact]
    public void EveryFieldWithEveryValue_IsAcceptedByBothOrNeither_ExceptForTheRulesBeyondTheSchema()
    {
        var random = new Random(20_261_124);
        var verdicts = new Verdicts();
        foreach (var kind in Enum.GetValues<EventKind>().Except([EventKind.None]))
        {
            var listenEvent = EventDraw.Event(random, EventAlphabet.Small);
            while (listenEvent.Kind != kind)
            {
                listenEvent = EventDraw.Event(random, EventAlphabet.Small);
            }
            using var written = JsonDocument.Parse(Lines.Of(listenEvent));
            var fields = written
                .RootElement.EnumerateObject()
                .ToDictionary(field => field.Name, field => field.Value.GetRawText(), StringComparer.Ordinal);
            foreach (var field in FuzzedLine.Fields)
            {
                foreach (var value in FuzzedLine.Values.Concat(EdgeValues.Of(field)))
                {
                    var changed = fields.Where(f => f.Key != field).Append(new(field, value));
                    verdicts.Add(
                        Encoding.UTF8.GetBytes($"{{{string.Join(',', changed.Select(f => $"\"{f.Key}\":{f.Value}"))}}}")
                    );
                }
                verdicts.Add(
                    Encoding.UTF8.GetBytes(
                        $"{{{string.Join(',', fields.Where(f => f.Key != field).Select(f => $"\"{f.Key}\":{f.Value}"))}}}"
                    )
                );
            }
        }
        Assert.InRange(verdicts.Accepted, 1_000, int.MaxValue);
        Assert.InRange(verdicts.Refused, 1_000, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(BeyondTheSchemaByExample))]
    public void ARuleBeyondTheSchema_IsTheParsersAlone(string reason, string? field, string line)
    {
        Assert.True(TryParse(Encoding.UTF8.GetBytes(line), MaxDepth, out var json));
        Assert.True(Schema.Accepts(json));

        Assert.False(EventParser.TryParseLine(Encoding.UTF8.GetBytes(line), 1, out _, out var rejection));
        Assert.Equal((reason, field), (rejection.Code, rejection.Field));
    }

    [Fact]
    public void TheContract_NamesTheRulesBeyondTheSchema()
    {
        var section = Document("contracts.md").Split("### What the schema cannot say")[1].Split("\n##")[0];
        var named = section
            .Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);

        Assert.Equal(BeyondTheSchema.Keys.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.Equal(
            BeyondTheSchema.Keys.ToHashSet(StringComparer.Ordinal),
            BeyondTheSchemaByExample.Select(example => (string)example[0]!).ToHashSet(StringComparer.Ordinal)
        );
    }

    /// <summary>A value that has its field's form, and is refused for what the form does not say.</summary>
    private static bool IsBeyondTheSchema(string field, JsonElement value)
    {
        if (Ids.Contains(field, StringComparer.Ordinal))
        {
            return Encoding.UTF8.GetByteCount(value.GetString()!) > Id.MaxBytes;
        }
        if (Integers.Contains(field, StringComparer.Ordinal))
        {
            return value.GetRawText().AsSpan().IndexOfAny(".eE") >= 0;
        }
        Assert.Contains(field, Times);
        return !IsInCalendar(value.GetString()!) || TimeOf(value.GetString()!).UtcDateTime.Year >= 2200;
    }

    private static bool IsInCalendar(string time) =>
        DateOnly.TryParseExact(time[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>A time of the schema's form, read by other means than the parser's.</summary>
    private static DateTimeOffset TimeOf(string text)
    {
        var zone = text.LastIndexOfAny(['Z', '+', '-']);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var local = point < 0 ? text[..zone] : text[..Math.Min(zone, point + 8)].TrimEnd('.');
        return DateTimeOffset.Parse(local + text[zone..], CultureInfo.InvariantCulture);
    }

    private static bool TryParse(ReadOnlyMemory<byte> line, int maxDepth, out JsonElement json)
    {
        json = default;
        if (!Utf8.IsValid(line.Span))
        {
            return false; // not text, and so no instance that a schema could judge
        }
        try
        {
            json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = maxDepth }).RootElement;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Document(string path, [CallerFilePath] string thisFile = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "docs", path));

    /// <summary>A line that is JSON.</summary>
    private sealed record Line(byte[] Bytes, JsonElement Json)
    {
        public string Text => Encoding.UTF8.GetString(Bytes);

        /// <summary>Whether a field stands there twice: the parser judges each, the schema one of them.</summary>
        public bool HasDuplicate => FuzzedLine.Fields.Any(name => name != "own" && Values(name).Count > 1);

        public List<JsonElement> Values(string field) =>
            [.. Json.EnumerateObject().Where(f => JsonSchema.NameOf(f) == field).Select(f => f.Value)];

        public DateTimeOffset Time(string field) => TimeOf(Values(field)[^1].GetString()!);
    }

    /// <summary>Counts what both say, and fails where they differ and no rule says why.</summary>
    private sealed class Verdicts
    {
        public int Accepted { get; private set; }

        public int Refused { get; private set; }

        public void Add(byte[] line)
        {
            var isJson = TryParse(line, MaxDepth, out var json);
            var isValid = isJson && Schema.Accepts(json);
            var isEvent = EventParser.TryParseLine(line, 1, out _, out var rejection);
            Accepted += isEvent ? 1 : 0;
            Refused += isEvent || isValid ? 0 : 1;
            if (isValid == isEvent)
            {
                return;
            }
            Assert.True(isValid, $"The schema refuses what the parser takes: {Encoding.UTF8.GetString(line)}");
            var refused = new Line(line, json);
            Assert.True(
                refused.HasDuplicate
                    || (
                        BeyondTheSchema.TryGetValue(rejection.Code, out var explains)
                        && explains(refused, rejection.Field)
                    ),
                $"The schema takes what the parser refuses ({rejection.Code} {rejection.Field}): {Encoding.UTF8.GetString(line)}"
            );
        }
    }
}
