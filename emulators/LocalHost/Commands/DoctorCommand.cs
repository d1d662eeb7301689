using System.CommandLine;
using Nocturne.Adapters.Local;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Spectre.Console;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne doctor</c>: what is wrong with a data folder, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command(
            "doctor",
            "Look for what is wrong with the data folder, and say what to do about it."
        );
        command.SetAction((line, cancellationToken) => RunAsync(CommandContext.Of(line), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var findings = await ExamineAsync(context, cancellationToken);
        var table = Terminal.Columns("", "subject", "finding");
        foreach (var finding in findings)
        {
            var (mark, colour) = finding.Gravity switch
            {
                Gravity.Good => ("ok", "green"),
                Gravity.Warning => ("look", "yellow"),
                _ => ("bad", "red"),
            };
            table.AddRow($"[{colour}]{mark}[/]", Markup.Escape(finding.Subject), Markup.Escape(finding.Detail));
            if (finding.Remedy is { } remedy)
            {
                table.AddRow("", "", Markup.Escape($"→ {remedy}"));
            }
        }
        context.Terminal.Screen.Write(table);
        context.Terminal.WriteJson(findings);
        return findings.Any(finding => finding.Gravity == Gravity.Bad) ? ExitCode.Failed : ExitCode.Done;
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        if (await RemoteOperations.ConnectAsync(context.Folder, cancellationToken) is { } remote)
        {
            await using (remote)
            {
                return
                [
                    new Finding("lock", Gravity.Good, "the folder is open in 'nocturne up', which answered"),
                    .. await remote.ExamineAsync(cancellationToken),
                ];
            }
        }
        if (context.Stack.Emptiness is { } why)
        {
            return [new Finding("folder", Gravity.Warning, why)];
        }
        try
        {
            // Opened and not started: looking changes nothing.
            await using var stack = await context.Stack.OpenAsync(context.Settings, cancellationToken);
            var findings = await stack.ExamineAsync(cancellationToken);
            return context.Stack.RunsFunctions
                ? [new Finding("lock", Gravity.Good, "nobody else has the folder open"), .. findings]
                : findings;
        }
        catch (FolderInUseException)
        {
            return
            [
                new Finding(
                    "lock",
                    Gravity.Bad,
                    "another command has the folder open",
                    "Wait for it, or stop it with Ctrl-C; then look again."
                ),
            ];
        }
        catch (LogCorruptException e)
        {
            return
            [
                new Finding(
                    "logs",
                    Gravity.Bad,
                    e.Message,
                    "Restore the folder from a copy; or, if its archive is whole, import that into a new one."
                ),
            ];
        }
    }
}
