using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.RunNight.Steps;

/// <summary>Creates the run's record, which pins what the run depends on, and publishes its snapshot shards.</summary>
internal sealed class StartStep(NightContext context)
{
    private const int ArchiveOverlapDays = 2;

    public async ValueTask HandleAsync(RunId? requested, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        // Tomorrow's date: it begins at UTC+14 ten hours before it begins here.
        var run = requested ?? new RunId(DateOnly.FromDateTime(now.UtcDateTime).AddDays(1));
        var record = await context.ReadRunAsync(run, cancellationToken);
        if (record is null)
        {
            // At once: the one is in objects, the other in documents, and an instance that has just started waits for both.
            var reading = new PublishedPlaylists(context.Objects, context.Time)
                .ReadPointerAsync(cancellationToken)
                .AsTask();
            var counting = CountShardsAsync(cancellationToken).AsTask();
            await Task.WhenAll(reading, counting);
            var previous = await PredecessorAsync(run, await reading, cancellationToken);
            record = new RunRecord
            {
                Run = run.ToString(),
                State = RunState.Running,
                Shards = await counting,
                Previous = previous?.Run,
                // A date that is over has inputs of its own; those of one that is not are still coming.
                InputsUntil = run.Date < DateOnly.FromDateTime(now.UtcDateTime) ? run.Date : null,
                // What arrived earlier is in the previous run's catalogue; the overlap is for late archive files.
                ArchiveFrom = previous is null
                    ? null
                    : DateOnly.FromDateTime(previous.StartedAt.UtcDateTime).AddDays(-ArchiveOverlapDays),
                StartedAt = now,
                Deadline = now.AddMinutes(context.Options.DeadlineMinutes),
            };
            try
            {
                await context.Documents.CommitAsync(
                    [DocumentWrite.Put(NightObjects.Record(run), record.ToBytes()).IfAbsent()],
                    cancellationToken
                );
            }
            catch (DocumentConflictException)
            {
                record = await context.ReadRunAsync(run, cancellationToken); // a concurrent start was first
            }
        }
        if (record!.State == RunState.Running)
        {
            await context.PublishAsync(NightStep.Snapshot, run, Enumerable.Range(0, record.Shards), cancellationToken);
        }
    }

    /// <summary>The run whose work this one goes on from: the served one, or in a backfill the last before its date.</summary>
    private async ValueTask<RunRecord?> PredecessorAsync(
        RunId run,
        PublishedPointer? pointer,
        CancellationToken cancellationToken
    )
    {
        if (pointer is null)
        {
            return null;
        }
        var date = RunId.Parse(pointer.Run).Date;
        if (date >= run.Date)
        {
            date = run.Date.AddDays(-1);
        }
        var first = run.Date.AddDays(-(int)NocturneTopology.RunsLookBack.TotalDays);
        for (; date >= first; date = date.AddDays(-1))
        {
            var record = await context.ReadRunAsync(new RunId(date), cancellationToken);
            if (record is { State: RunState.Finished })
            {
                return record;
            }
        }
        return null;
    }

    private async ValueTask<int> CountShardsAsync(CancellationToken cancellationToken)
    {
        // One of 256 equal parts is counted, and everybody where that part is small: a sample of names, not a scan.
        const int Parts = 256;
        var listeners = await CountAsync(Parts, cancellationToken);
        listeners =
            listeners > context.Options.ListenersPerShard
                ? listeners * Parts
                : await CountAsync(parts: 1, cancellationToken);
        return (int)Math.Clamp((listeners / context.Options.ListenersPerShard) + 1, 1, context.Options.MaxShards);
    }

    private async ValueTask<long> CountAsync(int parts, CancellationToken cancellationToken)
    {
        long listeners = 0;
        await foreach (var _ in context.Listeners.ListAsync(0, parts, cancellationToken))
        {
            listeners++;
        }
        return listeners;
    }
}
