using System.CommandLine;
using Nocturne.Domain;
using Nocturne.Importing;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Importing;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;
using Spectre.Console;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne import</c>: the events of files.</summary>
internal static class ImportCommand
{
    private static readonly Argument<string[]> Paths = new("file")
    {
        Description = "Files, or folders of them: plain, in gzip or in a zip as it was downloaded.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Listener = new("--listener")
    {
        Description = "Whose plays they are, where the files do not say. What a service calls its user is not used.",
        HelpName = "id",
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Only read, and say what would be imported.",
    };

    private static readonly Option<string?> Zone = new("--time-zone")
    {
        Description =
            "The IANA time zone of times that say none: a .scrobbler.log with #TZ/UNKNOWN, tables with local dates. UTC unless given.",
        HelpName = "zone",
    };

    private static readonly Option<string?> Columns = new("--columns")
    {
        Description =
            "The columns of a table that has no header and an order that is not known, such as artist,track,-,time: time, artist, track, album, track_mbid, artist_mbid, and - for others.",
        HelpName = "names",
    };

    private static readonly Option<bool> ReplaceBasic = new("--replace-basic")
    {
        Description =
            "With Spotify's extended history: take back the same plays of the basic one, which has other starts for them; in either order.",
    };

    private static readonly Option<string?> Resume = new("--resume")
    {
        Description =
            "The file that keeps how far the import came; in the data folder unless given. It is removed when the import is done.",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new Command(
            "import",
            $"Take in the listening histories of files, for example: nocturne import my_spotify_data.zip --listener anna. What a file is is told by its content: {HistoryFile.KnownForms}. "
                + "Importing a file again changes nothing, and an import that was broken off goes on with the same command. docs/importing.md says more."
        )
        {
            Paths,
            Listener,
            DryRun,
            Zone,
            Columns,
            ReplaceBasic,
            Resume,
        };
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(
                    CommandContext.Of(line),
                    line.GetValue(Paths)!,
                    line.GetValue(Listener),
                    line.GetValue(Zone),
                    line.GetValue(Columns),
                    new Choices(
                        line.GetValue(ReplaceBasic),
                        line.GetValue(DryRun),
                        line.GetValue(Resume),
                        PlaceOf(
                            line.GetValue(GlobalOptions.Stack)!,
                            line.GetValue(GlobalOptions.Project),
                            line.GetValue(GlobalOptions.Data)!
                        )
                    ),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        string[] paths,
        string? listener,
        string? zone,
        string? columns,
        Choices choices,
        CancellationToken cancellationToken
    )
    {
        var files = Importer.FilesOf(paths);
        var options = new ImportOptions
        {
            Listener = ListenerOf(listener),
            Now = Instant.From(context.Settings.Time.GetUtcNow()),
            Zone = ZoneOf(zone),
            Columns = ColumnsOf(columns),
            ReplacesBasic = choices.ReplacesBasic,
        };
        if (choices.IsDryRun)
        {
            return await ReadAsync(context, files, options, cancellationToken);
        }
        await using var operations = await context.OpenOrReachAsync(cancellationToken);
        var plan = Number(
            $"{files.Count:n0} files with {files.Sum(file => file.Length) >> 10:n0} KiB would be published to listening-events."
        );
        if (!context.IsAgreed(operations, plan))
        {
            return ExitCode.Usage;
        }
        var checkpoint = choices.Place is { } place
            ? await Checkpoint.FindAsync(
                Path.Combine(context.Folder, "imports"),
                choices.Resume,
                await Checkpoint.IdentifyAsync(files, DescriptionOf(options, place), cancellationToken),
                options.Now,
                cancellationToken
            )
            : null;
        return await PublishAsync(
            context,
            operations,
            files,
            options with
            {
                Now = checkpoint?.Began ?? options.Now,
            },
            checkpoint,
            cancellationToken
        );
    }

    private static async Task<int> ReadAsync(
        CommandContext context,
        IReadOnlyList<FileInfo> files,
        ImportOptions options,
        CancellationToken cancellationToken
    )
    {
        var importer = new Importer(options, Path.Combine(context.Folder, "rejects"));
        var (report, seconds) = await MeterAsync(
            context,
            files,
            bytesRead => importer.ImportAsync(files, packer: null, 0, bytesRead, cancellationToken)
        );
        Say(context, report, seconds, "would be imported; nothing was");
        return ExitCodeOf(report);
    }

    private static async Task<int> PublishAsync(
        CommandContext context,
        IOperations operations,
        IReadOnlyList<FileInfo> files,
        ImportOptions options,
        Checkpoint? checkpoint,
        CancellationToken cancellationToken
    )
    {
        var published = checkpoint?.Events ?? 0;
        var packer = new MessagePacker(
            operations,
            EventParser.MaxLines,
            cancellationToken,
            durable: checkpoint is null ? null : events => checkpoint.SaveAsync(published + events)
        );
        var importer = new Importer(options, Path.Combine(context.Folder, "rejects"));
        var (report, seconds) = await MeterAsync(
            context,
            files,
            async bytesRead =>
            {
                var made = await importer.ImportAsync(files, packer, published, bytesRead, cancellationToken);
                await operations.DrainAsync(cancellationToken);
                return made;
            }
        );
        checkpoint?.Remove();
        Say(context, report, seconds, "imported");
        if (operations.Manner.AsksConsent)
        {
            context.Terminal.Say("They are published; the deployed functions take them in.");
        }
        context.SayWhatIsNotKept(operations);
        return ExitCodeOf(report);
    }

    private static async Task<(ImportReport Report, double Seconds)> MeterAsync(
        CommandContext context,
        IReadOnlyList<FileInfo> files,
        Func<Action<long>, Task<ImportReport>> work
    )
    {
        var (report, seconds) = (new ImportReport([], 0), 0.0);
        await WorkMeter.RunAsync(
            context.Terminal,
            "import",
            "KiB",
            files.Sum(file => file.Length) >> 10,
            async meter =>
            {
                report = await work(bytes => meter.Report(bytes >> 10));
                seconds = meter.Elapsed.TotalSeconds;
            }
        );
        return (report, seconds);
    }

    private static void Say(CommandContext context, ImportReport report, double seconds, string what)
    {
        var terminal = context.Terminal;
        var table = Terminal.Columns("file", "form", "records", "events", "refused", "private");
        foreach (var file in report.Files)
        {
            table.AddRow(
                Escaped(Path.GetFileName(file.File)),
                Escaped(file.Form),
                Number($"{file.Lines:n0}"),
                Number($"{file.Events:n0}"),
                Number($"{file.Rejected:n0}"),
                Number($"{file.Private:n0}")
            );
        }
        terminal.Screen.Write(table);
        var rate = report.Events / Math.Max(0.001, seconds);
        terminal.Say(
            Number(
                $"{report.Lines:n0} records in {report.Files.Count:n0} files: {report.Events:n0} events {what}, {report.Rejected:n0} refused, {report.Private:n0} private ones left out; {seconds:f1} s ({rate:n0} events/s)"
            )
        );
        if (report.Resumed > 0)
        {
            terminal.Say(Number($"It went on behind {report.Resumed:n0} events that were there."));
        }
        foreach (var file in report.Files)
        {
            if (file.PassedOver.Count > 0)
            {
                terminal.Say($"Passed over, as no histories: {string.Join(", ", file.PassedOver)}");
            }
            if (file.RejectsFile is not null)
            {
                terminal.Say($"The refused records, with reasons: {file.RejectsFile}");
            }
        }
        terminal.WriteJson(
            new
            {
                Files = report.Files.Count,
                report.Lines,
                report.Events,
                report.Rejected,
                report.Private,
                report.Resumed,
                RejectsFiles = report.Files.Select(file => file.RejectsFile).OfType<string>(),
                Imports = report.Files,
                Seconds = Math.Round(seconds, 3),
                EventsPerSecond = Math.Round(rate),
            }
        );
    }

    private static string Escaped(string text) => Markup.Escape(text);

    /// <exception cref="CommandFailedException">Files could not be read, or not whole.</exception>
    private static int ExitCodeOf(ImportReport report)
    {
        string[] errors = [.. report.Files.Select(file => file.Error).OfType<string>()];
        return errors.Length > 0 ? throw new CommandFailedException(string.Join('\n', errors))
            : report.Events == 0 && report.Rejected > 0 ? ExitCode.Failed
            : ExitCode.Done;
    }

    /// <summary>What an import is, beside its files: another one does not go on where this was broken off.</summary>
    internal static string DescriptionOf(ImportOptions options, string place) =>
        $"{options.Listener}|{options.Zone.Id}|{string.Join(',', options.Columns ?? [])}|{options.ReplacesBasic}|{place}";

    /// <summary>Into what is imported. Emulators may have been started anew by the next command, with nothing in them.</summary>
    internal static string? PlaceOf(string stack, string? project, string data) =>
        stack switch
        {
            StackChoice.Embedded => $"{stack}|{Path.GetFullPath(data)}",
            StackChoice.Google => $"{stack}|{project}",
            _ => null,
        };

    private static ListenerId? ListenerOf(string? listener) =>
        listener is null ? null
        : Id.IsValid(listener) ? new ListenerId(listener)
        : throw new UsageException($"--listener is an id: 1 to {Id.MaxBytes} bytes without control characters.");

    private static TimeZoneInfo ZoneOf(string? zone)
    {
        if (zone is null)
        {
            return TimeZoneInfo.Utc;
        }
        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
            ? found
            : throw new UsageException($"'{zone}' is no time zone that this machine knows, such as Europe/Zurich.");
    }

    private static string[]? ColumnsOf(string? columns)
    {
        if (columns is null)
        {
            return null;
        }
        string[] names = [.. columns.Split(',').Select(name => name.Trim())];
        var isKnown = Array.TrueForAll(names, name => HistoryFile.ColumnNames.Contains(name, StringComparer.Ordinal));
        string[] needed = ["time", "artist", "track"];
        return isKnown && Array.TrueForAll(needed, name => names.Contains(name, StringComparer.Ordinal))
            ? names
            : throw new UsageException(
                $"--columns is a list of {string.Join(", ", HistoryFile.ColumnNames)} with commas, and names time, artist and track."
            );
    }

    // Place: into what is imported; null if what came there may be gone by the next command.
    private sealed record Choices(bool ReplacesBasic, bool IsDryRun, string? Resume, string? Place);
}
