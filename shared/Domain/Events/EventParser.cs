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

    private const int MaxPlayedMs = 24 * 3_600_000;
    private const int MaxDurationMs = 7 * 24 * 3_600_000;
    private const int MaxArmLength = 64;

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
        var fields = default(Fields);
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

    /// <summary>The fields of a line as they were read, before they are an event.</summary>
    private struct Fields
    {
        private uint _seen;
        private string? _eventId;
        private string? _listener;
        private EventKind _kind;
        private Instant _startedAt;
        private Instant _receivedAt;
        private string? _item;
        private ItemKind _itemKind;
        private string? _artist;
        private int? _msPlayed;
        private int? _durationMs;
        private PlayEnd _end;
        private string? _context;
        private string? _device;
        private string? _session;
        private string? _trackName;
        private string? _artistName;
        private string? _releaseName;
        private int? _score;
        private bool? _on;
        private string? _timeZone;
        private string? _market;
        private bool? _explicit;
        private List<string>? _languages;
        private int? _slot;
        private string? _playlist;
        private int? _propensity;
        private List<string>? _arms;

        public RejectReason? Read(ref Utf8JsonReader reader, ref string? field)
        {
            if (!reader.Read())
            {
                return RejectReason.InvalidJson;
            }
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                return reader.Read() ? RejectReason.InvalidJson : RejectReason.NotAnObject;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (ReadProperty(ref reader, ref field) is { } reason)
                {
                    return reason;
                }
            }
            return reader.Read() ? RejectReason.InvalidJson : null; // throws on trailing bytes
        }

        public readonly RejectReason? Build(out ListenEvent result, ref string? field)
        {
            result = null!;
            field =
                _listener is null ? "listener"
                : _eventId is null ? "event_id"
                : (_seen & Bit.StartedAt) == 0 ? "started_at"
                : (_seen & Bit.ReceivedAt) == 0 ? "received_at"
                : _kind == EventKind.None ? "kind"
                : null;
            if (field is not null)
            {
                return RejectReason.MissingField;
            }
            field = "started_at";
            if (_startedAt < Instant.Earliest)
            {
                return RejectReason.TooEarly;
            }
            if (_startedAt > _receivedAt + FutureTolerance)
            {
                return RejectReason.FromFuture;
            }
            if (_startedAt >= Instant.Latest)
            {
                return RejectReason.InvalidField;
            }
            field = "received_at";
            if (_receivedAt >= Instant.Latest)
            {
                return RejectReason.InvalidField;
            }
            field = null;
            var listener = new ListenerId(_listener!);
            var id = new EventId(_eventId!);
            switch (_kind)
            {
                case EventKind.Play:
                    if (_item is null)
                    {
                        return Missing("item", ref field);
                    }
                    result = new PlayEvent
                    {
                        Listener = listener,
                        Id = id,
                        StartedAt = _startedAt,
                        ReceivedAt = _receivedAt,
                        Item = new ItemId(_item),
                        ItemKind = _itemKind,
                        Artist = _artist is null ? null : new ArtistId(_artist),
                        MsPlayed = _msPlayed,
                        DurationMs = _durationMs,
                        End = _end,
                        Context = _context,
                        Device = _device,
                        Session = _session,
                        Title = _trackName,
                        ArtistName = _artistName,
                        ReleaseName = _releaseName,
                    };
                    return null;
                case EventKind.Feedback:
                    if (_score is not { } score)
                    {
                        return Missing("score", ref field);
                    }
                    if (_item is null == _artist is null)
                    {
                        return _item is null ? Missing("item", ref field) : Invalid("artist", ref field);
                    }
                    result = new FeedbackEvent
                    {
                        Listener = listener,
                        Id = id,
                        StartedAt = _startedAt,
                        ReceivedAt = _receivedAt,
                        Item = _item is null ? null : new ItemId(_item),
                        Artist = _artist is null ? null : new ArtistId(_artist),
                        Score = score,
                    };
                    return null;
                case EventKind.Follow:
                    if (_artist is null)
                    {
                        return Missing("artist", ref field);
                    }
                    if (_on is not { } follows)
                    {
                        return Missing("on", ref field);
                    }
                    result = new FollowEvent
                    {
                        Listener = listener,
                        Id = id,
                        StartedAt = _startedAt,
                        ReceivedAt = _receivedAt,
                        Artist = new ArtistId(_artist),
                        On = follows,
                    };
                    return null;
                case EventKind.Retract:
                    result = new RetractEvent
                    {
                        Listener = listener,
                        Id = id,
                        StartedAt = _startedAt,
                        ReceivedAt = _receivedAt,
                    };
                    return null;
                case EventKind.Settings:
                    result = new SettingsEvent
                    {
                        Listener = listener,
                        Id = id,
                        StartedAt = _startedAt,
                        ReceivedAt = _receivedAt,
                        TimeZone = _timeZone,
                        Market = _market,
                        Explicit = _explicit,
                        Languages = _languages ?? [],
                    };
                    return null;
                case EventKind.Impression:
                    if (_item is null || _playlist is null || _slot is null || _propensity is null)
                    {
                        return Missing(
                            _item is null ? "item"
                                : _playlist is null ? "playlist"
                                : _slot is null ? "slot"
                                : "propensity",
                            ref field
                        );
                    }
                    result = new ImpressionEvent
                    {
                        Listener = listener,
                        Id = id,
                        StartedAt = _startedAt,
                        ReceivedAt = _receivedAt,
                        Item = new ItemId(_item),
                        Playlist = _playlist,
                        Slot = _slot.Value,
                        PropensityNano = _propensity.Value,
                        Arms = _arms ?? [],
                    };
                    return null;
                case EventKind.Exclude:
                    var targets = (_session is null ? 0 : 1) + (_device is null ? 0 : 1) + (_context is null ? 0 : 1);
                    if (targets != 1)
                    {
                        return targets == 0 ? Missing("session", ref field) : Invalid("session", ref field);
                    }
                    result = new ExcludeEvent
                    {
                        Listener = listener,
                        Id = id,
                        StartedAt = _startedAt,
                        ReceivedAt = _receivedAt,
                        Target =
                            _session is not null ? ExcludeTarget.Session
                            : _device is not null ? ExcludeTarget.Device
                            : ExcludeTarget.Context,
                        Value = (_session ?? _device ?? _context)!,
                        On = _on ?? true,
                    };
                    return null;
                default:
                    throw new InvalidOperationException($"Kind {_kind} has no builder.");
            }
        }

        private RejectReason? ReadProperty(ref Utf8JsonReader reader, ref string? field)
        {
            if (reader.ValueTextEquals("event_id"u8))
            {
                return ReadId(ref reader, Bit.EventId, "event_id", ref _eventId, ref field);
            }
            if (reader.ValueTextEquals("listener"u8))
            {
                return ReadId(ref reader, Bit.Listener, "listener", ref _listener, ref field);
            }
            if (reader.ValueTextEquals("kind"u8))
            {
                return ReadKind(ref reader, ref field);
            }
            if (reader.ValueTextEquals("started_at"u8))
            {
                return ReadInstant(ref reader, Bit.StartedAt, "started_at", ref _startedAt, ref field);
            }
            if (reader.ValueTextEquals("received_at"u8))
            {
                return ReadInstant(ref reader, Bit.ReceivedAt, "received_at", ref _receivedAt, ref field);
            }
            if (reader.ValueTextEquals("item"u8))
            {
                return ReadId(ref reader, Bit.Item, "item", ref _item, ref field);
            }
            if (reader.ValueTextEquals("artist"u8))
            {
                return ReadId(ref reader, Bit.Artist, "artist", ref _artist, ref field);
            }
            if (reader.ValueTextEquals("ms_played"u8))
            {
                return ReadInt(ref reader, Bit.MsPlayed, "ms_played", 0, MaxPlayedMs, ref _msPlayed, ref field);
            }
            if (reader.ValueTextEquals("duration_ms"u8))
            {
                return ReadInt(ref reader, Bit.DurationMs, "duration_ms", 1, MaxDurationMs, ref _durationMs, ref field);
            }
            if (reader.ValueTextEquals("end"u8))
            {
                return ReadEnd(ref reader, ref field);
            }
            if (reader.ValueTextEquals("session"u8))
            {
                return ReadId(ref reader, Bit.Session, "session", ref _session, ref field);
            }
            if (reader.ValueTextEquals("device"u8))
            {
                return ReadId(ref reader, Bit.Device, "device", ref _device, ref field);
            }
            if (reader.ValueTextEquals("context"u8))
            {
                return ReadId(ref reader, Bit.Context, "context", ref _context, ref field);
            }
            if (reader.ValueTextEquals("track_name"u8))
            {
                return ReadName(ref reader, Bit.TrackName, "track_name", ref _trackName, ref field);
            }
            if (reader.ValueTextEquals("artist_name"u8))
            {
                return ReadName(ref reader, Bit.ArtistName, "artist_name", ref _artistName, ref field);
            }
            if (reader.ValueTextEquals("release_name"u8))
            {
                return ReadName(ref reader, Bit.ReleaseName, "release_name", ref _releaseName, ref field);
            }
            if (reader.ValueTextEquals("item_kind"u8))
            {
                return ReadItemKind(ref reader, ref field);
            }
            if (reader.ValueTextEquals("score"u8))
            {
                return ReadInt(ref reader, Bit.Score, "score", -1, 1, ref _score, ref field);
            }
            if (reader.ValueTextEquals("on"u8))
            {
                return ReadBool(ref reader, Bit.On, "on", ref _on, ref field);
            }
            if (reader.ValueTextEquals("time_zone"u8))
            {
                return ReadText(ref reader, Bit.TimeZone, "time_zone", 64, IsZoneText, ref _timeZone, ref field);
            }
            if (reader.ValueTextEquals("market"u8))
            {
                return ReadText(ref reader, Bit.Market, "market", 2, IsMarket, ref _market, ref field);
            }
            if (reader.ValueTextEquals("explicit"u8))
            {
                return ReadBool(ref reader, Bit.Explicit, "explicit", ref _explicit, ref field);
            }
            if (reader.ValueTextEquals("languages"u8))
            {
                return ReadTexts(
                    ref reader,
                    Bit.Languages,
                    "languages",
                    SettingsEvent.MaxLanguages,
                    IsLanguage,
                    ref _languages,
                    ref field
                );
            }
            if (reader.ValueTextEquals("slot"u8))
            {
                return ReadInt(ref reader, Bit.Slot, "slot", 0, 9_999, ref _slot, ref field);
            }
            if (reader.ValueTextEquals("playlist"u8))
            {
                return ReadId(ref reader, Bit.Playlist, "playlist", ref _playlist, ref field);
            }
            if (reader.ValueTextEquals("propensity"u8))
            {
                return ReadPropensity(ref reader, ref field);
            }
            if (reader.ValueTextEquals("arms"u8))
            {
                return ReadTexts(ref reader, Bit.Arms, "arms", ImpressionEvent.MaxArms, IsArm, ref _arms, ref field);
            }
            reader.Read();
            reader.Skip(); // a field of a later version, or the publisher's own
            return null;
        }

        /// <summary>Moves to the value; null and absence are the same, so null leaves the field unset.</summary>
        private RejectReason? Begin(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            out bool isNull,
            ref string? field
        )
        {
            reader.Read();
            isNull = reader.TokenType == JsonTokenType.Null;
            if ((_seen & bit) != 0)
            {
                field = name;
                return RejectReason.DuplicateField;
            }
            _seen |= isNull ? 0 : bit;
            return null;
        }

        private RejectReason? ReadId(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            ref string? value,
            ref string? field
        )
        {
            if (Begin(ref reader, bit, name, out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.String)
            {
                return Invalid(name, ref field);
            }
            value = reader.GetString();
            return Id.IsValid(value) ? null : Invalid(name, ref field);
        }

        private RejectReason? ReadName(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            ref string? value,
            ref string? field
        )
        {
            if (Begin(ref reader, bit, name, out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.String)
            {
                return Invalid(name, ref field);
            }
            value = CleanName(reader.GetString());
            return null;
        }

        private RejectReason? ReadText(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            int maxLength,
            Func<string, bool> isValid,
            ref string? value,
            ref string? field
        )
        {
            if (Begin(ref reader, bit, name, out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.String)
            {
                return Invalid(name, ref field);
            }
            value = reader.GetString()!;
            return value.Length > 0 && value.Length <= maxLength && isValid(value) ? null : Invalid(name, ref field);
        }

        private RejectReason? ReadTexts(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            int maxCount,
            Func<string, bool> isValid,
            ref List<string>? values,
            ref string? field
        )
        {
            if (Begin(ref reader, bit, name, out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                return Invalid(name, ref field);
            }
            values = [];
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.String || values.Count == maxCount)
                {
                    return Invalid(name, ref field);
                }
                var text = reader.GetString()!;
                if (!isValid(text))
                {
                    return Invalid(name, ref field);
                }
                values.Add(text);
            }
            return null;
        }

        private RejectReason? ReadInt(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            int min,
            int max,
            ref int? value,
            ref string? field
        )
        {
            if (Begin(ref reader, bit, name, out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (
                reader.TokenType != JsonTokenType.Number
                || !reader.TryGetInt32(out var number)
                || number < min
                || number > max
            )
            {
                return Invalid(name, ref field);
            }
            value = number;
            return null;
        }

        private RejectReason? ReadBool(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            ref bool? value,
            ref string? field
        )
        {
            if (Begin(ref reader, bit, name, out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            {
                return Invalid(name, ref field);
            }
            value = reader.GetBoolean();
            return null;
        }

        private RejectReason? ReadInstant(
            ref Utf8JsonReader reader,
            uint bit,
            string name,
            ref Instant value,
            ref string? field
        )
        {
            if (Begin(ref reader, bit, name, out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.String || !TryReadInstant(ref reader, out value))
            {
                return Invalid(name, ref field);
            }
            return null;
        }

        private static bool TryReadInstant(ref Utf8JsonReader reader, out Instant value)
        {
            value = default;
            // Without an offset the framework would assume this machine's zone; a moment must say its own.
            var text = reader.ValueSpan;
            var hasOffset =
                text.Length >= 17
                && (text[^1] is (byte)'Z' || (text[^3] is (byte)':' && text[^6] is (byte)'+' or (byte)'-'));
            if (!hasOffset || !reader.TryGetDateTimeOffset(out var time))
            {
                return false;
            }
            value = Instant.From(time);
            return true;
        }

        private RejectReason? ReadPropensity(ref Utf8JsonReader reader, ref string? field)
        {
            if (Begin(ref reader, Bit.Propensity, "propensity", out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (
                reader.TokenType != JsonTokenType.Number
                || !reader.TryGetDecimal(out var number)
                || number <= 0
                || number > 1
            )
            {
                return Invalid("propensity", ref field);
            }
            _propensity = Math.Max(1, (int)Math.Round(number * ImpressionEvent.Certain, MidpointRounding.ToEven));
            return null;
        }

        private RejectReason? ReadKind(ref Utf8JsonReader reader, ref string? field)
        {
            if (Begin(ref reader, Bit.Kind, "kind", out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.String)
            {
                return Invalid("kind", ref field);
            }
            _kind =
                reader.ValueTextEquals("play"u8) ? EventKind.Play
                : reader.ValueTextEquals("feedback"u8) ? EventKind.Feedback
                : reader.ValueTextEquals("follow"u8) ? EventKind.Follow
                : reader.ValueTextEquals("retract"u8) ? EventKind.Retract
                : reader.ValueTextEquals("settings"u8) ? EventKind.Settings
                : reader.ValueTextEquals("impression"u8) ? EventKind.Impression
                : reader.ValueTextEquals("exclude"u8) ? EventKind.Exclude
                : EventKind.None;
            if (_kind != EventKind.None)
            {
                return null;
            }
            field = "kind";
            return RejectReason.UnknownKind;
        }

        private RejectReason? ReadItemKind(ref Utf8JsonReader reader, ref string? field)
        {
            if (Begin(ref reader, Bit.ItemKind, "item_kind", out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.String)
            {
                return Invalid("item_kind", ref field);
            }
            if (reader.ValueTextEquals("track"u8))
            {
                _itemKind = ItemKind.Track;
            }
            else if (reader.ValueTextEquals("episode"u8))
            {
                _itemKind = ItemKind.Episode;
            }
            else if (reader.ValueTextEquals("chapter"u8))
            {
                _itemKind = ItemKind.Chapter;
            }
            else
            {
                return Invalid("item_kind", ref field);
            }
            return null;
        }

        private RejectReason? ReadEnd(ref Utf8JsonReader reader, ref string? field)
        {
            if (Begin(ref reader, Bit.End, "end", out var isNull, ref field) is { } reason)
            {
                return reason;
            }
            if (isNull)
            {
                return null;
            }
            if (reader.TokenType != JsonTokenType.String)
            {
                return Invalid("end", ref field);
            }
            if (reader.ValueTextEquals("completed"u8))
            {
                _end = PlayEnd.Completed;
            }
            else if (reader.ValueTextEquals("skipped"u8))
            {
                _end = PlayEnd.Skipped;
            }
            else if (reader.ValueTextEquals("stopped"u8))
            {
                _end = PlayEnd.Stopped;
            }
            else if (reader.ValueTextEquals("failed"u8))
            {
                _end = PlayEnd.Failed;
            }
            else if (!reader.ValueTextEquals("unknown"u8))
            {
                return Invalid("end", ref field);
            }
            return null;
        }

        private static RejectReason Missing(string name, ref string? field)
        {
            field = name;
            return RejectReason.MissingField;
        }

        private static RejectReason Invalid(string name, ref string? field)
        {
            field = name;
            return RejectReason.InvalidField;
        }

        private static bool IsZoneText(string text) =>
            text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');

        private static bool IsMarket(string text) => text.Length == 2 && text.All(char.IsAsciiLetterUpper);

        private static bool IsLanguage(string text) =>
            text.Length is > 1 and <= 16 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

        private static bool IsArm(string text) =>
            text.Length <= MaxArmLength && text.All(char.IsAscii) && Id.IsValid(text);

        private static class Bit
        {
            public const uint EventId = 1u << 0;
            public const uint Listener = 1u << 1;
            public const uint Kind = 1u << 2;
            public const uint StartedAt = 1u << 3;
            public const uint ReceivedAt = 1u << 4;
            public const uint Item = 1u << 5;
            public const uint Artist = 1u << 6;
            public const uint MsPlayed = 1u << 7;
            public const uint DurationMs = 1u << 8;
            public const uint End = 1u << 9;
            public const uint Session = 1u << 10;
            public const uint Device = 1u << 11;
            public const uint Context = 1u << 12;
            public const uint TrackName = 1u << 13;
            public const uint ArtistName = 1u << 14;
            public const uint ReleaseName = 1u << 15;
            public const uint ItemKind = 1u << 16;
            public const uint Score = 1u << 17;
            public const uint On = 1u << 18;
            public const uint TimeZone = 1u << 19;
            public const uint Market = 1u << 20;
            public const uint Explicit = 1u << 21;
            public const uint Languages = 1u << 22;
            public const uint Slot = 1u << 23;
            public const uint Playlist = 1u << 24;
            public const uint Propensity = 1u << 25;
            public const uint Arms = 1u << 26;
        }
    }
}
