using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;
using Nocturne.RunNight.Blends;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.RunNight.Steps;

/// <summary>
/// Writes one shard of the listeners' interactions, what one shard of the archive says of items, and who is in one shard
/// of the blends.
/// </summary>
internal sealed class SnapshotStep(NightContext context, BlendStep blends)
{
    private readonly BlendMemberships _memberships = new(context.Documents, context.Publisher, context.Time);
    private readonly BlendTastes _tastes = new(context);

    public async ValueTask HandleAsync(RunId run, RunRecord record, int shard, CancellationToken cancellationToken)
    {
        var key = NightObjects.Snapshot(run, shard);
        if (await context.Objects.HeadAsync(key, cancellationToken) is null)
        {
            using var content = new MemoryStream();
            await context.CountAsync(
                run,
                NightStep.Snapshot,
                shard,
                async () =>
                {
                    await new ArchiveNames(context).WriteAsync(run, record, shard, cancellationToken);
                    await blends.PinAsync(run, shard, record.Shards, cancellationToken);
                    await WriteAsync(content, run, record, shard, cancellationToken);
                },
                cancellationToken
            );
            // Last: its existence says that all are there.
            await context.Objects.TryCreateAsync(
                key,
                content.GetBuffer().AsMemory(0, (int)content.Length),
                "application/octet-stream",
                cancellationToken
            );
        }
        var missing = await context.MissingAsync(
            key.Bucket,
            NightObjects.SnapshotPrefix(run),
            record.Shards,
            cancellationToken
        );
        if (missing.Count == 0)
        {
            await context.PublishAsync(NightStep.Train, run, [0], cancellationToken);
        }
    }

    /// <summary>In the order of their names, several read at one time.</summary>
    private async ValueTask WriteAsync(
        Stream content,
        RunId run,
        RunRecord record,
        int shard,
        CancellationToken cancellationToken
    )
    {
        var members = new HashSet<ListenerId>();
        await foreach (var member in _memberships.ListMembersAsync(shard, record.Shards, cancellationToken))
        {
            members.Add(member);
        }
        var snapshots = new ListenerSnapshots(
            context,
            run,
            await PreviousAsync(record, cancellationToken),
            record.InputsUntil
        );
        var reading = new Queue<Task<SnapshotListener?>>();
        using var writer = new SnapshotWriter(content);
        try
        {
            await foreach (var listener in context.Listeners.ListAsync(shard, record.Shards, cancellationToken))
            {
                if (reading.Count == context.Options.ConcurrentReads)
                {
                    await WriteAsync(await reading.Dequeue());
                }
                reading.Enqueue(snapshots.TakeAsync(listener, cancellationToken).AsTask());
            }
            while (reading.Count > 0)
            {
                await WriteAsync(await reading.Dequeue());
            }
            foreach (var member in members)
            {
                // Nothing is known of them, which is what their blends are to find.
                await _tastes.WriteAsync(run, SnapshotListener.Empty(member), cancellationToken);
            }
        }
        finally
        {
            // After a failure: none is left running unobserved.
            await ((Task)Task.WhenAll(reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async ValueTask WriteAsync(SnapshotListener? listener)
        {
            if (listener is null)
            {
                return;
            }
            writer.Write(listener);
            if (members.Remove(listener.Listener))
            {
                await _tastes.WriteAsync(run, listener, cancellationToken);
            }
        }
    }

    private async ValueTask<PublishedPointer?> PreviousAsync(RunRecord record, CancellationToken cancellationToken) =>
        record.Previous is { } previous
        && await context.ReadRunAsync(RunId.Parse(previous), cancellationToken) is { } known
            ? new PublishedPointer(previous, known.Shards)
            : null;
}
