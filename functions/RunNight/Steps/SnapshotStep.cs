using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.RunNight.Steps;

/// <summary>Writes one shard of the listeners' interactions, and what one shard of the archive says of items.</summary>
internal sealed class SnapshotStep(NightContext context)
{
    public async ValueTask HandleAsync(RunId run, RunRecord record, int shard, CancellationToken cancellationToken)
    {
        var key = NightObjects.Snapshot(run, shard);
        if (await context.Objects.HeadAsync(key, cancellationToken) is null)
        {
            await new ArchiveNames(context).WriteAsync(run, record, shard, cancellationToken);
            using var content = new MemoryStream();
            await WriteAsync(content, run, record, shard, cancellationToken);
            // Last: its existence says that both are there.
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
                    Write(writer, await reading.Dequeue());
                }
                reading.Enqueue(snapshots.TakeAsync(listener, cancellationToken).AsTask());
            }
            while (reading.Count > 0)
            {
                Write(writer, await reading.Dequeue());
            }
        }
        finally
        {
            // After a failure: none is left running unobserved.
            await ((Task)Task.WhenAll(reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Write(SnapshotWriter writer, SnapshotListener? listener)
    {
        if (listener is not null)
        {
            writer.Write(listener);
        }
    }

    private async ValueTask<PublishedPointer?> PreviousAsync(RunRecord record, CancellationToken cancellationToken) =>
        record.Previous is { } previous
        && await context.ReadRunAsync(RunId.Parse(previous), cancellationToken) is { } known
            ? new PublishedPointer(previous, known.Shards)
            : null;
}
