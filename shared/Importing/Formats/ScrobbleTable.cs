using Nocturne.Domain;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>Which column of a table of scrobbles is what: -1 for none.</summary>
internal sealed record ScrobbleColumns(
    IReadOnlyList<int> Times,
    int Artist,
    int Track,
    int Album,
    int TrackMbid,
    int ArtistMbid,
    bool HasHeader
)
{
    /// <summary>Names of the columns for --columns.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "time",
        "artist",
        "track",
        "album",
        "track_mbid",
        "artist_mbid",
        "-",
    ];

    // The names that exporters use, those to prefer first: of two times the one in seconds since 1970.
    private static readonly string[] TimeNames =
    [
        "uts",
        "unixtime",
        "timestamp",
        "listenedat",
        "time",
        "datetime",
        "utctime",
        "isotime",
        "playedat",
        "scrobbledat",
        "scrobbletime",
        "dateutc",
        "date",
    ];

    private static readonly string[] ArtistNames = ["artist", "artistname"];
    private static readonly string[] TrackNames =
    [
        "track",
        "trackname",
        "tracktitle",
        "title",
        "song",
        "songname",
        "name",
    ];
    private static readonly string[] AlbumNames = ["album", "albumname", "albumtitle", "release", "releasename"];
    private static readonly string[] TrackMbidNames = ["trackmbid", "recordingmbid"];
    private static readonly string[] ArtistMbidNames = ["artistmbid"];

    /// <summary>The columns that a header names; null if it is none.</summary>
    public static ScrobbleColumns? OfHeader(IReadOnlyList<string> fields)
    {
        string[] names = [.. fields.Select(Plain)];
        int[] times = [.. TimeNames.Select(name => Array.IndexOf(names, name)).Where(column => column >= 0)];
        var columns = new ScrobbleColumns(
            times,
            First(ArtistNames),
            First(TrackNames),
            First(AlbumNames),
            First(TrackMbidNames),
            First(ArtistMbidNames),
            HasHeader: true
        );
        return times.Length > 0 && columns.Artist >= 0 && columns.Track >= 0 ? columns : null;

        int First(string[] known) =>
            known.Select(name => Array.IndexOf(names, name)).Where(column => column >= 0).DefaultIfEmpty(-1).First();
    }

    /// <summary>Columns as someone names them.</summary>
    public static ScrobbleColumns? OfNames(IReadOnlyList<string> names) =>
        OfHeader(names) is { } columns ? columns with { HasHeader = false } : null;

    /// <summary>
    /// The columns of a record of a table without a header, in the orders that exporters write: time, track, artist,
    /// album with tabs; time, artist, track, album with commas; artist, album, track, time; without album likewise.
    /// </summary>
    public static ScrobbleColumns? OfRecord(IReadOnlyList<string> fields, char separator, TimeZoneInfo zone)
    {
        if (fields.Count is < 3 or > 12)
        {
            return null;
        }
        var last = fields.Count - 1;
        if (Formats.Times.OfText(fields[0], zone) is not null)
        {
            var (artist, track) = separator == '\t' ? (2, 1) : (1, 2);
            return new ScrobbleColumns(
                [0],
                artist,
                track,
                last >= 3 ? 3 : -1,
                last >= 4 ? 4 : -1,
                last >= 5 ? 5 : -1,
                false
            );
        }
        if (last is 2 or 3 && Formats.Times.OfText(fields[last], zone) is not null)
        {
            return new ScrobbleColumns([last], 0, last - 1, last == 3 ? 1 : -1, -1, -1, false);
        }
        return null;
    }

    private static string Plain(string name) =>
        string.Concat(name.Where(char.IsAsciiLetter).Select(char.ToLowerInvariant));
}

/// <summary>Tables of scrobbles, as exporters of Last.fm and Libre.fm write them.</summary>
internal static class ScrobbleTable
{
    /// <summary>Reads a table to its end.</summary>
    public static IEnumerable<Imported> Read(
        ByteWindow window,
        char separator,
        ScrobbleColumns columns,
        PlayMaker plays
    )
    {
        var reader = new CsvReader(window, separator);
        var isHeaderDue = columns.HasHeader;
        while (reader.TryTake(out var record))
        {
            if (record.Fields is not { } fields)
            {
                var isLong = record.Bytes.Length >= ByteWindow.MaxRecord;
                yield return PlayMaker.Reject(
                    record.Line,
                    record.Bytes,
                    isLong ? RejectReason.LineTooLong : RejectReason.InvalidField,
                    isLong ? null : "quotation"
                );
                continue;
            }
            if (isHeaderDue && ScrobbleColumns.OfHeader(fields) is not null)
            {
                isHeaderDue = false;
                continue;
            }
            if (IsComment(fields, columns, plays))
            {
                continue;
            }
            yield return Make(record, fields, columns, plays);
        }
    }

    /// <summary>A line that begins with # and holds no time where times are; artists may begin with # too.</summary>
    public static bool IsComment(List<string> fields, ScrobbleColumns columns, PlayMaker plays) =>
        fields[0].StartsWith('#')
        && !columns.Times.Any(column =>
            column < fields.Count && Times.OfText(fields[column], plays.Options.Zone) is not null
        );

    private static Imported Make(CsvRecord record, List<string> fields, ScrobbleColumns columns, PlayMaker plays)
    {
        var (startedAt, isTold) = ((Instant?)null, false);
        foreach (var column in columns.Times)
        {
            if (Field(fields, column) is { } time)
            {
                isTold = true;
                startedAt ??= Times.OfText(time, plays.Options.Zone);
            }
        }
        if (isTold && startedAt is null)
        {
            return PlayMaker.Reject(record.Line, record.Bytes, RejectReason.InvalidField, "started_at");
        }
        return plays.Make(
            record.Line,
            record.Bytes,
            new PlayDraft
            {
                Artist = Field(fields, columns.Artist),
                Title = Field(fields, columns.Track),
                Release = Field(fields, columns.Album),
                Codes = new ItemCodes(Field(fields, columns.TrackMbid)),
                ArtistMbid = Field(fields, columns.ArtistMbid),
                StartedAt = startedAt,
            }
        );
    }

    private static string? Field(List<string> fields, int column) =>
        column >= 0 && column < fields.Count && !string.IsNullOrWhiteSpace(fields[column]) ? fields[column] : null;
}
