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
            using (var writer = new SnapshotWriter(content))
            {
                await foreach (var listener in context.Listeners.ListAsync(shard, record.Shards, cancellationToken))
                {
                    if (await context.Listeners.ReadAllAsync(listener, cancellationToken) is { } reading)
                    {
                        writer.Write(SnapshotListener.Of(reading, run.Date));
                    }
                }
            }
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
}
