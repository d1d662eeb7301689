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
        var command = new Command(
            "night",
            "Make everyone's playlists. A night that has ended is not run again; one that was interrupted goes on."
        )
        {
            date,
        };
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(
                    CommandContext.Of(line),
                    line.GetValue(date) is { } text
                        ? RunId.Parse(text)
                        : new RunId(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(1)),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, RunId run, CancellationToken cancellationToken)
    {
        await using var operations = await context.OpenExistingAsync(cancellationToken);
        var view = await NightRun.RunAsync(context, operations, run, cancellationToken);
        Screens.Show(context.Terminal, view);
        context.Terminal.WriteJson(view);
        return ExitCode.Done;
    }
}
