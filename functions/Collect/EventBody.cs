using System.Runtime.InteropServices;
using System.Text.Json;

namespace Nocturne.Collect;

/// <summary>An event as it stands in a body, not parsed yet.</summary>
/// <param name="Number">Its line, or its place in the array, from 1.</param>
/// <param name="Bytes">Its JSON.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RawEvent(int Number, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Cuts a body into events. What it is shows in its first character, not in its content type: clients send all kinds,
/// or none.
/// </summary>
internal static class EventBody
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>The events of a JSON array, or else of lines; blank lines count in the numbers only.</summary>
    /// <exception cref="JsonException">It starts as an array and is not one.</exception>
    public static IEnumerable<RawEvent> Read(ReadOnlyMemory<byte> body)
    {
        body = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
        return body.Span.TrimStart(" \t\r\n"u8) is [(byte)'[', ..] ? ReadArray(body) : ReadLines(body);
    }

    private static List<RawEvent> ReadArray(ReadOnlyMemory<byte> body)
    {
        var events = new List<RawEvent>();
        var reader = new Utf8JsonReader(body.Span, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            events.Add(new RawEvent(events.Count + 1, body[start..(int)reader.BytesConsumed]));
        }
        reader.Read(); // throws on what follows the array
        return events;
    }

    private static IEnumerable<RawEvent> ReadLines(ReadOnlyMemory<byte> body)
    {
        for (var number = 1; !body.IsEmpty; number++)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            line = line[..line.Span.TrimEnd(" \t\r"u8).Length];
            line = line[^line.Span.TrimStart(" \t\r"u8).Length..];
            if (!line.IsEmpty)
            {
                yield return new RawEvent(number, line);
            }
        }
    }
}
