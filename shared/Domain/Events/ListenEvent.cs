namespace Nocturne.Domain;

/// <summary>What an event tells; the wire names are the lower-case words.</summary>
public enum EventKind : byte
{
    /// <summary>No kind: never on an event.</summary>
    None = 0,

    /// <summary>An item was played, whole or in part.</summary>
    Play = 1,

    /// <summary>The listener likes (1), hates (-1) or no longer has an opinion (0).</summary>
    Feedback = 2,

    /// <summary>The listener follows an artist or show, or stops.</summary>
    Follow = 3,

    /// <summary>The event of this identity never happened.</summary>
    Retract = 4,

    /// <summary>The listener's time zone, market, explicit-content choice and languages.</summary>
    Settings = 5,

    /// <summary>An item was shown to the listener.</summary>
    Impression = 6,

    /// <summary>A session, device or playlist is taken out of the listener's taste, or back in; retroactively.</summary>
    Exclude = 7,
}

/// <summary>What is played.</summary>
public enum ItemKind : byte
{
    /// <summary>A music track.</summary>
    Track = 0,

    /// <summary>A podcast episode.</summary>
    Episode = 1,

    /// <summary>An audiobook's chapter.</summary>
    Chapter = 2,
}

/// <summary>How a play ended.</summary>
public enum PlayEnd : byte
{
    /// <summary>The publisher does not say.</summary>
    Unknown = 0,

    /// <summary>The item ended.</summary>
    Completed = 1,

    /// <summary>The listener went on to another item.</summary>
    Skipped = 2,

    /// <summary>The listener stopped listening.</summary>
    Stopped = 3,

    /// <summary>Playback failed.</summary>
    Failed = 4,
}

/// <summary>What an exclude names.</summary>
public enum ExcludeTarget : byte
{
    /// <summary>All plays of one session.</summary>
    Session = 1,

    /// <summary>All plays on one device.</summary>
    Device = 2,

    /// <summary>All plays from one context (a playlist, album or station).</summary>
    Context = 3,
}

/// <summary>
/// Something a listener did. Identified forever by (listener, started at, id), impressions in a space of their own;
/// of two different events with one identity one wins by <see cref="HistoryRow"/>'s rule, whatever their order.
/// </summary>
public abstract record ListenEvent
{
    private protected ListenEvent() { }

    /// <summary>Which kind this is.</summary>
    public abstract EventKind Kind { get; }

    /// <summary>Whose event.</summary>
    public required ListenerId Listener { get; init; }

    /// <summary>The publisher's name for the event.</summary>
    public required EventId Id { get; init; }

    /// <summary>When it happened; for a play, when playback started.</summary>
    public required Instant StartedAt { get; init; }

    /// <summary>When a publisher or Collect took it in. Outside identity and state; only the future check reads it.</summary>
    public required Instant ReceivedAt { get; init; }
}

/// <summary>An item was played.</summary>
public sealed record PlayEvent : ListenEvent
{
    /// <summary>From how much played on a play is a stream.</summary>
    public const int StreamMs = 30_000;

    /// <inheritdoc/>
    public override EventKind Kind => EventKind.Play;

    /// <summary>What was played.</summary>
    public required ItemId Item { get; init; }

    /// <summary>What kind of item.</summary>
    public ItemKind ItemKind { get; init; }

    /// <summary>By whom; null if the publisher does not say.</summary>
    public ArtistId? Artist { get; init; }

    /// <summary>Milliseconds played, 0 to a day; null for a listen that the publisher reports as one (a scrobble).</summary>
    public int? MsPlayed { get; init; }

    /// <summary>The item's length in milliseconds, at most a week; null if unknown.</summary>
    public int? DurationMs { get; init; }

    /// <summary>How it ended.</summary>
    public PlayEnd End { get; init; }

    /// <summary>From which playlist, album or station.</summary>
    public string? Context { get; init; }

    /// <summary>On which device.</summary>
    public string? Device { get; init; }

    /// <summary>In which session.</summary>
    public string? Session { get; init; }

    /// <summary>The item's name, for catalogues that do not have it.</summary>
    public string? Title { get; init; }

    /// <summary>The artist's name.</summary>
    public string? ArtistName { get; init; }

