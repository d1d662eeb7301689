using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Importing;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne import</c>: the events of files.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("path")
        {
            Description = "A file, or a folder of .tsv, .ndjson and .jsonl files.",
        };
        var command = new Command(
            "import",
            "Take in the events of files. Importing a file again changes nothing: the events are the same. "
                + TsvColumns.Help
        )
        {
            path,
        };
        command.SetAction(
            (line, cancellationToken) => RunAsync(CommandContext.Of(line), line.GetValue(path)!, cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, string path, CancellationToken cancellationToken)
    {
        var files = Importer.FilesOf(path);
        await using var operations = await context.OpenOrReachAsync(cancellationToken);
        var plan = Number(
            $"{files.Count:n0} files with {files.Sum(file => file.Length) >> 10:n0} KiB would be published to listening-events."
        );
        if (!context.IsAgreed(operations, plan))
        {
            return ExitCode.Usage;
        }
        var importer = new Importer(operations, context.Settings.Time, Path.Combine(context.Folder, "rejects"));
        var report = new ImportReport(0, 0, 0, 0, []);
        var seconds = 0.0;
        await WorkMeter.RunAsync(
            context.Terminal,
            "import",
            "KiB",
            files.Sum(file => file.Length) >> 10,
            async meter =>
            {
                report = await importer.ImportAsync(files, bytes => meter.Report(bytes >> 10), cancellationToken);
                await operations.DrainAsync(cancellationToken);
                seconds = meter.Elapsed.TotalSeconds;
            }
        );
        var rate = report.Events / Math.Max(0.001, seconds);
        context.Terminal.Say(
            Number(
                $"{report.Lines:n0} lines in {report.Files:n0} files: {report.Events:n0} events, {report.Rejected:n0} refused; {seconds:f1} s ({rate:n0} events/s)"
            )
        );
        if (operations.Manner.AsksConsent)
        {
            context.Terminal.Say("They are published; the deployed functions take them in.");
        }
        context.SayWhatIsNotKept(operations);
        foreach (var rejects in report.RejectsFiles)
        {
            context.Terminal.Say($"The refused lines, with reasons: {rejects}");
        }
        context.Terminal.WriteJson(
            new
            {
                report.Files,
                report.Lines,
                report.Events,
                report.Rejected,
                report.RejectsFiles,
                Seconds = Math.Round(seconds, 3),
                EventsPerSecond = Math.Round(rate),
            }
        );
        return report.Events == 0 && report.Rejected > 0 ? ExitCode.Failed : ExitCode.Done;
    }
}
