using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>How playlists, items and artists are addressed in formats for other players.</summary>
/// <remarks>
/// Without a service address they are URNs, which are unique but lead nowhere. MusicBrainz addresses are given where
/// ids are UUIDs, as they are when events come through the ListenBrainz protocol.
/// </remarks>
public sealed record PlaylistLinks
{
    private const string MusicBrainz = "https://musicbrainz.org";

    /// <summary>Where this service's playlists are found; null if it has no address.</summary>
    public Uri? Service { get; init; }

    /// <summary>Whether an item or artist id that is a UUID is a MusicBrainz one.</summary>
    public bool UuidsAreMusicBrainz { get; init; } = true;

    /// <summary>MusicBrainz recordings of items whose ids are none.</summary>
    public IReadOnlyDictionary<ItemId, string>? Recordings { get; init; }

    /// <summary>
    /// By what name, in JSPF, the algorithm goes that makes playlists of a kind; the kind itself where none is given.
    /// Some players choose by the names that ListenBrainz has.
    /// </summary>
    public IReadOnlyDictionary<PlaylistKind, string>? Algorithms { get; init; }

    /// <summary>Who made the playlists, as players show it.</summary>
    public string Creator { get; init; } = "Nocturne";

    /// <summary>The address of a playlist.</summary>
    public string To(Playlist playlist) =>
        Service is null ? $"urn:uuid:{playlist.Id:D}" : $"{Service.AbsoluteUri.TrimEnd('/')}/playlist/{playlist.Id:D}";

    /// <summary>The name of the algorithm that makes playlists of this kind.</summary>
    public string AlgorithmOf(PlaylistKind kind) => Algorithms?.GetValueOrDefault(kind) ?? kind.Value;

    /// <summary>The address of an item.</summary>
    public string To(ItemId item) =>
        (Recordings?.GetValueOrDefault(item) ?? MusicBrainzId(item.Value)) is { } id
            ? $"{MusicBrainz}/recording/{id}"
            : $"urn:nocturne:item:{Uri.EscapeDataString(item.Value)}";

    /// <summary>The address of an artist.</summary>
    public string To(ArtistId artist) =>
        MusicBrainzId(artist.Value) is { } id
            ? $"{MusicBrainz}/artist/{id}"
            : $"urn:nocturne:artist:{Uri.EscapeDataString(artist.Value)}";

    private string? MusicBrainzId(string id) =>
        UuidsAreMusicBrainz && Guid.TryParseExact(id, "D", out var uuid) ? uuid.ToString("D") : null;
}
