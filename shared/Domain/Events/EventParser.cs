using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Nocturne.Domain;

/// <summary>Reads events from newline-delimited JSON; docs/contracts.md is the specification.</summary>
public static class EventParser
{
    /// <summary>The longest line, in bytes.</summary>
    public const int MaxLineBytes = 16 << 10;

    /// <summary>The most events in one message.</summary>
    public const int MaxLines = 1_000;

    /// <summary>Longer names are cut to this many bytes of UTF-8, at a character.</summary>
    public const int MaxNameBytes = 256;

    /// <summary>How much later than its receipt an event may have started: clocks differ.</summary>
    public static readonly TimeSpan FutureTolerance = TimeSpan.FromHours(1);

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 8 };

    /// <summary>
    /// Parses every line of a message. A blank line is skipped (it still counts in line numbers); a bad line is
    /// handed to <paramref name="rejected"/> and costs the others nothing.
    /// </summary>
    /// <param name="message">NDJSON; a '\r' before a line's '\n' is dropped.</param>
    /// <param name="accepted">Gets every event.</param>
    /// <param name="rejected">Gets every refused line.</param>
    public static void ParseMessage(
        ReadOnlyMemory<byte> message,
        Action<ListenEvent> accepted,
        Action<Rejection> rejected
    )
    {
        var events = 0;
        var number = 0;
        while (!message.IsEmpty)
        {
            number++;
            var end = message.Span.IndexOf((byte)'\n');
            var line = end < 0 ? message : message[..end];
            message = end < 0 ? default : message[(end + 1)..];
            line = TrimBlanks(line);
            if (line.IsEmpty)
            {
                continue;
            }
            if (++events > MaxLines)
            {
                rejected(new Rejection(RejectReason.TooManyLines, null, number, line));
            }
            else if (TryParseLine(line, number, out var listenEvent, out var rejection))
            {
                accepted(listenEvent);
            }
            else
            {
                rejected(rejection);
            }
        }
    }

    /// <summary>Parses one line, without its newline.</summary>
    /// <param name="line">The line's bytes.</param>
    /// <param name="number">Its number, for the rejection.</param>
    /// <param name="listenEvent">The event, if true is returned.</param>
    /// <param name="rejection">Why not, if false is returned.</param>
    public static bool TryParseLine(
        ReadOnlyMemory<byte> line,
        int number,
        out ListenEvent listenEvent,
        out Rejection rejection
    )
    {
        listenEvent = null!;
        rejection = default;
        if (line.Length > MaxLineBytes)
        {
            rejection = new Rejection(RejectReason.LineTooLong, null, number, line);
            return false;
        }
        if (!Utf8.IsValid(line.Span))
        {
            rejection = new Rejection(RejectReason.InvalidUtf8, null, number, line);
            return false;
        }
        var fields = default(EventFields);
        RejectReason? reason;
        string? field = null;
        try
        {
            var reader = new Utf8JsonReader(line.Span, Options);
            reason = fields.Read(ref reader, ref field);
        }
        catch (JsonException)
        {
            reason = RejectReason.InvalidJson;
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to an escaped lone surrogate: JSON by grammar, but no text.
            reason = RejectReason.InvalidUtf8;
        }
        reason ??= fields.Build(out listenEvent, ref field);
        if (reason is { } found)
        {
            rejection = new Rejection(found, field, number, line);
            return false;
        }
        return true;
    }

    /// <summary>
    /// A name as it is kept: trimmed, without control characters, at most <see cref="MaxNameBytes"/>; null if nothing
    /// is left.
    /// </summary>
    public static string? CleanName(string? name)
    {
        if (name is null)
        {
            return null;
        }
        var needsWork = name.Length * 3 > MaxNameBytes;
        foreach (var c in name)
        {
            needsWork |= char.IsControl(c);
        }
        if (!needsWork)
        {
            var trimmed = name.Trim();
            return trimmed.Length == 0 ? null : trimmed;
        }
        var clean = new StringBuilder(name.Length);
        var bytes = 0;
        foreach (var rune in name.Trim().EnumerateRunes())
        {
            if (Rune.IsControl(rune))
            {
                continue;
            }
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxNameBytes)
            {
                break;
            }
            clean.Append(rune.ToString());
        }
        var result = clean.ToString().Trim();
        return result.Length == 0 ? null : result;
    }

    private static ReadOnlyMemory<byte> TrimBlanks(ReadOnlyMemory<byte> line)
    {
        var span = line.Span;
        var start = 0;
        var end = span.Length;
        while (start < end && span[start] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            start++;
        }
        while (end > start && span[end - 1] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            end--;
        }
        return line[start..end];
    }
}
