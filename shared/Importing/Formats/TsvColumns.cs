using System.Globalization;
using Nocturne.Domain;

namespace Nocturne.Importing.Formats;

/// <summary>Which column of a tab-separated file is what, by its header.</summary>
public sealed class TsvColumns
{
    /// <summary>For --help.</summary>
    public const string Help =
        "A tab-separated file has a header. It needs ts (or timestamp, time, started_at, listened_at: seconds or "
        + "milliseconds since 1970, or ISO 8601 with an offset), user (user_id, listener) and track (track_id, item, "
        + "song), and may have artist (artist_id), session (session_id), device, context, title (track_name), "
        + "artist_name, release (album, release_name), duration_ms or duration (seconds), ms_played or played "
        + "(seconds). Other columns are passed over. An NDJSON file has events as docs/contracts.md specifies them.";

    private const long FirstMilliseconds = 100_000_000_000; // as seconds, the year 5138

    private const long EarliestSeconds = -10_000_000_000; // in 1653; what is before 2000 is refused in any case

    private static readonly Dictionary<string, string> Meanings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ts"] = "ts",
        ["timestamp"] = "ts",
        ["time"] = "ts",
        ["started_at"] = "ts",
        ["listened_at"] = "ts",
        ["user"] = "user",
        ["user_id"] = "user",
        ["listener"] = "user",
        ["track"] = "track",
        ["track_id"] = "track",
        ["item"] = "track",
        ["song"] = "track",
        ["artist"] = "artist",
        ["artist_id"] = "artist",
        ["session"] = "session",
        ["session_id"] = "session",
        ["device"] = "device",
        ["context"] = "context",
        ["title"] = "title",
        ["track_name"] = "title",
        ["artist_name"] = "artist_name",
        ["release"] = "release",
        ["album"] = "release",
        ["release_name"] = "release",
        ["duration_ms"] = "duration_ms",
        ["duration"] = "duration",
        ["ms_played"] = "ms_played",
        ["played"] = "played",
    };

    private readonly Dictionary<string, int> _columns;

    private TsvColumns(Dictionary<string, int> columns) => _columns = columns;

    /// <summary>Whether a line names a column that says whose the plays are: other tables have none.</summary>
    public static bool IsHeader(string line) =>
        line.Split('\t').Any(name => Meanings.TryGetValue(name.Trim(), out var meaning) && meaning is "user");

    /// <summary>Reads a header.</summary>
    /// <exception cref="ImportRefusedException">It does not name what is needed.</exception>
    public static TsvColumns Read(string header, string file)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = header.Split('\t');
        for (var i = 0; i < names.Length; i++)
        {
            if (Meanings.TryGetValue(names[i].Trim(), out var meaning) && !columns.TryAdd(meaning, i))
            {
                throw new ImportRefusedException($"The header of '{file}' has two columns for {meaning}.");
            }
        }
        string[] missing = [.. new[] { "ts", "user", "track" }.Where(name => !columns.ContainsKey(name))];
        return missing.Length == 0
            ? new TsvColumns(columns)
            : throw new ImportRefusedException(
                $"The first line of '{file}' is no header that names {string.Join(", ", missing)}. {Help}"
            );
    }

    /// <summary>
    /// Reads a line as a play, received when it started; false where a field cannot be read. The ids are not checked.
    /// </summary>
    public bool TryRead(string line, EventId id, out PlayEvent play, out RejectReason reason, out string field)
    {
        var cells = line.Split('\t');
        play = null!;
        reason = RejectReason.MissingField;
        var (ts, user, track) = (Cell(cells, "ts"), Cell(cells, "user"), Cell(cells, "track"));
        field =
            ts is null ? "started_at"
            : user is null ? "listener"
            : track is null ? "item"
            : "";
        if (field.Length > 0)
        {
            return false;
        }
        reason = RejectReason.InvalidField;
        if (!TryReadTime(ts!, out var startedAt))
        {
            field = "started_at";
            return false;
        }
        if (!TryReadLength(cells, "duration_ms", "duration", out var duration))
        {
            field = "duration_ms";
            return false;
        }
        if (!TryReadLength(cells, "ms_played", "played", out var played))
        {
            field = "ms_played";
            return false;
        }
        var artist = Cell(cells, "artist");
        play = new PlayEvent
        {
            Id = id,
            Listener = new ListenerId(user!),
            StartedAt = startedAt,
            ReceivedAt = startedAt,
            Item = new ItemId(track!),
            Artist = artist is null ? null : new ArtistId(artist),
            DurationMs = duration,
            MsPlayed = played,
            Session = Cell(cells, "session"),
            Device = Cell(cells, "device"),
            Context = Cell(cells, "context"),
            Title = Cell(cells, "title"),
            ArtistName = Cell(cells, "artist_name"),
            ReleaseName = Cell(cells, "release"),
        };
        return true;
    }

    private string? Cell(string[] cells, string meaning) =>
        _columns.TryGetValue(meaning, out var column) && column < cells.Length && cells[column].Length > 0
            ? cells[column]
            : null;

    private static bool TryReadTime(string text, out Instant time)
    {
        time = default;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            if (number is < EarliestSeconds or >= FirstMilliseconds * 1_000)
            {
                return false;
            }
            time = new Instant(number < FirstMilliseconds ? number * 1_000 : number);
            return true;
        }
        // Without an offset this machine's would be taken, and the events be others elsewhere.
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        if (
            !hasOffset
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment)
        )
        {
            return false;
        }
        time = Instant.From(moment);
        return true;
    }

    /// <summary>A length in milliseconds, or else in seconds; none is read as null.</summary>
    private bool TryReadLength(string[] cells, string milliseconds, string seconds, out int? length)
    {
        length = null;
        if (Cell(cells, milliseconds) is { } exact)
        {
            var isNumber = int.TryParse(exact, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            length = number;
            return isNumber;
        }
        if (Cell(cells, seconds) is { } about)
        {
            if (
                !decimal.TryParse(about, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || number >= int.MaxValue / 1_000
            )
            {
                return false;
            }
            length = (int)(number * 1_000);
        }
        return true;
    }
}
