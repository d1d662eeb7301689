using System.Collections;

namespace Nocturne.Playlists;

/// <summary>A listener's playlists of a night, and what the next night is to know of them.</summary>
/// <param name="playlists">Each kind once.</param>
/// <param name="home">Home and Made For You of the same playlists.</param>
/// <param name="memory">For <see cref="ListenerTaste.Memory"/> of the next night.</param>
public sealed class ComposedPlaylists(IReadOnlyList<Playlist> playlists, ListenerMemory memory, HomePage home)
    : IReadOnlyList<Playlist>
{
    /// <summary>The playlists; each kind once.</summary>
    public IReadOnlyList<Playlist> Playlists { get; } = playlists;

    /// <summary>What the next night is to know.</summary>
    public ListenerMemory Memory { get; } = memory;

    /// <summary>Home and Made For You.</summary>
    public HomePage Home { get; } = home;

    /// <inheritdoc/>
    public int Count => Playlists.Count;

    /// <inheritdoc/>
    public Playlist this[int index] => Playlists[index];

    /// <inheritdoc/>
    public IEnumerator<Playlist> GetEnumerator() => Playlists.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
