using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;
using Nocturne.Topology;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne rebuild</c>: profiles from the archive.</summary>
internal static class RebuildCommand
{
    private const int MaxSettleMinutes = 24 * 60;

    public static Command Create()
    {
        var settle = new Option<int?>("--settle")
        {
            Description =
                "Minutes to wait before the archive is read, so that it holds every event that a profile has: Pub/Sub "
                + "closes a file five minutes after its first message. 10 for a deployed system, else 0, unless given.",
            HelpName = "minutes",
        };
        settle.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0 or > MaxSettleMinutes)
            {
                result.AddError($"--settle is from 0 to {MaxSettleMinutes} minutes.");
            }
        });
        var command = new Command(
            "rebuild",
            "Make all profiles anew from the archive, compare them with those in use, and put right what differs. A "
                + "listener who has new events meanwhile is left alone and counted: give it again for those."
        )
        {
            settle,
        };
        command.SetAction(
            (line, cancellationToken) => RunAsync(CommandContext.Of(line), line.GetValue(settle), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, int? minutes, CancellationToken cancellationToken)
    {
        if (context.Stack.Emptiness is { } why)
        {
            throw new FolderStateException(why);
        }
        await using var operations = await context.OpenAsync(cancellationToken);
        var settle = minutes is { } given ? TimeSpan.FromMinutes(given) : operations.Manner.ArchiveDelay;
        if (!context.IsAgreed(operations, await PlanAsync(context, operations, settle, cancellationToken)))
        {
            return ExitCode.Usage;
        }
        await operations.DrainAsync(cancellationToken); // what is published belongs to the archive
        if (settle > TimeSpan.Zero)
        {
            context.Terminal.Say(
                Number(
                    $"Waiting {settle.TotalMinutes:n0} minutes until the archive holds what profiles have (--settle)."
                )
            );
        }
        var report = new RebuildReport();
        await WorkMeter.RunAsync(
            context.Terminal,
            "rebuild",
            "events",
            total: 0,
            async meter =>
                report = await new Rebuild(operations.Stack, context.Settings.Time, context.Folder).RunAsync(
                    settle,
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
        if (report.Active > 0)
        {
            context.Terminal.Say(
                Number(
                    $"{report.Active:n0} listeners had new events meanwhile and were left as they are: rebuild again for those"
                )
            );
        }
        context.Terminal.WriteJson(report);
        return ExitCode.Done;
    }

    /// <summary>What it would do; two listings without reading anything.</summary>
    private static async Task<string> PlanAsync(
        CommandContext context,
        StackOperations operations,
        TimeSpan settle,
        CancellationToken cancellationToken
    )
    {
        if (!operations.Manner.AsksConsent || context.IsConsentGiven)
        {
            return "";
        }
        var (files, bytes) = (0L, 0L);
        var archive = operations.Stack.Objects.ListAsync(
            NocturneTopology.BucketNames.Events,
            "dt=",
            null,
            cancellationToken
        );
        await foreach (var file in archive)
        {
            files++;
            bytes += file.Size;
        }
        return Number(
            $"""
            A rebuild of {operations.Stack.Place} would:
              note the version of every listener's head, and wait {settle.TotalMinutes:n0} minutes (--settle);
              read {files:n0} files of the archive, {bytes >> 20:n0} MiB, and write all profiles aside;
              replace the documents that differ, of listeners without new events meanwhile. What the archive does not
              hold would be gone from their profiles: check its lifecycle first.
            Every document of every listener is read once, written once aside and deleted there.
            """
        );
    }
}
