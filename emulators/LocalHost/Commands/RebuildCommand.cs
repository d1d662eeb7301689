using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne rebuild</c>: profiles from the archive.</summary>
internal static class RebuildCommand
{
    public static Command Create()
    {
        var command = new Command(
            "rebuild",
            "Make all profiles anew from the archive, compare them with those in use, and put right what differs."
        );
        command.SetAction((line, cancellationToken) => RunAsync(CommandContext.Of(line), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Stack.Emptiness is { } why)
        {
            throw new FolderStateException(why);
        }
        await using var operations = await context.OpenAsync(cancellationToken);
        await operations.DrainAsync(cancellationToken); // what is published belongs to the archive
        var report = new RebuildReport();
        await WorkMeter.RunAsync(
            context.Terminal,
            "rebuild",
            "events",
            total: 0,
            async meter =>
                report = await new Rebuild(operations.Stack, context.Settings.Time).RunAsync(
                    meter.Report,
                    cancellationToken
                )
        );
        context.Terminal.Say(
            Number(
                $"{report.Events:n0} events in {report.Files:n0} files of the archive, {report.Refused:n0} lines refused"
            )
        );
        context.Terminal.Say(
            Number(
                $"{report.Listeners:n0} listeners: {report.Same:n0} documents were the same, {report.Replaced:n0} were put right"
            )
        );
        context.Terminal.WriteJson(report);
        return ExitCode.Done;
    }
}
