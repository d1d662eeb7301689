using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>What a listener sees first: shelves in order, each an ordered row of cards; and the hub Made For You.</summary>
/// <param name="Listener">Whose.</param>
/// <param name="Date">The listener's local day it is for.</param>
/// <param name="MadeForYou">All playlists of the night, what was made for days to come first.</param>
/// <param name="Shelves">In reading order.</param>
/// <remarks>
/// Made of the night's playlists alone, and stored beside them. The probability that a card is where it is, is π(shelf |
/// shelves before) · π(card | shelf and cards before); both recompute from the traces.
/// </remarks>
public sealed record HomePage(
    ListenerId Listener,
    DateOnly Date,
    IReadOnlyList<HubEntry> MadeForYou,
    IReadOnlyList<HomeShelf> Shelves
)
{
    /// <summary>Home as it stands in impressions: their playlist is the id of this kind and date.</summary>
    public static PlaylistKind Kind { get; } = new("home");

    /// <summary>A shelf's row as its draws are keyed.</summary>
    internal static PlaylistKind RowOf(string shelf) => new($"home-{shelf}");

    /// <summary>The listener's share of music, podcasts and audiobooks that the first cards are calibrated to.</summary>
    public required KindShares Listening { get; init; }

    /// <summary>The listener's IANA time zone, by which <see cref="DaylistAt"/> knows the part of the day.</summary>
    public string? TimeZone { get; init; }

    /// <summary>How the shelves were drawn: the choices are names of shelves.</summary>
    public SlotTrace? Trace { get; init; }

    /// <summary>An id that follows from listener and date, as a playlist's does.</summary>
    public Guid Id => Playlist.IdOf(Listener, Kind, Date);

    /// <summary>
    /// Which list <see cref="PlaylistKind.DaylistNow"/> is at a moment: that of the part of the day, else the one whose
    /// part comes next; null without any.
    /// </summary>
    public PlaylistKind? DaylistAt(Instant moment, IReadOnlyList<Playlist> playlists)
    {
        var now = (int)ListenerDay.At(moment, TimeZone).Part;
        for (var i = 0; i < ListenerDay.Parts; i++)
        {
            var kind = PlaylistKind.Daylist((DayPart)((now + i) % ListenerDay.Parts));
            if (playlists.Any(playlist => playlist.Kind == kind))
            {
                return kind;
            }
        }
        return null;
    }
}

/// <summary>A playlist in the hub.</summary>
/// <param name="Playlist">Which.</param>
/// <param name="Reason">Its base is 2 for one that was made tonight for days to come, else 1.</param>
public sealed record HubEntry(PlaylistKind Playlist, Reason Reason);

/// <summary>A shelf of Home.</summary>
/// <param name="Name">1 to 64 lower-case letters and hyphens: "mixes".</param>
/// <param name="Title">What it is called.</param>
/// <param name="Reason">Why it is here: base is what the shelf is worth, others what its cards do to the calibration.</param>
/// <param name="Cards">In reading order.</param>
public sealed record HomeShelf(string Name, string Title, Reason Reason, IReadOnlyList<HomeCard> Cards)
{
    /// <summary>π(shelf | shelves before), in billionths as a decimal.</summary>
    public decimal Propensity { get; init; } = 1m;

    /// <summary>How the row was drawn: the choices are kinds of playlists. Empty of a row of items, which stand as in their list.</summary>
    public SlotTrace? Trace { get; init; }
}

/// <summary>A card: a playlist, or a track of one.</summary>
/// <param name="Playlist">The playlist, or the one that the track is from.</param>
/// <param name="Reason">Why it is here: of a track, its reason in its list.</param>
/// <param name="Propensity">
/// π(card | shelf and cards before): of a playlist by the shelf's trace, of a track its propensity in its list.
/// </param>
public sealed record HomeCard(PlaylistKind Playlist, Reason Reason, decimal Propensity = 1m)
{
    /// <summary>The card of a track.</summary>
    public HomeCard(PlaylistKind playlist, PlaylistTrack track)
        : this(playlist, track.Reason, track.Propensity) => Track = track;

    /// <summary>The track as it stands in its list; null for the playlist itself.</summary>
    public PlaylistTrack? Track { get; }

    /// <summary>The track's item; null for a playlist.</summary>
    public ItemId? Item => Track?.Item;
}

/// <summary>Shares of listening by kind, in millionths; they sum to a million.</summary>
/// <param name="Music">Of tracks.</param>
/// <param name="Podcasts">Of episodes.</param>
/// <param name="Audiobooks">Of chapters.</param>
public readonly record struct KindShares(long Music, long Podcasts, long Audiobooks);
