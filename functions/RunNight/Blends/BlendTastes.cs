using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.RunNight.Blends;

/// <summary>Tastes of single listeners: a blend's members are in any shards of the snapshot.</summary>
/// <remarks>
/// The snapshot step writes an object for every listener of its shard who is in a blend, beside the shard, so that a
/// shard of blends reads as many objects as it has members, and not all shards of listeners.
/// </remarks>
internal sealed class BlendTastes(NightContext context)
{
    private const int MaxTasteBytes = 16 << 20;

    /// <summary>Writes a member's; one that is there stays.</summary>
    public async ValueTask WriteAsync(RunId run, SnapshotListener listener, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        using (var writer = new SnapshotWriter(content))
        {
            // Only what a blend asks for.
            writer.Write(
                listener with
                {
                    Past = default,
                    RestingObject = "",
                    AlsoHeard = default,
                    Unfinished = [],
                    RecentPlays = [],
                    StreamsByHourOfWeek = [],
                }
            );
        }
        await context.Objects.TryCreateAsync(
            BlendObjects.Taste(run, listener.Listener),
            content.GetBuffer().AsMemory(0, (int)content.Length),
            "application/octet-stream",
            cancellationToken
        );
    }

    /// <summary>A member's taste in a run's snapshot; an empty one for who is not in it.</summary>
    public async ValueTask<ListenerTaste> ReadAsync(
        RunId run,
        int shards,
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        var key = BlendObjects.Taste(run, listener);
        if (await context.Objects.ReadBytesAsync(key, MaxTasteBytes, cancellationToken) is { } read)
        {
            using var content = new MemoryStream(read.Data, writable: false);
            return SnapshotReader.Read(content, key.ToString()).Single().ToTaste();
        }
        // Somebody who joined while the snapshot was taken, after their own shard of it was.
        var shard = NightObjects.Snapshot(run, StorageName.ShardOf(listener.Value, shards));
        await using var snapshot =
            await context.Objects.OpenReadAsync(shard, cancellationToken)
            ?? throw new InvalidDataException($"{shard} is missing, though it was complete.");
        return SnapshotReader
                .Read(snapshot.Stream, shard.ToString())
                .FirstOrDefault(known => known.Listener == listener)
                ?.ToTaste(withPast: false)
            ?? new ListenerTaste(listener);
    }

    /// <summary>
    /// A member's taste as it is now, as of a run's date: what they just banned or played counts. An empty one for who
    /// has no events.
    /// </summary>
    public async ValueTask<ListenerTaste> ReadNowAsync(
        RunId run,
        ListenerId listener,
        CancellationToken cancellationToken
    ) =>
        await context.Listeners.ReadAllAsync(listener, cancellationToken) is { } reading
            ? SnapshotListener.Of(reading, run.Date).ToTaste(withPast: false)
            : new ListenerTaste(listener);
}
