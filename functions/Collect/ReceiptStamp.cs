using System.Buffers;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect;

/// <summary>Writes an event as one line that says when it was received: now, whatever its sender wrote there.</summary>
/// <remarks>All other fields stay as they are, those of later versions and of the publisher's own too.</remarks>
internal sealed class ReceiptStamp(Instant now)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    private readonly byte[] _field = Encoding.ASCII.GetBytes($"{{\"received_at\":\"{now}\"");

    /// <summary>Appends the line, without its newline; false where this is no JSON object, and nothing is appended.</summary>
    public bool TryWrite(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output)
    {
        // Found first and written then, so that nothing is written of what turns out to be broken.
        Span<(int Start, int End)> kept = stackalloc (int, int)[64];
        var ranges = 0;
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var start = (int)reader.TokenStartIndex;
                var isStamp = reader.ValueTextEquals("received_at"u8);
                reader.Read();
                reader.Skip();
                if (isStamp)
                {
                    continue;
                }
                if (ranges == kept.Length)
                {
                    kept = Grow(kept);
                }
                kept[ranges++] = (start, (int)reader.BytesConsumed);
            }
            if (reader.Read())
            {
                return false;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is the reader's answer to an escaped lone surrogate.
            return false;
        }
        output.Write(_field);
        foreach (var (start, end) in kept[..ranges])
        {
            output.Write(","u8);
            WriteOnOneLine(json[start..end], output);
        }
        output.Write("}"u8);
        return true;
    }

    /// <summary>Between the tokens of JSON a line break is a space; within them it is escaped.</summary>
    private static void WriteOnOneLine(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output)
    {
        var line = output.GetSpan(json.Length)[..json.Length];
        json.CopyTo(line);
        line.Replace((byte)'\n', (byte)' ');
        line.Replace((byte)'\r', (byte)' ');
        output.Advance(json.Length);
    }

    private static Span<(int Start, int End)> Grow(Span<(int Start, int End)> full)
    {
        var larger = new (int, int)[full.Length * 2];
        full.CopyTo(larger);
        return larger;
    }
}
