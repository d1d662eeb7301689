using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.Nights;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne night</c>: runs a night, or what is left of one.</summary>
internal static class NightCommand
{
    // A deployed RunNight may have to start first.
    private static readonly TimeSpan ControlledWithin = TimeSpan.FromMinutes(5);

    public static Command Create()
    {
        var date = new Option<string?>("--date")
        {
            Description = "The date that the playlists are for, yyyy-MM-dd; tomorrow (UTC) unless given.",
            HelpName = "date",
        };
        date.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !DateOnly.TryParseExact(text, "yyyy-MM-dd", out _))
            {
                result.AddError($"'{text}' is not a date: give it as yyyy-MM-dd.");
            }
        });
        var noWait = new Option<bool>("--no-wait")
        {
            Description =
                "Start it and return; 'show run' tells how far it is. Where this process runs the functions, it waits.",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what the night would do, and do nothing." };
        var cancel = new Option<bool>("--cancel")
        {
            Description = "End a night that is under way; what was published before stays.",
        };
        var resume = new Option<bool>("--resume")
        {
            Description = "Let a night that failed or was cancelled go on with what it has made.",
        };
        var command = new Command(
            "night",
            "Make everyone's playlists. A night that has ended is not run again; one that was interrupted goes on."
        )
        {
            date,
            noWait,
            dryRun,
            cancel,
            resume,
        };
        command.Validators.Add(result =>
        {
            if (new[] { dryRun, cancel, resume }.Count(option => result.GetValue(option)) > 1)
            {
                result.AddError("Give one of --dry-run, --cancel and --resume.");
            }
        });
        command.SetAction(
            (line, cancellationToken) =>
            {
                var run = line.GetValue(date) is { } text
                    ? RunId.Parse(text)
                    : new RunId(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(1));
                var context = CommandContext.Of(line);
                return line.GetValue(dryRun) ? PlanAsync(context, run, cancellationToken)
                    : line.GetValue(cancel) ? CancelAsync(context, run, cancellationToken)
                    : RunAsync(context, run, line.GetValue(noWait), line.GetValue(resume), cancellationToken);
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        RunId run,
        bool isStartedOnly,
        bool isResumed,
        CancellationToken cancellationToken
    )
    {
        await using var operations = await context.OpenExistingAsync(cancellationToken);
        var plan = $"The night {run} would be run, and its playlists served in place of an earlier night's.";
        if (!context.IsAgreed(operations, plan))
        {
            return ExitCode.Usage;
        }
        if (isStartedOnly && !operations.Manner.DeliversHere)
        {
            await operations.StartNightAsync(run, cancellationToken);
            context.Terminal.Say($"The night {run} is started: nocturne show run {run}");
            context.Terminal.WriteJson(new { Run = run.ToString(), Started = true });
            return ExitCode.Done;
        }
        if (isResumed)
        {
            await ResumeAsync(context, operations, run, cancellationToken);
        }
        var view = await NightRun.RunAsync(context, operations, run, cancellationToken);
        Screens.Show(context.Terminal, view);
        context.Terminal.WriteJson(view);
        return ExitCode.Done;
    }

    /// <summary>The message only changes the record: wait until it has.</summary>
    private static async Task ResumeAsync(
        CommandContext context,
        IOperations operations,
        RunId run,
        CancellationToken cancellationToken
    )
    {
        var view =
            await operations.ReadRunAsync(run, cancellationToken)
            ?? throw new CommandFailedException($"There is no night {run}: nocturne night --date {run}");
        if (view.Record.State is not (RunState.Failed or RunState.Cancelled))
        {
            return;
        }
        await operations.ControlNightAsync(NightStep.Resume, run, cancellationToken);
        await WaitWhileAsync(context, operations, run, view.Record.State, cancellationToken);
    }

    private static async Task<int> CancelAsync(CommandContext context, RunId run, CancellationToken cancellationToken)
    {
        await using var operations = await context.OpenExistingAsync(cancellationToken);
        var view =
            await operations.ReadRunAsync(run, cancellationToken)
            ?? throw new CommandFailedException($"There is no night {run}.");
        if (view.Record.State != RunState.Running)
        {
            context.Terminal.Say($"The night {run} is not under way: it is {Word(view.Record.State)}.");
        }
        else
        {
            if (!context.IsAgreed(operations, $"The night {run} would be ended; what was published before stays."))
            {
                return ExitCode.Usage;
            }
            await operations.ControlNightAsync(NightStep.Cancel, run, cancellationToken);
            view = await WaitWhileAsync(context, operations, run, RunState.Running, cancellationToken);
            Screens.Show(context.Terminal, view);
        }
        context.Terminal.WriteJson(view);
        return ExitCode.Done;
    }

    private static async Task<RunView> WaitWhileAsync(
        CommandContext context,
        IOperations operations,
        RunId run,
        RunState state,
        CancellationToken cancellationToken
    )
    {
        var started = context.Settings.Time.GetTimestamp();
        while (true)
        {
            if (await operations.ReadRunAsync(run, cancellationToken) is { } view && view.Record.State != state)
            {
                return view;
            }
            if (context.Settings.Time.GetElapsedTime(started) > ControlledWithin)
            {
                throw new CommandFailedException(
                    $"The night {run} is still {Word(state)} after {ControlledWithin.TotalMinutes:n0} minutes: see nocturne doctor, and the log of RunNight."
                );
            }
            await Task.Delay(operations.Manner.LookEvery, cancellationToken);
        }
    }

    /// <summary>What a night would read and make, from what is there now.</summary>
    private static async Task<int> PlanAsync(CommandContext context, RunId run, CancellationToken cancellationToken)
    {
        await using var operations = await context.OpenExistingAsync(cancellationToken);
        var known = await operations.ReadRunAsync(run, cancellationToken);
        var served = await operations.ReadRunAsync(run: null, cancellationToken);
        var isBackfill = served is not null && string.CompareOrdinal(served.Record.Run, run.ToString()) > 0;
        var plan = new NightPlan(
            run.ToString(),
            known is null ? "start"
                : known.Record.State == RunState.Running ? "go on"
                : "nothing",
            known is null ? null : Word(known.Record.State),
            served?.Record.Run,
            isBackfill
        );
        context.Terminal.Say(
            known switch
            {
                null =>
                    $"The night {run} would be started{(isBackfill ? " as a backfill: its playlists would not be served, those of a later date are" : ", and served if its checks pass")}.",
                { Record.State: RunState.Running } =>
                    $"The night {run} is under way ({known.StepsDone} of {known.Steps} steps) and would go on.",
                { Record.State: RunState.Finished } => $"The night {run} is finished: nothing would be done.",
                _ => $"The night {run} is {Word(known.Record.State)}: it would need --resume.",
            }
        );
        context.Terminal.Say(
            served is null
                ? "No night has been published yet: it would read the whole archive and train anew."
                : $"Served now: the night {served.Record.Run}, of {served.Record.Listeners:n0} listeners."
        );
        context.Terminal.WriteJson(plan);
        return ExitCode.Done;
    }

    private static string Word(RunState state) => state.ToString().ToLowerInvariant();

    /// <summary>What a dry run says to programs.</summary>
    /// <param name="Run">The night.</param>
    /// <param name="Would">What would be done: start, go on or nothing.</param>
    /// <param name="State">The state of its run; null if there is none.</param>
    /// <param name="Served">The night that is served now.</param>
    /// <param name="IsBackfill">Whether a later night is served.</param>
    private sealed record NightPlan(string Run, string Would, string? State, string? Served, bool IsBackfill);
}
