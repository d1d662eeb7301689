using System.Buffers.Binary;
using System.Text;

namespace Nocturne.Domain;

/// <summary>
/// One event as it is kept in a history: canonical bytes, the same for the same event whatever its line looked like.
/// Neither the listener nor the receipt time is in them.
/// </summary>
/// <remarks>
/// <para>Layout: start (8 bytes, big-endian), id (1 byte of length, UTF-8), kind (1 byte), then the kind's own fields.</para>
/// <para>
/// A row's key is (start, id). Of two rows with one key, <see cref="Wins"/> picks the same one in any order: a
/// retraction before all else, then the fuller (longer) row, then the smaller bytes. Preferring the longer row is
/// what makes a history that is bounded in bytes independent of order; see <see cref="HistoryDay"/>.
/// </para>
/// </remarks>
public readonly struct HistoryRow
{
    /// <summary>No row is longer, given the bounds of <see cref="EventParser"/>.</summary>
    public const int MaxBytes = 2_048;

    /// <summary>Wraps canonical bytes.</summary>
    internal HistoryRow(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The canonical bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>When the event happened.</summary>
    public Instant StartedAt => StartOf(Bytes.Span);

    /// <summary>The event's id.</summary>
    public EventId Id => new(Encoding.UTF8.GetString(Bytes.Span.Slice(9, Bytes.Span[8])));

    /// <summary>The event's kind.</summary>
    public EventKind Kind => KindOf(Bytes.Span);

    /// <summary>Start and id: what rows are ordered and identified by.</summary>
    internal ReadOnlyMemory<byte> Key => Bytes[..(9 + Bytes.Span[8])];

    /// <summary>The row of <paramref name="listenEvent"/>.</summary>
    public static HistoryRow Of(ListenEvent listenEvent)
    {
        var writer = new PackedWriter();
        writer.Instant(listenEvent.StartedAt);
        writer.ShortText(listenEvent.Id.Value);
        writer.Byte((byte)listenEvent.Kind);
        switch (listenEvent)
        {
            case PlayEvent play:
                WritePlay(writer, play);
                break;
            case FeedbackEvent feedback:
                writer.Byte((byte)(feedback.Score + 1));
                writer.Byte(feedback.Item is null ? (byte)1 : (byte)0);
                writer.Text(feedback.Item?.Value ?? feedback.Artist?.Value);
                break;
            case FollowEvent follow:
                writer.Byte(follow.On ? (byte)1 : (byte)0);
                writer.Text(follow.Artist.Value);
                break;
            case SettingsEvent settings:
                writer.Text(settings.TimeZone);
                writer.Text(settings.Market);
                writer.Byte(
                    settings.Explicit switch
                    {
                        null => 0,
                        false => 1,
                        true => 2,
                    }
                );
                WriteTexts(writer, settings.Languages);
                break;
            case ImpressionEvent impression:
                writer.Text(impression.Item.Value);
                writer.Text(impression.Playlist);
                writer.Varint(impression.Slot);
                writer.Varint(impression.PropensityNano);
                WriteTexts(writer, impression.Arms);
                break;
            case ExcludeEvent exclude:
                writer.Byte((byte)exclude.Target);
                writer.Byte(exclude.On ? (byte)1 : (byte)0);
                writer.Text(exclude.Value);
                break;
        }
        return writer.Length <= MaxBytes
            ? new HistoryRow(writer.ToArray())
            : throw new InvalidOperationException($"A row of {writer.Length} bytes: the parser's bounds are wrong.");
    }

    /// <summary>The event, with its start as receipt time (the true one is not kept).</summary>
    public ListenEvent ToEvent(ListenerId listener)
    {
        var reader = new PackedReader(Bytes.Span);
        var start = reader.Instant();
        var id = new EventId(Encoding.UTF8.GetString(reader.ShortBytes()));
        var kind = (EventKind)reader.Byte();
        switch (kind)
        {
            case EventKind.Play:
                return ReadPlay(ref reader, listener, id, start);
            case EventKind.Feedback:
                var score = reader.Byte() - 1;
                var isArtist = reader.Byte() == 1;
                var subject = reader.Text()!;
                return new FeedbackEvent
                {
                    Listener = listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = start,
                    Score = score,
                    Item = isArtist ? null : new ItemId(subject),
                    Artist = isArtist ? new ArtistId(subject) : null,
                };
            case EventKind.Follow:
                var follows = reader.Byte() == 1;
                return new FollowEvent
                {
                    Listener = listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = start,
                    On = follows,
                    Artist = new ArtistId(reader.Text()!),
                };
            case EventKind.Retract:
                return new RetractEvent
                {
                    Listener = listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = start,
                };
            case EventKind.Settings:
                return new SettingsEvent
                {
                    Listener = listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = start,
                    TimeZone = reader.Text(),
                    Market = reader.Text(),
                    Explicit = reader.Byte() switch
                    {
                        1 => false,
                        2 => true,
                        _ => null,
                    },
                    Languages = ReadTexts(ref reader),
                };
            case EventKind.Impression:
                return new ImpressionEvent
                {
                    Listener = listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = start,
                    Item = new ItemId(reader.Text()!),
                    Playlist = reader.Text()!,
                    Slot = reader.Count(),
                    PropensityNano = reader.Count(),
                    Arms = ReadTexts(ref reader),
                };
            case EventKind.Exclude:
                var target = (ExcludeTarget)reader.Byte();
                var isOn = reader.Byte() == 1;
                return new ExcludeEvent
                {
                    Listener = listener,
                    Id = id,
                    StartedAt = start,
                    ReceivedAt = start,
                    Target = target,
                    On = isOn,
                    Value = reader.Text()!,
                };
            default:
                throw new InvalidDataException($"A history row has kind {(byte)kind}; this version knows none such.");
        }
    }

    /// <summary>Orders two keys: earlier start first, then the id's UTF-8 bytes.</summary>
    internal static int CompareKeys(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var byStart = left[..8].SequenceCompareTo(right[..8]);
        return byStart != 0 ? byStart : left.Slice(9, left[8]).SequenceCompareTo(right.Slice(9, right[8]));
    }

    /// <summary>Whether, of two rows with one key, <paramref name="challenger"/> is kept instead of <paramref name="holder"/>.</summary>
    internal static bool Wins(ReadOnlySpan<byte> challenger, ReadOnlySpan<byte> holder)
    {
        var challengerRetracts = KindOf(challenger) == EventKind.Retract;
        if (challengerRetracts != (KindOf(holder) == EventKind.Retract))
        {
            return challengerRetracts;
        }
        return challenger.Length != holder.Length
            ? challenger.Length > holder.Length
            : challenger.SequenceCompareTo(holder) < 0;
    }

    internal static Instant StartOf(ReadOnlySpan<byte> row) => new(BinaryPrimitives.ReadInt64BigEndian(row));

    internal static EventKind KindOf(ReadOnlySpan<byte> row) => (EventKind)row[9 + row[8]];

    private static void WritePlay(PackedWriter writer, PlayEvent play)
    {
        writer.Byte(
            (byte)(
                (byte)play.End
                | (play.MsPlayed is null ? 0 : PlayRow.HasPlayed)
                | (play.DurationMs is null ? 0 : PlayRow.HasDuration)
            )
        );
        // Kind, item and artist in one piece: the key of a month's tally (see MonthTally).
        writer.Byte((byte)play.ItemKind);
        writer.Text(play.Item.Value);
        writer.Text(play.Artist?.Value);
        if (play.MsPlayed is { } played)
        {
            writer.Varint(played);
        }
        if (play.DurationMs is { } duration)
        {
            writer.Varint(duration);
        }
        writer.Text(play.Session);
        writer.Text(play.Device);
        writer.Text(play.Context);
        writer.Text(play.Title);
        writer.Text(play.ArtistName);
        writer.Text(play.ReleaseName);
    }

    private static PlayEvent ReadPlay(ref PackedReader reader, ListenerId listener, EventId id, Instant start)
    {
        var flags = reader.Byte();
        var itemKind = (ItemKind)reader.Byte();
        var item = reader.Text()!;
        var artist = reader.Text();
        int? played = (flags & PlayRow.HasPlayed) != 0 ? reader.Count() : null;
        int? duration = (flags & PlayRow.HasDuration) != 0 ? reader.Count() : null;
        return new PlayEvent
        {
            Listener = listener,
            Id = id,
            StartedAt = start,
            ReceivedAt = start,
            ItemKind = itemKind,
            End = (PlayEnd)(flags & PlayRow.EndMask),
            Item = new ItemId(item),
            Artist = artist is null ? null : new ArtistId(artist),
            MsPlayed = played,
            DurationMs = duration,
            Session = reader.Text(),
            Device = reader.Text(),
            Context = reader.Text(),
            Title = reader.Text(),
            ArtistName = reader.Text(),
            ReleaseName = reader.Text(),
        };
    }

    private static void WriteTexts(PackedWriter writer, IReadOnlyList<string> texts)
    {
        writer.Varint(texts.Count);
        foreach (var text in texts)
        {
            writer.Text(text);
        }
    }

    private static string[] ReadTexts(ref PackedReader reader)
    {
        var texts = new string[reader.Count()];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = reader.Text() ?? "";
        }
        return texts;
    }
}

