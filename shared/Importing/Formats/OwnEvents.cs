using System.Buffers;
using Nocturne.Domain;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>This project's own two forms, which say whose each event is: event lines, and tables with a column for the listener.</summary>
internal static class OwnEvents
{
    /// <summary>Reads NDJSON of docs/contracts.md. The lines are published as they are.</summary>
    public static IEnumerable<Imported> ReadLines(ByteWindow window, PlayMaker plays)
    {
        while (true)
        {
            var line = window.Line;
            if (!window.TryTakeLine(out var bytes, out _))
            {
                yield break;
            }
            if (!bytes.Span.Trim(" \t\r"u8).IsEmpty)
            {
                yield return Parse(line, bytes, bytes, plays);
            }
        }
    }

    /// <summary>Reads a table with the project's header.</summary>
    public static IEnumerable<Imported> ReadTable(ByteWindow window, string file, PlayMaker plays)
    {
        TsvColumns? columns = null;
        var ids = new LineIds();
        var written = new ArrayBufferWriter<byte>(1 << 10);
        while (true)
        {
            var line = window.Line;
            if (!window.TryTakeLine(out var bytes, out var isCut))
            {
                yield break;
            }
            if (bytes.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }
            if (columns is null)
            {
                columns = TsvColumns.Read(Texts.Decode(bytes.Span), file);
                continue;
            }
            yield return isCut
                ? PlayMaker.Reject(line, bytes, RejectReason.LineTooLong)
                : MakeRow(line, bytes, columns, ids, written, plays);
        }
    }

    private static Imported MakeRow(
        long line,
        ReadOnlyMemory<byte> bytes,
        TsvColumns columns,
        LineIds ids,
        ArrayBufferWriter<byte> written,
        PlayMaker plays
    )
    {
        var id = ids.Next(bytes.Span);
        if (!columns.TryRead(Texts.Decode(bytes.Span), id, out var play, out var reason, out var field))
        {
            return PlayMaker.Reject(line, bytes, reason, field);
        }
        if (play.StartedAt >= Instant.Latest)
        {
            return PlayMaker.Reject(line, bytes, RejectReason.FromFuture, "started_at");
        }
        // The parser checks what the cells say: ids, names, bounds.
        written.ResetWrittenCount();
        EventWriter.WriteLine(written, play);
        return Parse(line, written.WrittenMemory[..^1], bytes, plays);
    }

    private static Imported Parse(long line, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> bytes, PlayMaker plays)
    {
        if (!EventParser.TryParseLine(json, 0, out var read, out var rejection))
        {
            return new Imported(Outcome.Rejected, line, Rejection: rejection with { Bytes = bytes });
        }
        return plays.TimeFault(read.StartedAt) is { } fault
            ? PlayMaker.Reject(line, bytes, fault, "started_at")
            : new Imported(Outcome.Event, line, read, json);
    }
}
