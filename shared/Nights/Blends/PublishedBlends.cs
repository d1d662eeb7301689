using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;

namespace Nocturne.Nights.Blends;

/// <summary>
/// Reads the playlists of blends: the published run's, or what was made since when somebody came or left. A reader sees
/// one or the other, whole.
/// </summary>
/// <param name="objects">The store.</param>
/// <param name="published">Which run is published.</param>
public sealed class PublishedBlends(IObjectStore objects, PublishedPlaylists published)
{
    private const int MaxPointerBytes = 64 << 10;
    private const int MaxManifestBytes = 64 << 20;
    private const int MaxPlaylistBytes = 4 << 20;
    private const int MaxManifests = 64;

    // Guards _manifests.
    private readonly Lock _lock = new();
    private readonly Dictionary<(RunId Run, int Shard), BlendManifest> _manifests = [];

    /// <summary>
    /// A blend's playlist; null before the first night with it, while it has too few members, and while it is made anew
    /// because a member's data was deleted.
    /// </summary>
    /// <remarks>
    /// It may be of a version of the members before the present one, for the seconds until the new one is made: compare
    /// <see cref="BlendPlaylist.Version"/> with <see cref="Blend.Version"/>.
    /// </remarks>
    /// <exception cref="InvalidDataException">An object is damaged.</exception>
    public async ValueTask<BlendPlaylist?> ReadAsync(BlendId blend, CancellationToken cancellationToken)
    {
        var pointer = await published.ReadPointerAsync(cancellationToken);
        if (pointer is null || await FindAsync(blend, pointer, cancellationToken) is not { Object: { } name })
        {
            return null;
        }
        var key = new ObjectKey(NightObjects.Published.Bucket, name);
        var data = await objects.ReadBytesAsync(key, MaxPlaylistBytes, cancellationToken);
        if (data is not { } found)
        {
            return null; // deleted with the data of somebody who was in it: it is being made anew without them
        }
        var playlist = BlendPack.Read(found.Data).Blend;
        return playlist.Blend == blend
            ? playlist
            : throw new InvalidDataException($"Blend '{blend}' points to {key}, which is another's.");
    }

    /// <summary>The latest that there is of a blend: what a run made, or what was made since; null for nothing.</summary>
    public async ValueTask<BlendPointer?> FindAsync(
        BlendId blend,
        PublishedPointer pointer,
        CancellationToken cancellationToken
    )
    {
        var shard = StorageName.ShardOf(blend.Value, pointer.Shards);
        var nightly = (await ReadManifestAsync(RunId.Parse(pointer.Run), shard, cancellationToken))?.Blends;
        var made = nightly?.GetValueOrDefault(blend.Value);
        var current = (await ReadCurrentAsync(blend, cancellationToken)).Pointer;
        return current is null || made?.IsAfter(current) == true ? made : current;
    }

    /// <summary>What a run made of a shard's blends; null where it made none, as runs of earlier versions did.</summary>
    public async ValueTask<BlendManifest?> ReadManifestAsync(RunId run, int shard, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_manifests.TryGetValue((run, shard), out var known))
            {
                return known;
            }
        }
        var read = await objects.ReadBytesAsync(BlendObjects.Manifest(run, shard), MaxManifestBytes, cancellationToken);
        if (read is not { } found)
        {
            return null;
        }
        var manifest = JsonSerializer.Deserialize(found.Data, NightJson.Default.BlendManifest)!;
        lock (_lock)
        {
            if (_manifests.Count >= MaxManifests)
            {
                _manifests.Clear(); // manifests are immutable: forgetting costs a read
            }
            _manifests[(run, shard)] = manifest;
        }
        return manifest;
    }

    /// <summary>Moves a blend's pointer forward by generation; one that is as far or further stays.</summary>
    public async ValueTask MoveAsync(BlendId blend, BlendPointer next, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (current, generation) = await ReadCurrentAsync(blend, cancellationToken);
            if (current is not null && !next.IsAfter(current))
            {
                return;
            }
            try
            {
                await objects.PutBytesAsync(
                    BlendObjects.Current(blend),
                    JsonSerializer.SerializeToUtf8Bytes(next, NightJson.Default.BlendPointer),
                    "application/json",
                    generation,
                    cancellationToken
                );
                return;
            }
            catch (PreconditionFailedException) when (attempt < DocumentStoreExtensions.DefaultMaxAttempts)
            {
                // Another change moved it between reading and writing: look again.
            }
        }
    }

    private async ValueTask<(BlendPointer? Pointer, long Generation)> ReadCurrentAsync(
        BlendId blend,
        CancellationToken cancellationToken
    )
    {
        var read = await objects.ReadBytesAsync(BlendObjects.Current(blend), MaxPointerBytes, cancellationToken);
        return read is { } found
            ? (JsonSerializer.Deserialize(found.Data, NightJson.Default.BlendPointer), found.Info.Generation)
            : (null, IfGeneration.Absent);
    }
}