    /// <summary>The album's, show's or book's name.</summary>
    public string? ReleaseName { get; init; }

    /// <summary>Whether the play is a stream: 30 s played, or a listen without a length.</summary>
    public bool IsStream => IsStreamOf(MsPlayed);

    /// <summary>
    /// Whether the play is a skip: ended by the listener before 30 s, or before half of an item shorter than a minute.
    /// </summary>
    public bool IsSkip => IsSkipOf(MsPlayed, DurationMs, End);

    internal static bool IsStreamOf(int? msPlayed) => msPlayed is null or >= StreamMs;

    internal static bool IsSkipOf(int? msPlayed, int? durationMs, PlayEnd end) =>
        end == PlayEnd.Skipped && msPlayed is { } ms && ms < Math.Min(StreamMs, (durationMs ?? int.MaxValue) / 2);
}

/// <summary>An opinion on an item or an artist.</summary>
public sealed record FeedbackEvent : ListenEvent
{
    /// <inheritdoc/>
    public override EventKind Kind => EventKind.Feedback;

    /// <summary>The item; exactly one of item and artist is set.</summary>
    public ItemId? Item { get; init; }

    /// <summary>The artist.</summary>
    public ArtistId? Artist { get; init; }

    /// <summary>1 likes, -1 hates, 0 takes the opinion back.</summary>
    public required int Score { get; init; }
}

/// <summary>Following an artist or show.</summary>
public sealed record FollowEvent : ListenEvent
{
    /// <inheritdoc/>
    public override EventKind Kind => EventKind.Follow;

    /// <summary>Whom.</summary>
    public required ArtistId Artist { get; init; }

    /// <summary>True from now on; false no longer.</summary>
    public required bool On { get; init; }
}

/// <summary>The event that has this event's identity never happened; whichever arrives first.</summary>
public sealed record RetractEvent : ListenEvent
{
    /// <inheritdoc/>
    public override EventKind Kind => EventKind.Retract;
}

/// <summary>The listener's settings; the latest event holds, whole.</summary>
public sealed record SettingsEvent : ListenEvent
{
    /// <summary>Most languages one event may name.</summary>
    public const int MaxLanguages = 8;

    /// <inheritdoc/>
    public override EventKind Kind => EventKind.Settings;

    /// <summary>IANA time zone, such as <c>Europe/Zurich</c>.</summary>
    public string? TimeZone { get; init; }

    /// <summary>ISO 3166 country, two upper-case letters.</summary>
    public string? Market { get; init; }

    /// <summary>Whether explicit content may be played; null for no choice.</summary>
    public bool? Explicit { get; init; }

    /// <summary>BCP 47 languages, best first.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];
}

/// <summary>An item was shown.</summary>
public sealed record ImpressionEvent : ListenEvent
{
    /// <summary>Most experiment arms one event may carry.</summary>
    public const int MaxArms = 8;

    /// <summary><see cref="PropensityNano"/> of certainty.</summary>
    public const int Certain = 1_000_000_000;

    /// <inheritdoc/>
    public override EventKind Kind => EventKind.Impression;

    /// <summary>What was shown.</summary>
    public required ItemId Item { get; init; }

    /// <summary>In which playlist (its identifier with its version).</summary>
    public required string Playlist { get; init; }

    /// <summary>At which place, from 0.</summary>
    public required int Slot { get; init; }

    /// <summary>The probability with which the policy put it there, in units of 10⁻⁹.</summary>
    public required int PropensityNano { get; init; }

    /// <summary>Experiment arms the listener was in, as <c>experiment:arm</c>.</summary>
    public IReadOnlyList<string> Arms { get; init; } = [];
}

/// <summary>Takes a session, device or context out of the taste, or back in.</summary>
public sealed record ExcludeEvent : ListenEvent
{
    /// <inheritdoc/>
    public override EventKind Kind => EventKind.Exclude;

    /// <summary>What <see cref="Value"/> names.</summary>
    public required ExcludeTarget Target { get; init; }

    /// <summary>The session, device or context.</summary>
    public required string Value { get; init; }

    /// <summary>True takes out; false takes back in.</summary>
    public required bool On { get; init; }
}
