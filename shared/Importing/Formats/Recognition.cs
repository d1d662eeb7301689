using System.Text;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>A form that was recognised.</summary>
/// <param name="Name">For people.</param>
/// <param name="SaysWhose">Whether its records name listeners themselves.</param>
/// <param name="Read">Reads a file of it.</param>
internal sealed record Form(string Name, bool SaysWhose, Func<ByteWindow, IEnumerable<Imported>> Read);

/// <summary>Tells by its beginning which form a file has; its name says nothing.</summary>
internal sealed class Recognition(PlayMaker plays)
{
    /// <summary>Bytes that are looked at: several records of any form.</summary>
    private const int HeadBytes = 64 << 10;

    private const int MaxCommentLines = 64;

    private readonly ListenBrainzHistory _listenBrainz = new(plays);
    private readonly SpotifyHistory _spotify = new(plays);
    private readonly MalojaHistory _maloja = new(plays);

    /// <summary>The form of what a window begins with; null if it is none that is known.</summary>
    /// <param name="window">At the beginning.</param>
    /// <param name="file">What the file is called, for errors.</param>
    public Form? Recognise(ByteWindow window, string file)
    {
        var head = window.Peek(HeadBytes);
        head = head[..Math.Min(head.Length, HeadBytes)];
        return head.TrimStart(" \t\r\n"u8) switch
        {
            [] => null,
            [(byte)'[' or (byte)'{', ..] => RecogniseJson(head),
            _ => RecogniseText(head, file),
        };
    }

    private Form? RecogniseJson(ReadOnlySpan<byte> head)
    {
        if (
            Has(head, "event_id")
            && Has(head, "listener")
            && Has(head, "kind")
            && head.TrimStart(" \t\r\n"u8)[0] == '{'
        )
        {
            return new Form("Nocturne events", true, window => OwnEvents.ReadLines(window, plays));
        }
        if (Has(head, "track_metadata") && Has(head, "listened_at"))
        {
            return Json("ListenBrainz listens", head, ListenBrainzHistory.ListenShape, _listenBrainz.MakeListen);
        }
        if (Has(head, "ms_played") && Has(head, "ts"))
        {
            var form = Json("Spotify extended history", head, SpotifyHistory.ExtendedShape, _spotify.MakeExtended);
            return plays.Options.ReplacesBasic ? form with { Read = window => Replace(form.Read(window)) } : form;
        }
        if (Has(head, "msPlayed") && Has(head, "endTime"))
        {
            return Json("Spotify basic history", head, SpotifyHistory.BasicShape, _spotify.MakeBasic);
        }
        if (Has(head, "time") && Has(head, "track") && Has(head, "artists"))
        {
            return Json("Maloja export", head, MalojaHistory.Shape, _maloja.Make);
        }
        if (Has(head, "score") && (Has(head, "recording_msid") || Has(head, "recording_mbid")))
        {
            return Json("ListenBrainz feedback", head, ListenBrainzHistory.FeedbackShape, _listenBrainz.MakeFeedback);
        }
        return null;
    }

    private IEnumerable<Imported> Replace(IEnumerable<Imported> records)
    {
        foreach (var record in records)
        {
            yield return record;
            if (SpotifyHistory.HasBasicTwin(record))
            {
                yield return _spotify.Replacement(record);
            }
        }
    }

    private static Form Json(string name, ReadOnlySpan<byte> head, JsonShape shape, JsonHistory.Maker make)
    {
        var lead = Lead(head);
        return lead > 0
            ? new Form(name, false, window => JsonHistory.ReadArray(window, lead, shape, make))
            : new Form(name, false, window => JsonHistory.ReadLines(window, shape, make));
    }

    /// <summary>How many bytes lead to the records of one array; 0 if each line is a record.</summary>
    private static int Lead(ReadOnlySpan<byte> head)
    {
        var start = head.IndexOfAnyExcept(" \t\r\n"u8);
        if (head[start] == (byte)'[')
        {
            return start + 1;
        }
        foreach (var name in new[] { "scrobbles", "listens", "payload" })
        {
            var quoted = head.IndexOf(Encoding.ASCII.GetBytes($"\"{name}\""));
            if (quoted < 0)
            {
                continue;
            }
            var behind = head[(quoted + name.Length + 2)..];
            var bracket = behind.IndexOf((byte)'[');
            if (bracket >= 0 && behind[..bracket].IndexOfAnyExcept(" \t\r\n:"u8) < 0)
            {
                return head.Length - behind.Length + bracket + 1;
            }
        }
        return 0;
    }

    private Form? RecogniseText(ReadOnlySpan<byte> head, string file)
    {
        if (head.StartsWith("#AUDIOSCROBBLER/"u8))
        {
            return new Form("AudioScrobbler log", false, window => ScrobblerLog.Read(window, plays));
        }
        var rest = head;
        for (var i = 0; i < MaxCommentLines && !rest.IsEmpty; i++)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = Texts.Decode(end < 0 ? rest : rest[..end]).TrimEnd('\r');
            rest = end < 0 ? default : rest[(end + 1)..];
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }
            if (TsvColumns.IsHeader(line))
            {
                return new Form("Nocturne table", true, window => OwnEvents.ReadTable(window, file, plays));
            }
            if (RecogniseTable(line) is { } table)
            {
                return table;
            }
            if (!line.StartsWith('#'))
            {
                return null;
            }
        }
        return null;
    }

    private Form? RecogniseTable(string line)
    {
        foreach (var separator in (ReadOnlySpan<char>)['\t', ',', ';'])
        {
            if (!line.Contains(separator) || CsvReader.Split(line, separator) is not { } fields)
            {
                continue;
            }
            var columns =
                ScrobbleColumns.OfHeader(fields)
                ?? (
                    plays.Options.Columns is { } names
                        ? ScrobbleColumns.OfNames(names)
                        : ScrobbleColumns.OfRecord(fields, separator, plays.Options.Zone)
                );
            if (columns is not null && !(line.StartsWith('#') && ScrobbleTable.IsComment(fields, columns, plays)))
            {
                return new Form(
                    "scrobble table",
                    false,
                    window => ScrobbleTable.Read(window, separator, columns, plays)
                );
            }
        }
        return null;
    }

    private static bool Has(ReadOnlySpan<byte> head, string name) =>
        head.IndexOf(Encoding.ASCII.GetBytes($"\"{name}\"")) >= 0;
}
