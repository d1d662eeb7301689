using Nocturne.Domain;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>
/// Spotify's two histories. Both tell when a play ended: it started as much earlier as was played. The extended one
/// knows the second, the basic one the minute.
/// </summary>
internal sealed class SpotifyHistory(PlayMaker plays)
{
    private const int MinuteMs = 60_000;

    /// <summary>What is read of the extended history, in the order of <see cref="Extended"/>.</summary>
    public static readonly JsonShape ExtendedShape = new(
        "ts",
        "ms_played",
        "master_metadata_track_name",
        "master_metadata_album_artist_name",
        "master_metadata_album_album_name",
        "spotify_track_uri",
        "episode_name",
        "episode_show_name",
        "spotify_episode_uri",
        "audiobook_title",
        "audiobook_chapter_title",
        "audiobook_chapter_uri",
        "reason_end",
        "skipped",
        "incognito_mode",
        "platform"
    );

    /// <summary>What is read of the basic history, in the order of <see cref="Basic"/>.</summary>
    public static readonly JsonShape BasicShape = new(
        "endTime",
        "msPlayed",
        "artistName",
        "trackName",
        "podcastName",
        "episodeName"
    );

    private enum Extended
    {
        EndedAt,
        MsPlayed,
        Track,
        Artist,
        Album,
        TrackUri,
        Episode,
        Show,
        EpisodeUri,
        Book,
        Chapter,
        ChapterUri,
        ReasonEnd,
        Skipped,
        Incognito,
        Platform,
    }

    private enum Basic
    {
        EndedAt,
        MsPlayed,
        Artist,
        Track,
        Show,
        Episode,
    }

    /// <summary>A record of the extended history.</summary>
    public Imported MakeExtended(long line, ReadOnlyMemory<byte> bytes, JsonFields fields)
    {
        if (fields.IsTrue((int)Extended.Incognito))
        {
            return new Imported(Outcome.Private, line);
        }
        if (
            !TryTimes(fields, (int)Extended.EndedAt, (int)Extended.MsPlayed, out var end, out var played, out var field)
        )
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, field);
        }
        var isEpisode = fields.Has((int)Extended.Episode) || fields.Has((int)Extended.EpisodeUri);
        var isChapter = fields.Has((int)Extended.Chapter) || fields.Has((int)Extended.ChapterUri);
        var (title, artist, release, uri) =
            isChapter ? (Extended.Chapter, Extended.Book, Extended.Book, Extended.ChapterUri)
            : isEpisode ? (Extended.Episode, Extended.Show, Extended.Show, Extended.EpisodeUri)
            : (Extended.Track, Extended.Artist, Extended.Album, Extended.TrackUri);
        return plays.Make(
            line,
            bytes,
            new PlayDraft
            {
                Kind =
                    isChapter ? ItemKind.Chapter
                    : isEpisode ? ItemKind.Episode
                    : ItemKind.Track,
                Title = fields.Text((int)title),
                Artist = fields.Text((int)artist),
                Release = fields.Text((int)release),
                Codes = new ItemCodes(SpotifyUri: fields.Text((int)uri)),
                StartedAt = Start(end, played),
                MsPlayed = played,
                End = EndOf(fields.Text((int)Extended.ReasonEnd), fields.IsTrue((int)Extended.Skipped)),
                Device = fields.Text((int)Extended.Platform),
            }
        );
    }

    /// <summary>A record of the basic history.</summary>
    public Imported MakeBasic(long line, ReadOnlyMemory<byte> bytes, JsonFields fields)
    {
        if (!TryTimes(fields, (int)Basic.EndedAt, (int)Basic.MsPlayed, out var end, out var played, out var field))
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, field);
        }
        var isEpisode = fields.Has((int)Basic.Episode);
        return plays.Make(
            line,
            bytes,
            new PlayDraft
            {
                Kind = isEpisode ? ItemKind.Episode : ItemKind.Track,
                Title = fields.Text((int)(isEpisode ? Basic.Episode : Basic.Track)),
                Artist = fields.Text((int)(isEpisode ? Basic.Show : Basic.Artist)),
                Release = isEpisode ? fields.Text((int)Basic.Show) : null,
                StartedAt = Start(end, played),
                MsPlayed = played,
            }
        );
    }

    /// <summary>
    /// Takes back the play that the basic history makes of the same one: it ends at the beginning of the minute.
    /// </summary>
    public Imported Replacement(Imported extended)
    {
        var play = (PlayEvent)extended.Event!;
        var end = play.StartedAt.UnixMilliseconds + play.MsPlayed!.Value;
        var start = new Instant(end - (end % MinuteMs) - play.MsPlayed.Value);
        var retract = new RetractEvent
        {
            Id = ItemNaming.PlayOf(play.Listener, start, play.Item),
            Listener = play.Listener,
            StartedAt = start,
            ReceivedAt = play.ReceivedAt,
        };
        return new Imported(Outcome.Event, extended.Line, retract, IsExtra: true);
    }

    /// <summary>Whether the basic history has the same play by another start.</summary>
    public static bool HasBasicTwin(Imported imported) =>
        imported.Event is PlayEvent { MsPlayed: { } played } play
        && (play.StartedAt.UnixMilliseconds + played) % MinuteMs != 0
        && play.StartedAt.UnixMilliseconds - MinuteMs >= Instant.Earliest.UnixMilliseconds;

    private static Instant? Start(Instant? end, decimal? played) =>
        end is { } ended ? new Instant(ended.UnixMilliseconds - (long)(played ?? 0)) : null;

    private static bool TryTimes(
        JsonFields fields,
        int endField,
        int playedField,
        out Instant? end,
        out decimal? played,
        out string field
    )
    {
        const decimal MaxMs = 1_000_000_000_000; // in a long with room; the rule's own bound is far below
        end = null;
        field = "ms_played";
        if (!fields.TryNumber(playedField, out played) || played is null or < 0 or > MaxMs)
        {
            return false;
        }
        field = "started_at";
        if (fields.Text(endField) is { } text)
        {
            end = Times.OfText(text, TimeZoneInfo.Utc);
            return end is not null;
        }
        return true;
    }

    private static PlayEnd EndOf(string? reason, bool isSkipped) =>
        reason switch
        {
            "trackdone" => PlayEnd.Completed,
            "trackerror" => PlayEnd.Failed,
            "fwdbtn" or "backbtn" or "clickrow" or "clickside" or "playbtn" => PlayEnd.Skipped,
            _ when isSkipped => PlayEnd.Skipped,
            null or "" or "unknown" => PlayEnd.Unknown,
            _ => PlayEnd.Stopped, // endplay, remote, logout, popup, uriopen, unexpected-exit and what else ends all playing
        };
}
