using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.RunNight.Steps;

/// <summary>
/// Finds what the predecessor published for listeners at rest: those who have not changed since it was made, within
/// one epoch of the model. Both are pinned (the snapshot says who has not changed, Train's marker which epoch it is),
/// so a night decides the same whenever it is run.
/// </summary>
/// <param name="objects">The store.</param>
/// <param name="record">The run's record.</param>
/// <param name="epoch">The epoch of the run's model.</param>
internal sealed class RestingListeners(IObjectStore objects, RunRecord record, int epoch)
{
    private const int MaxPlaylistsBytes = 4 << 20;

    /// <summary>What a listener has; null for one who is to be composed.</summary>
    public async ValueTask<Rest?> ReadAsync(SnapshotListener listener, CancellationToken cancellationToken)
    {
        if (
            record.Previous is not { } previous
            || listener.RestingObject.Length == 0
            || listener.RestingEpoch != epoch
            || await objects.ReadBytesAsync(
                new ObjectKey(NightObjects.Published.Bucket, listener.RestingObject),
                MaxPlaylistsBytes,
                cancellationToken
            )
                is not { } read
        )
        {
            return null;
        }
        return new Rest(listener.RestingObject, RunId.Parse(previous), read.Data, ListenerPlaylists.Read(read.Data));
    }
}

/// <summary>What a listener at rest has.</summary>
/// <param name="Object">The object that holds it.</param>
/// <param name="Since">The predecessor, which published it, if an earlier run made it.</param>
/// <param name="Stored">The object's bytes.</param>
/// <param name="Playlists">What they say.</param>
internal sealed record Rest(string Object, RunId Since, ReadOnlyMemory<byte> Stored, ListenerPlaylists Playlists)
{
    /// <summary>The listener as composing takes them, at rest.</summary>
    public ListenerTaste Apply(SnapshotListener listener) =>
        listener.ToTaste(withPast: false) with
        {
            Published = Playlists.Playlists,
            PublishedHome = Playlists.Home,
            Memory = Playlists.Memory,
            AtRestSince = Since.Date,
        };

    /// <summary>Whether what was composed is what is stored, whichever run it is written by.</summary>
    public bool IsSame(ListenerId listener, ComposedPlaylists composed, ListenerMemory memory, string? timeZone) =>
        ListenerPlaylists
            .Write(listener, RunId.Parse(Playlists.Run), composed.Playlists, memory, timeZone, composed.Home)
            .AsSpan()
            .SequenceEqual(Stored.Span);
}
