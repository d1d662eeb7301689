using System.Security.Cryptography;
using System.Text;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>Which playlist of a listener's it is, as it stands in addresses: "daily-mix-2".</summary>
/// <param name="Value">1 to 64 lower-case ASCII letters, digits and hyphens.</param>
public readonly record struct PlaylistKind(string Value)
{
    private const int MaxLength = 64;

    /// <summary>Tracks never heard.</summary>
    public static PlaylistKind DiscoverWeekly { get; } = new("discover-weekly");

    /// <summary>What a listener gets for whom nothing personal can be made yet.</summary>
    public static PlaylistKind General { get; } = new("general");

    /// <summary>What was released lately.</summary>
    public static PlaylistKind ReleaseRadar { get; } = new("release-radar");

    /// <summary>What the listener plays most now.</summary>
    public static PlaylistKind OnRepeat { get; } = new("on-repeat");

    /// <summary>What the listener loved and has not played lately.</summary>
    public static PlaylistKind RepeatRewind { get; } = new("repeat-rewind");

    /// <summary>For a part of the listener's day: "daylist-morning".</summary>
    public static PlaylistKind Daylist(DayPart part) => new($"daylist-{ListenerDay.NameOf(part)}");

    /// <summary>In Home: the Daylist of the part of day that it is.</summary>
    public static PlaylistKind DaylistNow { get; } = new("daylist");

    /// <summary>What to play now; composed when it is asked for, and not stored.</summary>
    public static PlaylistKind Next { get; } = new("next");

    /// <summary>Tracks of emerging artists.</summary>
    public static PlaylistKind FreshFinds { get; } = new("fresh-finds");

    /// <summary>Podcasts: new, next and unfinished.</summary>
    public static PlaylistKind YourEpisodes { get; } = new("your-episodes");

    /// <summary>Podcasts and audiobooks where the listener left them.</summary>
    public static PlaylistKind ContinueListening { get; } = new("continue-listening");

    /// <summary>The joint playlist of a blend whose membership has this version.</summary>
    public static PlaylistKind Blend(int version) => new($"blend-{version}");

    /// <summary>The mix of one of the listener's tastes, from 1.</summary>
    public static PlaylistKind DailyMix(int number) => new($"daily-mix-{number}");

    /// <summary>Checks and wraps.</summary>
    /// <exception cref="FormatException">Not a kind.</exception>
    public static PlaylistKind Parse(string text) =>
        text.Length is > 0 and <= MaxLength
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? new PlaylistKind(text)
            : throw new FormatException(
                $"'{text}' is not a kind of playlist: 1 to {MaxLength} lower-case letters, digits and hyphens."
            );

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A playlist made for one listener and one day; it does not change afterwards.</summary>
/// <param name="Kind">Which of the listener's playlists.</param>
/// <param name="Listener">Whose.</param>
/// <param name="Date">The listener's local day it is for.</param>
/// <param name="Title">Its name.</param>
/// <param name="Description">What is in it, in a sentence; says so when it is not personal.</param>
/// <param name="Tracks">In playing order.</param>
public sealed record Playlist(
    PlaylistKind Kind,
    ListenerId Listener,
    DateOnly Date,
    string Title,
    string Description,
    IReadOnlyList<PlaylistTrack> Tracks
)
{
    /// <summary>How its slots were drawn; kept beside the playlist, not in it, and null where it was read from there.</summary>
    public SlotTrace? Trace { get; init; }

    /// <summary>The probability of the whole list: the product over its slots.</summary>
    public double Propensity => Tracks.Aggregate(1d, (product, track) => product * (double)track.Propensity);

    /// <summary>An id that follows from listener, kind and date (a version 8 UUID of their SHA-256).</summary>
    public Guid Id => IdOf(Listener, Kind, Date);

    /// <summary>The id of a listener's playlist of a day.</summary>
    public static Guid IdOf(ListenerId listener, PlaylistKind kind, DateOnly date)
    {
        // A kind and a date have no newline, so the parts cannot be confused.
        var name = Encoding.UTF8.GetBytes(FormattableString.Invariant($"{kind}\n{date:yyyy-MM-dd}\n{listener}"));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}

/// <summary>One slot of a playlist.</summary>
/// <param name="Item">What to play.</param>
/// <param name="Reason">Why it is here.</param>
public sealed record PlaylistTrack(ItemId Item, Reason Reason)
{
    /// <summary>The title, where the catalogue knows it.</summary>
    public string? Title { get; init; }

    /// <summary>The artist, where known.</summary>
    public ArtistId? Artist { get; init; }

    /// <summary>The artist's name, where known.</summary>
    public string? ArtistName { get; init; }

    /// <summary>The album, where known.</summary>
    public string? Album { get; init; }

    /// <summary>How long it plays, to the millisecond, where known.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>
    /// The probability, in (0, 1] and in billionths, that this slot was filled by this track given the slots before:
    /// see <see cref="SlotPolicy"/>. 1 where nothing is explored.
    /// </summary>
    public decimal Propensity { get; init; } = 1m;
}
