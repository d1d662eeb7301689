using Microsoft.Extensions.Logging;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.RunNight.Steps;

/// <summary>Looks after runs under way: publishes again what is missing, fails a run past its deadline.</summary>
internal sealed partial class TickStep(NightContext context, ILogger logger)
{
    public async ValueTask HandleAsync(CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        await foreach (var document in context.Documents.ListAsync(NightObjects.Runs, null, null, cancellationToken))
        {
            var record = RunRecord.Read(document.Data);
            if (record.State != RunState.Running)
            {
                continue;
            }
            var run = RunId.Parse(record.Run);
            if (now > record.Deadline)
            {
                await FailAsync(run, now, cancellationToken);
            }
            else
            {
                await RepublishAsync(run, record, cancellationToken);
            }
        }
    }

    /// <summary>Publishes what a run lacks.</summary>
    public async ValueTask RepublishAsync(RunId run, RunRecord record, CancellationToken cancellationToken)
    {
        var snapshots = await context.MissingAsync(
            NocturneTopology.BucketNames.Nights,
            NightObjects.SnapshotPrefix(run),
            record.Shards,
            cancellationToken
        );
        if (snapshots.Count > 0)
        {
            await context.PublishAsync(NightStep.Snapshot, run, snapshots, cancellationToken);
        }
        else
        {
            // Train finds what is done and publishes what is not: models, manifests, or the close.
            await context.PublishAsync(NightStep.Train, run, [0], cancellationToken);
        }
    }

    private async ValueTask FailAsync(RunId run, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await context.Documents.UpdateAsync(
            NightObjects.Record(run),
            document =>
                document is not null && RunRecord.Read(document.Data) is { State: RunState.Running } record
                    ? (
                        record with
                        {
                            State = RunState.Failed,
                            EndedAt = now,
                            Failure = "The deadline passed before every step was done.",
                        }
                    ).ToBytes()
                    : (ReadOnlyMemory<byte>?)null,
            context.Time,
            cancellationToken
        );
        LogDeadline(run);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Run {Run} is past its deadline and failed; playlists published before stay"
    )]
    private partial void LogDeadline(RunId run);
}
