using Nocturne.Domain;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>ListenBrainz's listens (in its export, its API and what clients submit) and the opinions of its export.</summary>
/// <remarks>
/// Opinions name recordings by ids. What those are called is known from the listens before them, of which
/// <see cref="MaxRecordings"/> are remembered.
/// </remarks>
internal sealed class ListenBrainzHistory(PlayMaker plays)
{
    private const int MaxRecordings = 500_000; // about 60 MB; opinions on more are named by MusicBrainz ids

    /// <summary>What is read of a listen, in the order of <see cref="Listen"/>.</summary>
    public static readonly JsonShape ListenShape = new(
        "listened_at",
        "track_metadata.track_name",
        "track_metadata.artist_name",
        "track_metadata.release_name",
        "track_metadata.additional_info.recording_mbid",
        "track_metadata.additional_info.isrc",
        "track_metadata.additional_info.spotify_id",
        "track_metadata.additional_info.duration_ms",
        "track_metadata.additional_info.duration",
        "track_metadata.additional_info.duration_played",
        "track_metadata.additional_info.ms_played",
        "track_metadata.recording_msid",
        "track_metadata.mbid_mapping.recording_mbid",
        "recording_msid"
    );

    /// <summary>What is read of an opinion, in the order of <see cref="Feedback"/>.</summary>
    public static readonly JsonShape FeedbackShape = new("recording_msid", "recording_mbid", "score", "created");

    private readonly Dictionary<Guid, ItemId> _recordings = [];

    private enum Listen
    {
        At,
        Track,
        Artist,
        Release,
        Mbid,
        Isrc,
        Spotify,
        DurationMs,
        Duration,
        Played,
        MsPlayed,
        Msid,
        MappedMbid,
        ApiMsid,
    }

    private enum Feedback
    {
        Msid,
        Mbid,
        Score,
        Created,
    }

    /// <summary>A listen.</summary>
    public Imported MakeListen(long line, ReadOnlyMemory<byte> bytes, JsonFields fields)
    {
        if (!TryTime(fields, (int)Listen.At, out var startedAt))
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, "listened_at");
        }
        // Clients write lengths as they please; one that cannot be read is as good as none.
        var duration = Length(fields, Listen.DurationMs, 1) ?? Length(fields, Listen.Duration, 1_000);
        var played = Length(fields, Listen.MsPlayed, 1) ?? Length(fields, Listen.Played, 1_000);
        var mbid = fields.Text((int)Listen.Mbid) ?? fields.Text((int)Listen.MappedMbid);
        var made = plays.Make(
            line,
            bytes,
            new PlayDraft
            {
                Title = fields.Text((int)Listen.Track),
                Artist = fields.Text((int)Listen.Artist),
                Release = fields.Text((int)Listen.Release),
                Codes = new ItemCodes(mbid, fields.Text((int)Listen.Isrc), fields.Text((int)Listen.Spotify)),
                StartedAt = startedAt,
                DurationMs = duration,
                MsPlayed = played,
            }
        );
        if (made.Event is PlayEvent play)
        {
            Remember(fields.Text((int)Listen.Msid) ?? fields.Text((int)Listen.ApiMsid), play.Item);
            Remember(fields.Text((int)Listen.MappedMbid), play.Item);
            Remember(mbid, play.Item);
        }
        return made;
    }

    /// <summary>An opinion.</summary>
    public Imported MakeFeedback(long line, ReadOnlyMemory<byte> bytes, JsonFields fields)
    {
        if (!TryTime(fields, (int)Feedback.Created, out var created) || created is not { } givenAt)
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, "created");
        }
        if (plays.TimeFault(givenAt) is { } fault)
        {
            return PlayMaker.Reject(line, bytes, fault, "created");
        }
        if (!fields.TryNumber((int)Feedback.Score, out var score) || score is not (-1 or 0 or 1))
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidField, "score");
        }
        var mbid = fields.Text((int)Feedback.Mbid);
        var known = Recall(fields.Text((int)Feedback.Msid)) ?? Recall(mbid);
        if ((known ?? ItemNaming.ItemOf(ItemKind.Track, null, null, new ItemCodes(mbid))) is not { } item)
        {
            return PlayMaker.Reject(line, bytes, RejectReason.MissingField, "item");
        }
        var feedback = new FeedbackEvent
        {
            Id = ItemNaming.FeedbackOf(plays.Listener, givenAt, item),
            Listener = plays.Listener,
            StartedAt = givenAt,
            ReceivedAt = plays.Options.Now,
            Item = item,
            Score = (int)score,
        };
        return new Imported(Outcome.Event, line, feedback);
    }

    private void Remember(string? recording, ItemId item)
    {
        if (_recordings.Count < MaxRecordings && Guid.TryParse(recording, out var id))
        {
            _recordings.TryAdd(id, item);
        }
    }

    private ItemId? Recall(string? recording) =>
        Guid.TryParse(recording, out var id) && _recordings.TryGetValue(id, out var item) ? item : null;

    private bool TryTime(JsonFields fields, int field, out Instant? time)
    {
        time = null;
        if (!fields.Has(field))
        {
            return true;
        }
        time =
            fields.TryNumber(field, out var number) && number is { } seconds ? Times.OfNumber(seconds)
            : fields.Text(field) is { } text ? Times.OfText(text, plays.Options.Zone)
            : null;
        return time is not null;
    }

    private static decimal? Length(JsonFields fields, Listen field, int unitMs)
    {
        const decimal MaxDay = 24 * 3_600_000;
        return fields.TryNumber((int)field, out var length) && length is > 0 and <= MaxDay && length * unitMs <= MaxDay
            ? length * unitMs
            : null;
    }
}
