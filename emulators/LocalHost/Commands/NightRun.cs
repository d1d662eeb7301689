using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.Nights;

namespace Nocturne.LocalHost.Commands;

/// <summary>Has a night run and waits for it.</summary>
internal static class NightRun
{
    private const int QuietLooks = 4; // in a row, before a run that nobody works on is given up

    // How long a deployed RunNight may take to begin: a cold start, and Pub/Sub's first pauses where it is refused.
    private static readonly TimeSpan BegunWithin = TimeSpan.FromMinutes(5);

    // A tick fails a run at its deadline, and comes every five minutes.
    private static readonly TimeSpan FailedWithin = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PublishedWithin = TimeSpan.FromSeconds(3); // the pointer is remembered for one

    /// <summary>Runs a night to its end; one that has ended is left alone.</summary>
    /// <exception cref="CommandFailedException">It failed, or its messages were given up.</exception>
    public static async Task<RunView> RunAsync(
        CommandContext context,
        IOperations operations,
        RunId run,
        CancellationToken cancellationToken
    )
    {
        var view = await operations.ReadRunAsync(run, cancellationToken);
        if (view is not { Record.State: not RunState.Running })
        {
            // A night reads profiles and archive: what is published so far belongs to it.
            await operations.DrainAsync(cancellationToken);
            await operations.StartNightAsync(run, cancellationToken);
            await WorkMeter.RunAsync(
                context.Terminal,
                $"night {run}",
                "steps",
                view?.Steps ?? 0,
                async meter => view = await WaitAsync(context, operations, run, meter, cancellationToken)
            );
        }
        if (view!.Record.State is RunState.Failed or RunState.Cancelled)
        {
            throw new CommandFailedException(
                $"The night {run} {(view.Record.State == RunState.Failed ? "failed" : "was cancelled")}: {view.Record.Failure} Once the cause is gone: nocturne night --resume --date {run}"
            );
        }
        return await WaitUntilServedAsync(operations, run, view, cancellationToken);
    }

    private static async Task<RunView> WaitAsync(
        CommandContext context,
        IOperations operations,
        RunId run,
        WorkMeter meter,
        CancellationToken cancellationToken
    )
    {
        var quiet = 0;
        var started = context.Settings.Time.GetTimestamp();
        while (true)
        {
            var backlog = await operations.BacklogAsync(cancellationToken);
            var view = await operations.ReadRunAsync(run, cancellationToken);
            if (view is { Record.State: not RunState.Running })
            {
                return view;
            }
            quiet = backlog == 0 ? quiet + 1 : 0;
            var now = context.Settings.Time.GetUtcNow();
            if (backlog is null && view is null && context.Settings.Time.GetElapsedTime(started) > BegunWithin)
            {
                throw new CommandFailedException(
                    $"After {BegunWithin.TotalMinutes:n0} minutes there is no record of the night {run}: its message was "
                        + "not taken. See nocturne doctor, and the log of RunNight."
                );
            }
            if (quiet == QuietLooks || (backlog is null && now > view?.Record.Deadline + FailedWithin))
            {
                throw new CommandFailedException(
                    $"The night {run} stands still: its messages were given up. See nocturne doctor, then nocturne redrive."
                );
            }
            meter.Report(view?.StepsDone ?? 0);
            await Task.Delay(operations.Manner.LookEvery, cancellationToken);
        }
    }

    /// <summary>The pointer is remembered for a second; an earlier date than the published one never gets it.</summary>
    private static async Task<RunView> WaitUntilServedAsync(
        IOperations operations,
        RunId run,
        RunView view,
        CancellationToken cancellationToken
    )
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!view.IsPublished && TimeProvider.System.GetElapsedTime(started) < PublishedWithin)
        {
            var published = await operations.ReadRunAsync(run: null, cancellationToken);
            if (published is not null && string.CompareOrdinal(published.Record.Run, run.ToString()) > 0)
            {
                break;
            }
            await Task.Delay(operations.Manner.LookEvery, cancellationToken);
            view = await operations.ReadRunAsync(run, cancellationToken) ?? view;
        }
        return view;
    }
}
