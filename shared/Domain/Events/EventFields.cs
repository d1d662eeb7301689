using System.Text.Json;

namespace Nocturne.Domain;

/// <summary>The fields of a line as they are read, before they are an event.</summary>
internal struct EventFields
{
    private const int MaxPlayedMs = 24 * 3_600_000;
    private const int MaxDurationMs = 7 * 24 * 3_600_000;
    private const int MaxSlot = 9_999;
    private const int MaxZoneLength = 64;
    private const int MaxLanguageLength = 16;
    private const int MaxArmLength = 64;
    private const int MaxTimeBytes = 252; // a time of 42 characters, each of them escaped: what the framework reads

    /// <summary>Wire names by <see cref="Field"/>; those that most lines have come first.</summary>
    private static readonly string[] Names =
    [
        "event_id",
        "listener",
        "kind",
        "started_at",
        "received_at",
        "item",
        "artist",
        "ms_played",
        "duration_ms",
        "end",
        "session",
        "device",
        "context",
        "track_name",
        "artist_name",
        "release_name",
        "item_kind",
        "score",
        "on",
        "time_zone",
        "market",
        "explicit",
        "languages",
        "slot",
        "playlist",
        "propensity",
        "arms",
    ];

    private static readonly byte[][] Utf8Names = [.. Names.Select(System.Text.Encoding.UTF8.GetBytes)];

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

    private enum Field
    {
        EventId,
        Listener,
        Kind,
        StartedAt,
        ReceivedAt,
        Item,
        Artist,
        MsPlayed,
        DurationMs,
        End,
        Session,
        Device,
        Context,
        TrackName,
        ArtistName,
        ReleaseName,
        ItemKind,
        Score,
        On,
        TimeZone,
        Market,
        Explicit,
        Languages,
        Slot,
        Playlist,
        Propensity,
        Arms,
    }

    /// <summary>Reads a line's object.</summary>
    /// <param name="reader">At the start of the line.</param>
    /// <param name="field">Which field the reason is about.</param>
    /// <returns>Why the line is refused; null if it is not.</returns>
    /// <exception cref="JsonException">Not JSON.</exception>
    /// <exception cref="InvalidOperationException">An escaped lone surrogate: JSON by grammar, but no text.</exception>
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

