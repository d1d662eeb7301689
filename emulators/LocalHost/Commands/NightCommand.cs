using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Nights;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne night</c>: runs a night, or what is left of one.</summary>
internal static class NightCommand
{
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
        var command = new Command(
            "night",
            "Make everyone's playlists. A night that has ended is not run again; one that was interrupted goes on."
        )
        {
            date,
            noWait,
        };
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(
                    CommandContext.Of(line),
                    line.GetValue(date) is { } text
                        ? RunId.Parse(text)
                        : new RunId(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(1)),
                    line.GetValue(noWait),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        RunId run,
        bool isStartedOnly,
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
        var view = await NightRun.RunAsync(context, operations, run, cancellationToken);
        Screens.Show(context.Terminal, view);
        context.Terminal.WriteJson(view);
        return ExitCode.Done;
    }
}
