using System.Buffers;
using System.Text;

namespace Nocturne.Domain.Tests;

/// <summary>Lines and what the parser says to them.</summary>
internal static class Lines
{
    public const string Start = "2026-11-20T08:30:00.000Z";

    /// <summary>The line of an event.</summary>
    public static byte[] Of(ListenEvent listenEvent)
    {
        var line = new ArrayBufferWriter<byte>();
        EventWriter.WriteLine(line, listenEvent);
        return line.WrittenSpan[..^1].ToArray();
    }

    /// <summary>A valid play with fields replaced or added (JSON values), or taken out (null).</summary>
    public static string Play(params (string Name, string? Json)[] changes) =>
        Event([("kind", "\"play\""), ("item", "\"i1\""), .. changes]);

    /// <summary>What every event needs, with fields replaced, added or taken out.</summary>
    public static string Event(params (string Name, string? Json)[] changes)
    {
        var fields = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["event_id"] = "\"e1\"",
            ["listener"] = "\"alice\"",
            ["started_at"] = $"\"{Start}\"",
            ["received_at"] = $"\"{Start}\"",
        };
        foreach (var (name, json) in changes)
        {
            fields[name] = json;
        }
        return $"{{{string.Join(',', fields.Where(f => f.Value is not null).Select(f => $"\"{f.Key}\":{f.Value}"))}}}";
    }

    public static ListenEvent Accept(string line)
    {
        var isEvent = EventParser.TryParseLine(Encoding.UTF8.GetBytes(line), 1, out var listenEvent, out var rejection);
        Assert.True(isEvent, $"{rejection.Code} {rejection.Field}: {line}");
        return listenEvent;
    }

    public static T Accept<T>(string line)
        where T : ListenEvent => Assert.IsType<T>(Accept(line));

    public static void Refuse(string line, RejectReason reason, string? field) =>
        Refuse(Encoding.UTF8.GetBytes(line), reason, field);

    public static void Refuse(byte[] line, RejectReason reason, string? field)
    {
        Assert.False(EventParser.TryParseLine(line, 7, out _, out var rejection), "The line was accepted.");
        Assert.Equal((reason, field, 7), (rejection.Reason, rejection.Field, rejection.Line));
        Assert.Equal(line, rejection.Bytes.ToArray());
    }

    /// <summary>Parses a message.</summary>
    public static (List<ListenEvent> Events, List<Rejection> Rejections) Parse(byte[] message)
    {
        var (events, rejections) = (new List<ListenEvent>(), new List<Rejection>());
        EventParser.ParseMessage(message, events.Add, rejections.Add);
        return (events, rejections);
    }
}