    /// <summary>The event that the fields make.</summary>
    public readonly RejectReason? Build(out ListenEvent result, ref string? field)
    {
        result = null!;
        field =
            _listener is null ? "listener"
            : _eventId is null ? "event_id"
            : (_seen & BitOf(Field.StartedAt)) == 0 ? "started_at"
            : (_seen & BitOf(Field.ReceivedAt)) == 0 ? "received_at"
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
        if (_startedAt > _receivedAt + EventParser.FutureTolerance)
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

    private static uint BitOf(Field field) => 1u << (int)field;

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

    private RejectReason? ReadProperty(ref Utf8JsonReader reader, ref string? field)
    {
        var known = 0;
        while (known < Utf8Names.Length && !reader.ValueTextEquals(Utf8Names[known]))
        {
            known++;
        }
        reader.Read();
        if (known == Utf8Names.Length)
        {
            reader.Skip(); // a field of a later version, or the publisher's own
            return null;
        }
        field = Names[known];
        if ((_seen & (1u << known)) != 0)
        {
            return RejectReason.DuplicateField;
        }
        if (reader.TokenType != JsonTokenType.Null) // null is the same as absence
        {
            _seen |= 1u << known;
            if (!TryReadValue((Field)known, ref reader))
            {
                return (Field)known == Field.Kind && reader.TokenType == JsonTokenType.String
                    ? RejectReason.UnknownKind
                    : RejectReason.InvalidField;
            }
        }
        field = null;
        return null;
    }

    private bool TryReadValue(Field field, ref Utf8JsonReader reader) =>
        field switch
        {
            Field.EventId => TryId(ref reader, ref _eventId),
            Field.Listener => TryId(ref reader, ref _listener),
            Field.Kind => TryKind(ref reader, ref _kind),
            Field.StartedAt => TryInstant(ref reader, ref _startedAt),
            Field.ReceivedAt => TryInstant(ref reader, ref _receivedAt),
            Field.Item => TryId(ref reader, ref _item),
            Field.Artist => TryId(ref reader, ref _artist),
            Field.MsPlayed => TryInt(ref reader, 0, MaxPlayedMs, ref _msPlayed),
            Field.DurationMs => TryInt(ref reader, 1, MaxDurationMs, ref _durationMs),
            Field.End => TryEnd(ref reader, ref _end),
            Field.Session => TryId(ref reader, ref _session),
            Field.Device => TryId(ref reader, ref _device),
            Field.Context => TryId(ref reader, ref _context),
            Field.TrackName => TryName(ref reader, ref _trackName),
            Field.ArtistName => TryName(ref reader, ref _artistName),
            Field.ReleaseName => TryName(ref reader, ref _releaseName),
            Field.ItemKind => TryItemKind(ref reader, ref _itemKind),
            Field.Score => TryInt(ref reader, -1, 1, ref _score),
            Field.On => TryBool(ref reader, ref _on),
            Field.TimeZone => TryText(ref reader, ref _timeZone) && IsZone(_timeZone!),
            Field.Market => TryText(ref reader, ref _market) && IsMarket(_market!),
            Field.Explicit => TryBool(ref reader, ref _explicit),
            Field.Languages => TryTexts(ref reader, SettingsEvent.MaxLanguages, IsLanguage, ref _languages),
            Field.Slot => TryInt(ref reader, 0, MaxSlot, ref _slot),
            Field.Playlist => TryId(ref reader, ref _playlist),
            Field.Propensity => TryPropensity(ref reader, ref _propensity),
            Field.Arms => TryTexts(ref reader, ImpressionEvent.MaxArms, IsArm, ref _arms),
            _ => throw new InvalidOperationException($"No reader for {field}."),
        };

    private static bool TryText(ref Utf8JsonReader reader, ref string? value)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }
        value = reader.GetString();
        return true;
    }

    private static bool TryId(ref Utf8JsonReader reader, ref string? value) =>
        TryText(ref reader, ref value) && Id.IsValid(value);

    private static bool TryName(ref Utf8JsonReader reader, ref string? value)
    {
        if (!TryText(ref reader, ref value))
        {
            return false;
        }
        value = EventParser.CleanName(value);
        return true;
    }

    private static bool TryTexts(
        ref Utf8JsonReader reader,
        int maxCount,
        Func<string, bool> isValid,
        ref List<string>? values
    )
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }
        values = [];
        string? text = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (values.Count == maxCount || !TryText(ref reader, ref text) || !isValid(text!))
            {
                return false;
            }
            values.Add(text!);
        }
        return true;
    }

    private static bool TryInt(ref Utf8JsonReader reader, int min, int max, ref int? value)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number))
        {
            return false;
        }
        value = number;
        return number >= min && number <= max;
    }

    private static bool TryBool(ref Utf8JsonReader reader, ref bool? value)
    {
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
        {
            return false;
        }
        value = reader.GetBoolean();
        return true;
    }

    private static bool TryInstant(ref Utf8JsonReader reader, ref Instant value)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }
        // Without an offset the framework would assume this machine's zone; a moment must say its own.
        scoped var text =
            reader.ValueSpan;
        Span<byte> unescaped = stackalloc byte[reader.ValueIsEscaped ? MaxTimeBytes : 0];
        if (reader.ValueIsEscaped) // many writers escape the '+'
        {
            if (text.Length > MaxTimeBytes)
            {
                return false;
            }
            text = unescaped[..reader.CopyString(unescaped)];
        }
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

    private static bool TryPropensity(ref Utf8JsonReader reader, ref int? value)
    {
        if (
            reader.TokenType != JsonTokenType.Number
            || !reader.TryGetDecimal(out var number)
            || number <= 0
            || number > 1
        )
        {
            return false;
        }
        value = Math.Max(1, (int)Math.Round(number * ImpressionEvent.Certain, MidpointRounding.ToEven));
        return true;
    }

    private static bool TryKind(ref Utf8JsonReader reader, ref EventKind kind)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }
        kind =
            reader.ValueTextEquals("play"u8) ? EventKind.Play
            : reader.ValueTextEquals("feedback"u8) ? EventKind.Feedback
            : reader.ValueTextEquals("follow"u8) ? EventKind.Follow
            : reader.ValueTextEquals("retract"u8) ? EventKind.Retract
            : reader.ValueTextEquals("settings"u8) ? EventKind.Settings
            : reader.ValueTextEquals("impression"u8) ? EventKind.Impression
            : reader.ValueTextEquals("exclude"u8) ? EventKind.Exclude
            : EventKind.None;
        return kind != EventKind.None;
    }

    private static bool TryItemKind(ref Utf8JsonReader reader, ref ItemKind kind)
    {
        ItemKind? found =
            reader.TokenType != JsonTokenType.String ? null
            : reader.ValueTextEquals("track"u8) ? ItemKind.Track
            : reader.ValueTextEquals("episode"u8) ? ItemKind.Episode
            : reader.ValueTextEquals("chapter"u8) ? ItemKind.Chapter
            : null;
        kind = found ?? default;
        return found is not null;
    }

    private static bool TryEnd(ref Utf8JsonReader reader, ref PlayEnd end)
    {
        PlayEnd? found =
            reader.TokenType != JsonTokenType.String ? null
            : reader.ValueTextEquals("completed"u8) ? PlayEnd.Completed
            : reader.ValueTextEquals("skipped"u8) ? PlayEnd.Skipped
            : reader.ValueTextEquals("stopped"u8) ? PlayEnd.Stopped
            : reader.ValueTextEquals("failed"u8) ? PlayEnd.Failed
            : reader.ValueTextEquals("unknown"u8) ? PlayEnd.Unknown
            : null;
        end = found ?? default;
        return found is not null;
    }

    private static bool IsZone(string text) =>
        text.Length is > 0 and <= MaxZoneLength
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');

    private static bool IsMarket(string text) => text.Length == 2 && text.All(char.IsAsciiLetterUpper);

    private static bool IsLanguage(string text) =>
        text.Length is > 1 and <= MaxLanguageLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static bool IsArm(string text) => text.Length <= MaxArmLength && text.All(char.IsAscii) && Id.IsValid(text);
}
