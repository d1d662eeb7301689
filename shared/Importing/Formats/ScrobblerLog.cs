using System.Globalization;
using System.Text;
using Nocturne.Domain;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>
/// The log that portable players keep (<c>.scrobbler.log</c>, AudioScrobbler 1.0 and 1.1): artist, album, track, number,
/// length in seconds, L(istened) or S(kipped), start, MusicBrainz id; with tabs between them.
/// </summary>
internal static class ScrobblerLog
{
    private const string Untagged = "<Untagged>";
    private const int MinFields = 7;

    /// <summary>Reads it to its end.</summary>
    public static IEnumerable<Imported> Read(ByteWindow window, PlayMaker plays)
    {
        var zone = TimeZoneInfo.Utc;
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
            if (bytes.Span[0] == (byte)'#')
            {
                if (bytes.Span.StartsWith("#TZ/"u8))
                {
                    var name = Encoding.ASCII.GetString(bytes.Span[4..]).Trim();
                    zone = name.Equals("UTC", StringComparison.OrdinalIgnoreCase)
                        ? TimeZoneInfo.Utc
                        : plays.Options.Zone;
                }
                continue;
            }
            yield return isCut
                ? PlayMaker.Reject(line, bytes, RejectReason.LineTooLong)
                : Make(line, bytes, plays, zone);
        }
    }

    private static Imported Make(long line, ReadOnlyMemory<byte> bytes, PlayMaker plays, TimeZoneInfo zone)
    {
        var fields = Texts.Decode(bytes.Span).Split('\t');
        if (fields.Length < MinFields)
        {
            return PlayMaker.Reject(line, bytes, RejectReason.MissingField, "started_at");
        }
        if (fields[5] is not ("L" or "S"))
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, "rating");
        }
        if (!decimal.TryParse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture, out var start))
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, "started_at");
        }
        var isSkipped = fields[5] == "S";
        _ = int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
        return plays.Make(
            line,
            bytes,
            new PlayDraft
            {
                Artist = fields[0] == Untagged || string.IsNullOrWhiteSpace(fields[0]) ? null : fields[0],
                Release = fields[1],
                Title = string.IsNullOrWhiteSpace(fields[2]) ? null : fields[2],
                DurationMs = seconds * 1_000m,
                StartedAt = Times.OfWallClock(start, zone),
                // How much was heard of what was skipped is not told: less than half, so none is said.
                MsPlayed = isSkipped ? 0 : null,
                End = isSkipped ? PlayEnd.Skipped : PlayEnd.Unknown,
                Codes = new ItemCodes(fields.Length > 7 ? fields[7] : null),
            }
        );
    }
}
