using System.Text.Json;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>What a listen submission is for.</summary>
internal enum ListenType
{
    /// <summary>One listen, just heard.</summary>
    Single,

    /// <summary>What plays at the moment: no listen yet.</summary>
    PlayingNow,

    /// <summary>Listens of before.</summary>
    Import,
}

/// <summary>A listen that keeps ListenBrainz's rules.</summary>
internal sealed record SubmittedListen
{
    /// <summary>Seconds since 1970 at which playback started; 0 for what plays now.</summary>
    public long ListenedAt { get; init; }

    /// <summary>The artist's name, trimmed.</summary>
    public required string Artist { get; init; }

    /// <summary>The track's name, trimmed.</summary>
    public required string Title { get; init; }

    /// <summary>The release's name, trimmed; null without one.</summary>
    public string? Release { get; init; }

    /// <summary>The recording's length.</summary>
    public long? DurationMs { get; init; }

    /// <summary>How much of it was played, where the client says so.</summary>
    public int? MsPlayed { get; init; }

    /// <summary>MusicBrainz's id of the recording, in lower case with hyphens.</summary>
    public string? RecordingMbid { get; init; }

    /// <summary>MusicBrainz's id of the first artist.</summary>
    public string? ArtistMbid { get; init; }

    /// <summary>The ISRC as it was sent.</summary>
    public string? Isrc { get; init; }

    /// <summary>Spotify's address of the track as it was sent.</summary>
    public string? SpotifyId { get; init; }

    /// <summary>The player, or else the client that submitted.</summary>
    public string? Player { get; init; }

    /// <summary>The client that submitted.</summary>
    public string? Client { get; init; }

    /// <summary><c>track_metadata</c> as it was sent.</summary>
    public required JsonElement Metadata { get; init; }
}

/// <summary>A whole submission, or why it is refused.</summary>
/// <param name="Type">What it is for.</param>
/// <param name="Listens">At least one; none where it is refused.</param>
/// <param name="Error">Why it is refused; null where it is not.</param>
/// <param name="Refused">The listen that is meant, where it is about one.</param>
internal sealed record Submission(
    ListenType Type,
    IReadOnlyList<SubmittedListen> Listens,
    string? Error = null,
    JsonElement? Refused = null
)
{
    public static Submission Refuse(string error, JsonElement? listen = null) =>
        new(ListenType.Single, [], error, listen);
}
