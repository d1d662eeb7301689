using System.Runtime.CompilerServices;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Privacy;

/// <summary>What nights made of listeners: rows of snapshots, entries of manifests, playlists, members of blends.</summary>
/// <remarks>
/// Objects that hold many listeners are written anew without those who are gone, on the condition that they are the
/// generation that was read. Manifests come before the objects that they name, so that no reader is sent to nothing.
/// </remarks>
internal sealed class NightTraces(IDocumentStore documents, IObjectStore objects)
{
    private const int MaxObjectBytes = 512 << 20;
    private const int MaxAttempts = 16;
    private const string Binary = "application/octet-stream";
    private const string Json = "application/json";

    /// <summary>All runs that there is a record of.</summary>
    public async IAsyncEnumerable<RunRecord> RunsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in documents.ListAsync(NightObjects.Runs, null, null, cancellationToken))
        {
            yield return RunRecord.Read(document.Data);
        }
    }

    /// <summary>Takes listeners out of every manifest, and deletes their playlists.</summary>
    public async ValueTask RemovePlaylistsAsync(
        IReadOnlyCollection<ListenerId> listeners,
        Action<string> removed,
        CancellationToken cancellationToken
    )
    {
        await foreach (var run in RunsAsync(cancellationToken))
        {
            foreach (var shard in listeners.Select(listener => ShardOf(listener, run)).Distinct())
            {
                await ChangeAsync(
                    NightObjects.Manifest(RunId.Parse(run.Run), shard),
                    Json,
                    data =>
                    {
                        var manifest = JsonSerializer.Deserialize(data, NightJson.Default.ShardManifest)!;
                        string[] gone = [.. listeners.Select(l => l.Value).Where(manifest.Objects.ContainsKey)];
                        Array.ForEach(gone, id => manifest.Objects.Remove(id));
                        return (
                            gone.Length == 0
                                ? null
                                : JsonSerializer.SerializeToUtf8Bytes(manifest, NightJson.Default.ShardManifest),
                            gone
                        );
                    },
                    removed,
                    cancellationToken
                );
            }
        }
        foreach (var listener in listeners)
        {
            await foreach (var key in PlaylistsAsync(listener, cancellationToken))
            {
                if (await objects.DeleteAsync(key, IfGeneration.Any, cancellationToken))
                {
                    removed(listener.Value);
                }
            }
        }
    }

    /// <summary>The objects that hold a listener's playlists, of all runs.</summary>
    public async IAsyncEnumerable<ObjectKey> PlaylistsAsync(
        ListenerId listener,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var shards = new SortedSet<int>();
        await foreach (var run in RunsAsync(cancellationToken))
        {
            shards.Add(ShardOf(listener, run));
        }
        foreach (var shard in shards)
        {
            var name = NightObjects.Playlists(new RunId(default), shard, listener).Name;
            var prefix = name[..(name.LastIndexOf('/') + 1)];
            await foreach (
                var info in objects.ListAsync(NocturneTopology.BucketNames.Playlists, prefix, null, cancellationToken)
            )
            {
                yield return info.Key;
            }
        }
    }

    /// <summary>Takes listeners out of snapshots, and out of the pinned members of blends.</summary>
    public async ValueTask RemoveRowsAsync(
        IReadOnlyCollection<ListenerId> listeners,
        Action<string> removed,
        CancellationToken cancellationToken
    )
    {
        var ids = listeners.Select(listener => listener.Value).ToHashSet(StringComparer.Ordinal);
        await foreach (var record in RunsAsync(cancellationToken))
        {
            var run = RunId.Parse(record.Run);
            foreach (var shard in listeners.Select(listener => ShardOf(listener, record)).Distinct())
            {
                var key = NightObjects.Snapshot(run, shard);
                await ChangeAsync(
                    key,
                    Binary,
                    data => (SnapshotRows.Without(data, ids.Contains, out var gone, key.ToString()), gone),
                    removed,
                    cancellationToken
                );
            }
            for (var shard = 0; shard < record.Shards; shard++)
            {
                await ChangeAsync(
                    BlendObjects.Pinned(run, shard),
                    Json,
                    data => WithoutMembers(data, ids),
                    removed,
                    cancellationToken
                );
            }
            foreach (var listener in listeners)
            {
                if (await objects.DeleteAsync(BlendObjects.Taste(run, listener), IfGeneration.Any, cancellationToken))
                {
                    removed(listener.Value);
                }
            }
        }
    }

    /// <summary>How many places of a night's objects still have a listener.</summary>
    public async ValueTask<long> CountRowsAsync(
        RunRecord record,
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        var run = RunId.Parse(record.Run);
        var snapshot = NightObjects.Snapshot(run, ShardOf(listener, record));
        long count = await objects.HeadAsync(BlendObjects.Taste(run, listener), cancellationToken) is null ? 0 : 1;
        if (await objects.ReadBytesAsync(snapshot, MaxObjectBytes, cancellationToken) is { } rows)
        {
            SnapshotRows.Without(rows.Data, id => id == listener.Value, out var found, snapshot.ToString());
            count += found.Count;
        }
        for (var shard = 0; shard < record.Shards; shard++)
        {
            var pinned = await objects.ReadBytesAsync(
                BlendObjects.Pinned(run, shard),
                MaxObjectBytes,
                cancellationToken
            );
            count += pinned is { } read ? WithoutMembers(read.Data, [listener.Value]).Gone.Count : 0;
        }
        return count;
    }

    /// <summary>Whether a run's manifest names a listener.</summary>
    public async ValueTask<bool> IsNamedAsync(
        RunRecord record,
        ListenerId listener,
        CancellationToken cancellationToken
    ) =>
        await objects.ReadBytesAsync(
            NightObjects.Manifest(RunId.Parse(record.Run), ShardOf(listener, record)),
            MaxObjectBytes,
            cancellationToken
        )
            is { } read
        && JsonSerializer.Deserialize(read.Data, NightJson.Default.ShardManifest)!.Objects.ContainsKey(listener.Value);

    private static int ShardOf(ListenerId listener, RunRecord run) => StorageName.ShardOf(listener.Value, run.Shards);

    /// <summary>Blends without some members. One that is left too few has no playlist to make, and goes.</summary>
    private static (byte[]? Data, IReadOnlyList<string> Gone) WithoutMembers(byte[] data, HashSet<string> ids)
    {
        var pinned = JsonSerializer.Deserialize(data, NightJson.Default.PinnedBlends)!;
        string[] gone = [.. pinned.Blends.SelectMany(blend => blend.Members).Where(ids.Contains)];
        var rest = pinned
            .Blends.Select(blend => blend with { Members = [.. blend.Members.Where(member => !ids.Contains(member))] })
            .Where(blend => blend.IsJoint);
        return (
            gone.Length == 0
                ? null
                : JsonSerializer.SerializeToUtf8Bytes(new PinnedBlends([.. rest]), NightJson.Default.PinnedBlends),
            gone
        );
    }

    private async ValueTask ChangeAsync(
        ObjectKey key,
        string contentType,
        Func<byte[], (byte[]? Data, IReadOnlyList<string> Gone)> change,
        Action<string> removed,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await objects.ReadBytesAsync(key, MaxObjectBytes, cancellationToken) is not { } read)
            {
                return;
            }
            var (data, gone) = change(read.Data);
            if (data is null)
            {
                return;
            }
            try
            {
                await objects.PutBytesAsync(key, data, contentType, read.Info.Generation, cancellationToken);
                foreach (var listener in gone)
                {
                    removed(listener);
                }
                return;
            }
            catch (PreconditionFailedException) when (attempt < MaxAttempts)
            {
                // Written meanwhile: look again.
            }
        }
    }
}
