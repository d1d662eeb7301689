using System.Collections;

namespace Nocturne.Playlists;

/// <summary>A listener's playlists of a night, and what the next night is to know of them.</summary>
/// <param name="playlists">Each kind once.</param>
/// <param name="memory">For <see cref="ListenerTaste.Memory"/> of the next night.</param>
public sealed class ComposedPlaylists(IReadOnlyList<Playlist> playlists, ListenerMemory memory)
    : IReadOnlyList<Playlist>
{
    /// <summary>The playlists; each kind once.</summary>
    public IReadOnlyList<Playlist> Playlists { get; } = playlists;

    /// <summary>What the next night is to know.</summary>
    public ListenerMemory Memory { get; } = memory;

    /// <inheritdoc/>
    public int Count => Playlists.Count;

    /// <inheritdoc/>
    public Playlist this[int index] => Playlists[index];

    /// <inheritdoc/>
    public IEnumerator<Playlist> GetEnumerator() => Playlists.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
