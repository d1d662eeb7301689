using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Importing;
using Nocturne.Nights;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne catalogue</c>: names and features of items.</summary>
internal static class CatalogueCommand
{
    private const int MaxReported = 20;

    public static Command Create()
    {
        var path = new Argument<string>("file")
        {
            Description = "NDJSON, an item a line; docs/contracts.md has the fields.",
        };
        var command = new Command(
            "catalogue",
            "Upload a catalogue file for the next night. A file of the same name takes the earlier one's place."
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
        await using var input = File.OpenRead(path);
        var items = 0;
        var refused = new List<string>();
        var rejected = 0;
        var name = Path.GetFileName(path);
        await using var operations = await context.OpenOrReachAsync(cancellationToken);
        var plan = $"'{name}' would be uploaded to the catalogue bucket, in place of an earlier file of that name.";
        if (!context.IsAgreed(operations, plan))
        {
            return ExitCode.Usage;
        }
        Directory.CreateDirectory(context.Folder);
        // Checked into a file first: the night takes every line of an upload at its word.
        var checkedPath = Path.Combine(context.Folder, $"{name}.upload");
        await using var good = new FileStream(
            checkedPath,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose,
            }
        );
        await foreach (var line in LineReader.ReadAsync(input, cancellationToken))
        {
            if (line.Bytes.IsEmpty)
            {
                continue;
            }
            try
            {
                await good.WriteAsync(CatalogueLine.Parse(line.Bytes.Span).ToBytes(), cancellationToken);
                good.WriteByte((byte)'\n');
                items++;
            }
            catch (FormatException e)
            {
                rejected++;
                if (refused.Count < MaxReported)
                {
                    refused.Add($"line {line.Number}: {e.Message}");
                }
            }
        }
        if (items > 0)
        {
            good.Position = 0;
            await operations.UploadCatalogueAsync(name, good, cancellationToken);
        }
        context.Terminal.Say(Number($"{items:n0} items uploaded for the next night, {rejected:n0} lines refused"));
        refused.ForEach(context.Terminal.Say);
        context.Terminal.WriteJson(
            new
            {
                Items = items,
                Rejected = rejected,
                Refused = refused,
            }
        );
        return items == 0 ? ExitCode.Failed : ExitCode.Done;
    }
}
