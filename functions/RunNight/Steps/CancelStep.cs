using Microsoft.Extensions.Logging;
using Nocturne.Nights;
using Nocturne.Ports;

namespace Nocturne.RunNight.Steps;

/// <summary>Ends a run that is under way, or lets one that failed or was cancelled go on.</summary>
internal sealed partial class CancelStep(NightContext context, ILogger logger)
{
    /// <summary>Ends a run; its late messages then do nothing. One that has ended is left alone.</summary>
    public async ValueTask CancelAsync(RunId run, CancellationToken cancellationToken)
    {
        var isCancelled = await ChangeAsync(
            run,
            record =>
                record.State == RunState.Running
                    ? record with
                    {
                        State = RunState.Cancelled,
                        Failure = "An operator cancelled it.",
                        EndedAt = context.Time.GetUtcNow(),
                    }
                    : null,
            cancellationToken
        );
        if (isCancelled)
        {
            LogCancelled(run);
        }
    }

    /// <summary>Lets a run go on with what it has made so far, under a new deadline; a finished one is left alone.</summary>
    /// <returns>The record if it goes on.</returns>
    public async ValueTask<RunRecord?> ResumeAsync(RunId run, CancellationToken cancellationToken)
    {
        var goesOn = await ChangeAsync(
            run,
            record =>
                record.State is RunState.Failed or RunState.Cancelled
                    ? record with
                    {
                        State = RunState.Running,
                        Failure = null,
                        EndedAt = null,
                        Deadline = context.Time.GetUtcNow().AddMinutes(context.Options.DeadlineMinutes),
                    }
                    : null,
            cancellationToken
        );
        var now = await context.ReadRunAsync(run, cancellationToken);
        if (goesOn)
        {
            LogResumed(run);
        }
        return now is { State: RunState.Running } ? now : null;
    }

    private async ValueTask<bool> ChangeAsync(
        RunId run,
        Func<RunRecord, RunRecord?> change,
        CancellationToken cancellationToken
    )
    {
        var isChanged = false;
        await context.Documents.UpdateAsync(
            NightObjects.Record(run),
            document =>
            {
                var changed = document is null ? null : change(RunRecord.Read(document.Data));
                isChanged = changed is not null;
                return changed is null ? (ReadOnlyMemory<byte>?)null : changed.ToBytes();
            },
            context.Time,
            cancellationToken
        );
        return isChanged;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} was cancelled; playlists published before stay")]
    private partial void LogCancelled(RunId run);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} goes on")]
    private partial void LogResumed(RunId run);
}
