using System.Buffers;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>From listens to this project's events, and their lines.</summary>
internal static class ListenEvents
{
    // What plays longer than a week says nothing of how it was heard; the parser refuses it.
    private const long MaxDurationMs = 7L * 24 * 3_600 * 1_000;

    /// <summary>The item of a listen: the same that imports give it.</summary>
    public static ItemId ItemOf(SubmittedListen listen) =>
        ItemNaming.ItemOf(
            ItemKind.Track,
            listen.Artist,
            listen.Title,
            new ItemCodes(listen.RecordingMbid, listen.Isrc, listen.SpotifyId)
        ) ?? throw new InvalidOperationException("A listen that keeps the rules has names.");

    /// <summary>The recording's id.</summary>
    public static Guid MsidOf(SubmittedListen listen) =>
        RecordingMsid.Of(listen.Title, listen.Artist, listen.Release, DurationOf(listen));

    /// <summary>
    /// The play that a listen tells of. Its id follows from listener, start and item: sent again, or imported from
    /// elsewhere, it is the same play.
    /// </summary>
    public static PlayEvent PlayOf(ListenerId listener, SubmittedListen listen, Instant now)
    {
        var item = ItemOf(listen);
        var startedAt = StartOf(listen.ListenedAt);
        return new PlayEvent
        {
            Listener = listener,
            Id = ItemNaming.PlayOf(listener, startedAt, item),
            StartedAt = startedAt,
            ReceivedAt = now,
            Item = item,
            Artist = ItemNaming.ArtistOf(listen.Artist, listen.ArtistMbid),
            MsPlayed = listen.MsPlayed,
            DurationMs = DurationOf(listen),
            Device = Id.IsValid(listen.Player) ? listen.Player : null,
            Title = EventParser.CleanName(listen.Title),
            ArtistName = EventParser.CleanName(listen.Artist),
            ReleaseName = EventParser.CleanName(listen.Release),
        };
    }

    /// <summary>A listen's moment.</summary>
    public static Instant StartOf(long seconds) => new(seconds * 1_000);

    /// <summary>An event's line, without a newline.</summary>
    public static ReadOnlyMemory<byte> LineOf(ListenEvent listenEvent)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        EventWriter.WriteLine(buffer, listenEvent);
        return buffer.WrittenMemory[..^1];
    }

    /// <summary>
    /// A listen's line. What the client said beyond an event's fields goes with it into the archive, as long as the
    /// line keeps the bounds of one.
    /// </summary>
    public static ReadOnlyMemory<byte> LineOf(PlayEvent play, SubmittedListen listen)
    {
        var plain = LineOf(play);
        if (
            !listen.Metadata.TryGetProperty("additional_info"u8, out var info)
            || info.ValueKind != JsonValueKind.Object
        )
        {
            return plain;
        }
        var line = new ArrayBufferWriter<byte>(plain.Length + 1_024);
        line.Write(plain.Span[..^1]);
        line.Write(",\"listenbrainz\":"u8);
        using (var json = new Utf8JsonWriter(line))
        {
            info.WriteTo(json);
        }
        line.Write("}"u8);
        return EventParser.TryParseLine(line.WrittenMemory, 1, out _, out _) ? line.WrittenMemory : plain;
    }

    private static int? DurationOf(SubmittedListen listen) =>
        listen.DurationMs is { } duration and <= MaxDurationMs ? (int)duration : null;
}
