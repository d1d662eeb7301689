using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;
using Nocturne.Privacy;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne privacy</c>: what is held on a listener, all of it; and that it goes.</summary>
internal static class PrivacyCommand
{
    public static Command Create() =>
        new("privacy", "Export, delete and look for what is held on listeners (docs/privacy.md).")
        {
            MakeExport(),
            MakeDelete(),
            MakeCheck(),
            MakeReplay(),
        };

    private static Argument<string> Listener() => new("listener") { Description = "The listener's id." };

    private static Command MakeExport()
    {
        var listener = Listener();
        var file = new Option<FileInfo>("--out")
        {
            Description = "The zip file to write.",
            HelpName = "file",
            Required = true,
        };
        var command = new Command(
            "export",
            "Write everything that is held on a listener into a zip of NDJSON and JSON; the archive is searched too."
        )
        {
            listener,
            file,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                var whose = ListenerId.Parse(line.GetValue(listener)!);
                var target = line.GetValue(file)!;
                await using var operations = await OpenAsync(context, cancellationToken);
                var counts = await ExportAsync(context, operations, whose, target, cancellationToken);
                foreach (var (entry, count) in counts)
                {
                    context.Terminal.Say(Number($"{count, 12:n0}  {entry}"));
                }
                context.Terminal.Say($"Everything that is held on '{whose}' is in {target.FullName}.");
                context.Terminal.WriteJson(
                    new
                    {
                        Listener = whose.Value,
                        File = target.FullName,
                        Entries = counts,
                    }
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    /// <summary>Beside the file first: what is broken off is never taken for an export.</summary>
    private static async Task<IReadOnlyDictionary<string, long>> ExportAsync(
        CommandContext context,
        StackOperations operations,
        ListenerId listener,
        FileInfo target,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyDictionary<string, long> counts = new Dictionary<string, long>();
        var part = $"{target.FullName}.part";
        try
        {
            await using (var output = new FileStream(part, FileMode.Create, FileAccess.Write))
            {
                await WorkMeter.RunAsync(
                    context.Terminal,
                    "export",
                    "lines",
                    total: 0,
                    async meter =>
                    {
                        var lines = 0L;
                        counts = await new ListenerExport(StoresOf(operations.Stack)).WriteAsync(
                            listener,
                            output,
                            withLines: true,
                            (_, _) => meter.Report(++lines),
                            cancellationToken
                        );
                    }
                );
            }
            File.Move(part, target.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
        return counts;
    }

    private static Command MakeDelete()
    {
        var listeners = new Argument<string[]>("listener")
        {
            Description = "The listeners' ids. With none, goes on with the deletions that are not complete.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command(
            "delete",
            "Delete everything that is held on listeners, in every store, and go on with all deletions that are not "
                + "complete, those that apps asked for too. Stopped on the way, the same again goes on."
        )
        {
            listeners,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                ListenerId[] whose = [.. line.GetValue(listeners)!.Select(ListenerId.Parse).Distinct()];
                await using var operations = await OpenAsync(context, cancellationToken);
                if (!context.IsAgreed(operations, PlanOf(operations, whose)))
                {
                    return ExitCode.Usage;
                }
                await operations.DrainAsync(cancellationToken); // what is published belongs to what is deleted
                var deletions = DeletionsOf(operations);
                var asked = new List<DeletionRecord>();
                foreach (var listener in whose)
                {
                    asked.Add(await deletions.RequestAsync(listener, cancellationToken));
                }
                await RunAsync(context, operations, deletions, cancellationToken);
                return await ReportAsync(context, deletions, whose, asked.Count > 0, cancellationToken);
            }
        );
        return command;
    }

    private static Command MakeCheck()
    {
        var listener = Listener();
        var command = new Command(
            "check",
            "Look into every store for a listener, and show the receipt of their deletion. Exit code 1 if anything of "
                + "before it is left."
        )
        {
            listener,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                var whose = ListenerId.Parse(line.GetValue(listener)!);
                await using var operations = await OpenAsync(context, cancellationToken);
                await operations.DrainAsync(cancellationToken);
                PrivacyFindings? findings = null;
                await WorkMeter.RunAsync(
                    context.Terminal,
                    "check",
                    "looks",
                    total: 0,
                    async meter =>
                    {
                        var looks = 0L;
                        findings = await new PrivacyCheck(StoresOf(operations.Stack)).RunAsync(
                            whose,
                            (_, _) => meter.Report(++looks),
                            cancellationToken
                        );
                    }
                );
                foreach (var store in findings!.Stores)
                {
                    context.Terminal.Say(
                        Number(
                            $"{store.Store, -26} {store.Found, 8:n0} {(findings.Deletion is null ? "held" : "left")}{(store.Since > 0 ? Number($", {store.Since:n0} since") : "")}"
                        )
                    );
                }
                if (findings.Deletion is { } deletion)
                {
                    Show(context, deletion);
                }
                else
                {
                    context.Terminal.Say($"'{whose}' was never deleted.");
                }
                context.Terminal.WriteJson(findings);
                return findings.Deletion is null || findings.IsClean ? ExitCode.Done : ExitCode.Failed;
            }
        );
        return command;
    }

    private static Command MakeReplay()
    {
        var command = new Command(
            "replay",
            "After the documents were restored from a backup: do again the deletions that the backup does not know of."
        );
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                await using var operations = await OpenAsync(context, cancellationToken);
                if (
                    !context.IsAgreed(
                        operations,
                        "Deletions whose tombstones are beside the catalogue and not in the documents would be done again."
                    )
                )
                {
                    return ExitCode.Usage;
                }
                var deletions = DeletionsOf(operations);
                var replayed = await deletions.ReplayAsync(cancellationToken);
                context.Terminal.Say(Number($"{replayed:n0} deletions were not known any more."));
                await RunAsync(context, operations, deletions, cancellationToken);
                return await ReportAsync(context, deletions, [], wasAsked: false, cancellationToken);
            }
        );
        return command;
    }

    private static async Task RunAsync(
        CommandContext context,
        StackOperations operations,
        Deletions deletions,
        CancellationToken cancellationToken
    )
    {
        if (operations.Manner.ArchiveDelay > TimeSpan.Zero)
        {
            context.Terminal.Say(
                Number(
                    $"The archive may get lines of before for {operations.Manner.ArchiveDelay.TotalMinutes:n0} minutes: it comes after them, with the same command."
                )
            );
        }
        await WorkMeter.RunAsync(
            context.Terminal,
            "delete",
            "objects",
            total: 0,
            async meter =>
            {
                var looked = 0L;
                await deletions.RunAsync((_, _) => meter.Report(++looked), cancellationToken);
            }
        );
        await operations.DrainAsync(cancellationToken); // blends that somebody left are made anew
    }

    private static async Task<int> ReportAsync(
        CommandContext context,
        Deletions deletions,
        IReadOnlyList<ListenerId> whose,
        bool wasAsked,
        CancellationToken cancellationToken
    )
    {
        var records = new List<DeletionRecord>();
        foreach (var listener in whose)
        {
            records.Add((await deletions.ReadAsync(listener, cancellationToken))!);
        }
        var pending = new List<DeletionRecord>();
        await foreach (var record in deletions.ListPendingAsync(cancellationToken))
        {
            pending.Add(record);
        }
        foreach (var record in records.Concat(pending.Where(p => records.All(r => r.Hash != p.Hash))))
        {
            Show(context, record);
        }
        if (!wasAsked || pending.Count > 0)
        {
            context.Terminal.Say(Number($"{pending.Count:n0} deletions are not complete."));
        }
        context.Terminal.WriteJson(new { Deletions = records, Pending = pending });
        return ExitCode.Done;
    }

    private static void Show(CommandContext context, DeletionRecord deletion)
    {
        context.Terminal.Headline(
            deletion.CompletedAt is { } at
                ? Number(
                    $"Deletion {deletion.Hash[..12]}, of what was received until {deletion.Epoch:u}: complete at {at:u}"
                )
                : Number($"Deletion {deletion.Hash[..12]}, of what was received until {deletion.Epoch:u}: not complete")
        );
        foreach (var store in deletion.Done)
        {
            context.Terminal.Say(Number($"  {store.Store, -26} {store.Removed, 8:n0} removed"));
        }
        if (deletion.WaitsFor is { } reason)
        {
            context.Terminal.Say($"  It waits: {reason}.");
        }
        foreach (var copy in deletion.Retained)
        {
            context.Terminal.Say(
                copy.Until is { } until
                    ? Number($"  kept until {until:yyyy-MM-dd}: {copy.Store}, {copy.Copy}")
                    : $"  kept: {copy.Store}, {copy.Copy}"
            );
        }
    }

    private static string PlanOf(StackOperations operations, IReadOnlyList<ListenerId> whose) =>
        Number(
            $"""
            In {operations.Stack.Place}, {whose.Count:n0} listeners' data would be deleted, and it cannot be had back:
              profile, tokens, playlists, places in blends, rows of snapshots, lines of the archive, refused lines and dead
              letters. Deletions that are not complete would be gone on with.
            The archive and the refused lines are read whole; objects with lines to remove are written anew.
            """
        );

    private static async Task<StackOperations> OpenAsync(CommandContext context, CancellationToken cancellationToken) =>
        context.Stack.Emptiness is { } why
            ? throw new FolderStateException(why)
            : await context.OpenAsync(cancellationToken);

    private static Deletions DeletionsOf(StackOperations operations) =>
        new(StoresOf(operations.Stack))
        {
            ArchiveDelay = operations.Manner.ArchiveDelay,
            RetainedFrom = operations.Manner.DeliversHere ? _ => Retention.Embedded : Retention.Deployed,
        };

    private static PrivacyStores StoresOf(IStack stack) =>
        new(
            stack.Documents,
            stack.Objects,
            stack.Services.GetRequiredService<ListenerTokens>(),
            stack.Services.GetRequiredService<TimeProvider>()
        )
        {
            Publisher = stack.Publisher,
            Subscriptions = stack.Subscriptions,
            EmptyPulls = stack.Manner.EmptyPulls,
        };
}
