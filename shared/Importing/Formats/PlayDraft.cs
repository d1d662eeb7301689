using Nocturne.Domain;

namespace Nocturne.Importing.Formats;

/// <summary>A play as a file tells of it.</summary>
internal readonly record struct PlayDraft
{
    public ItemKind Kind { get; init; }

    public string? Title { get; init; }

    public string? Artist { get; init; }

    public string? Release { get; init; }

    public string? ArtistMbid { get; init; }

    public ItemCodes Codes { get; init; }

    public Instant? StartedAt { get; init; }

    public decimal? MsPlayed { get; init; }

    public decimal? DurationMs { get; init; }

    public PlayEnd End { get; init; }

    public string? Device { get; init; }
}

/// <summary>Makes events of drafts, by the rules of docs/contracts.md.</summary>
internal sealed class PlayMaker(ImportOptions options)
{
    private const int MaxPlayedMs = 24 * 3_600_000;
    private const int MaxDurationMs = 7 * 24 * 3_600_000;
    private const int MaxRememberedArtists = 20_000; // a listener has a few thousand; 2 MB

    private const int MaxRememberedItems = 50_000; // most of what a listener plays again; about 15 MB

    private readonly Dictionary<(ItemKind, string, string), ItemId> _items = [];
    private readonly Dictionary<string, ArtistId?> _artists = new(StringComparer.Ordinal);

    public ImportOptions Options => options;

    /// <summary>Whose the plays are.</summary>
    public ListenerId Listener => options.Listener!.Value;

    /// <summary>The draft's event, or why it is none.</summary>
    public Imported Make(long line, ReadOnlyMemory<byte> bytes, in PlayDraft draft)
    {
        if (draft.StartedAt is not { } startedAt)
        {
            return Reject(line, bytes, RejectReason.MissingField, "started_at");
        }
        if (TimeFault(startedAt) is { } fault)
        {
            return Reject(line, bytes, fault, "started_at");
        }
        if (draft.MsPlayed is < 0 or > MaxPlayedMs)
        {
            return Reject(line, bytes, RejectReason.InvalidField, "ms_played");
        }
        if (ItemOf(draft) is not { } item)
        {
            return Reject(line, bytes, RejectReason.MissingField, draft.Title is null ? "track_name" : "artist_name");
        }
        var play = new PlayEvent
        {
            Id = ItemNaming.PlayOf(Listener, startedAt, item),
            Listener = Listener,
            StartedAt = startedAt,
            ReceivedAt = options.Now,
            Item = item,
            ItemKind = draft.Kind,
            Artist = ArtistOf(draft.Artist, draft.ArtistMbid),
            MsPlayed = (int?)draft.MsPlayed,
            DurationMs = draft.DurationMs is >= 1 and <= MaxDurationMs ? (int?)draft.DurationMs : null,
            End = draft.End,
            Device = Id.IsValid(draft.Device) ? draft.Device : null,
            Title = EventParser.CleanName(draft.Title),
            ArtistName = EventParser.CleanName(draft.Artist),
            ReleaseName = EventParser.CleanName(draft.Release),
        };
        return new Imported(Outcome.Event, line, play);
    }

    /// <summary>Why an event may not have started then; null if it may.</summary>
    public RejectReason? TimeFault(Instant startedAt) =>
        startedAt < Instant.Earliest ? RejectReason.TooEarly
        : startedAt >= Instant.Latest || startedAt > options.Now + EventParser.FutureTolerance ? RejectReason.FromFuture
        : null;

    /// <summary>A refused record.</summary>
    public static Imported Reject(long line, ReadOnlyMemory<byte> bytes, RejectReason reason, string? field = null) =>
        new(Outcome.Rejected, line, Rejection: new Rejection(reason, field, (int)Math.Min(line, int.MaxValue), bytes));

    private ItemId? ItemOf(in PlayDraft draft)
    {
        if (draft.Artist is null || draft.Title is null)
        {
            return ItemNaming.ItemOf(draft.Kind, draft.Artist, draft.Title, draft.Codes);
        }
        var key = (draft.Kind, draft.Artist, draft.Title);
        if (_items.TryGetValue(key, out var known))
        {
            return known;
        }
        if (ItemNaming.ItemOf(draft.Kind, draft.Artist, draft.Title) is not { } item)
        {
            return ItemNaming.ItemOf(draft.Kind, null, null, draft.Codes);
        }
        if (_items.Count == MaxRememberedItems)
        {
            _items.Clear();
        }
        _items.Add(key, item);
        return item;
    }

    private ArtistId? ArtistOf(string? name, string? mbid)
    {
        if (name is null)
        {
            return ItemNaming.ArtistOf(null, mbid);
        }
        if (!_artists.TryGetValue(name, out var artist))
        {
            if (_artists.Count == MaxRememberedArtists)
            {
                _artists.Clear();
            }
            artist = ItemNaming.ArtistOf(name, mbid);
            if (ItemNaming.ArtistOf(name) is not null)
            {
                _artists.Add(name, artist);
            }
        }
        return artist;
    }
}