/// <summary>What the rules need of a play's row, read in place.</summary>
internal readonly ref struct PlayRow
{
    public const int EndMask = 7;
    public const int HasPlayed = 8;
    public const int HasDuration = 16;

    public PlayRow(ReadOnlySpan<byte> row)
    {
        Key = row[..(9 + row[8])];
        var reader = new PackedReader(row);
        reader.Raw(Key.Length + 1);
        var flags = reader.Byte();
        var from = reader.Position;
        reader.Byte();
        reader.Bytes();
        reader.Bytes();
        TallyKey = row[from..reader.Position];
        int? played = (flags & HasPlayed) != 0 ? reader.Count() : null;
        int? duration = (flags & HasDuration) != 0 ? reader.Count() : null;
        IsStream = PlayEvent.IsStreamOf(played);
        IsSkip = PlayEvent.IsSkipOf(played, duration, (PlayEnd)(flags & EndMask));
        MsPlayed = played ?? 0;
        Session = reader.Bytes();
        Device = reader.Bytes();
        Context = reader.Bytes();
    }

    /// <summary>Start and id.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Item kind, item and artist, packed.</summary>
    public ReadOnlySpan<byte> TallyKey { get; }

    public bool IsStream { get; }

    public bool IsSkip { get; }

    public int MsPlayed { get; }

    public ReadOnlySpan<byte> Session { get; }

    public ReadOnlySpan<byte> Device { get; }

    public ReadOnlySpan<byte> Context { get; }
}
