using System.Buffers;
using System.CommandLine;
using Nocturne.Collect;
using Nocturne.Domain;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Importing;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne publish</c>: event lines as an app would send them.</summary>
internal static class PublishCommand
{
    private const int MaxBatchBytes = 1 << 20;

    public static Command Create()
    {
        var path = new Argument<string>("file")
        {
            Description = "A file with an event a line; standard input for '-'.",
            DefaultValueFactory = _ => "-",
        };
        var raw = new Option<bool>("--raw")
        {
            Description =
                "Publish the lines to the topic as they are, received_at included: bad ones are refused behind it.",
        };
        var command = new Command(
            "publish",
            "Publish event lines through Collect: they are checked, stamped with the time of receipt, and answered."
        )
        {
            path,
            raw,
        };
        command.SetAction(
            (line, cancellationToken) =>
                RunAsync(CommandContext.Of(line), line.GetValue(path)!, line.GetValue(raw), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        string path,
        bool isRaw,
        CancellationToken cancellationToken
    )
    {
        await using var input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        await using var operations = await context.OpenOrReachAsync(cancellationToken);
        var all = new CollectOutcome(0, 0, []);
        var batch = new ArrayBufferWriter<byte>();
        var (firstLine, lines) = (0, 0);
        await foreach (var line in LineReader.ReadAsync(input, cancellationToken))
        {
            if (lines == EventParser.MaxLines || batch.WrittenCount + line.Bytes.Length >= MaxBatchBytes)
            {
                all = Add(all, firstLine, await SendAsync(operations, batch, lines, isRaw, cancellationToken));
                firstLine += lines;
                lines = 0;
                batch.ResetWrittenCount();
            }
            batch.Write(line.Bytes.Span);
            batch.Write("\n"u8);
            lines++;
        }
        all = Add(all, firstLine, await SendAsync(operations, batch, lines, isRaw, cancellationToken));
        if (operations.Manner.DeliversHere)
        {
            await operations.DrainAsync(cancellationToken); // nobody else delivers when this process is gone
        }
        context.Terminal.Say(
            isRaw
                ? Number($"{all.Accepted:n0} lines published")
                : Number($"{all.Accepted:n0} events accepted, {all.Rejected:n0} lines refused")
        );
        context.SayWhatIsNotKept(operations);
        foreach (var refused in all.Lines)
        {
            context.Terminal.Say($"line {refused.Line}: {refused.Reason} {refused.Field}");
        }
        context.Terminal.WriteJson(all);
        return all.Accepted == 0 && all.Rejected > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static async Task<CollectOutcome> SendAsync(
        IOperations operations,
        ArrayBufferWriter<byte> batch,
        int lines,
        bool isRaw,
        CancellationToken cancellationToken
    )
    {
        if (lines == 0)
        {
            return new CollectOutcome(0, 0, []);
        }
        if (!isRaw)
        {
            return await operations.CollectAsync(batch.WrittenMemory, cancellationToken);
        }
        await operations.PublishAsync([new OutgoingMessage(batch.WrittenSpan.ToArray())], cancellationToken);
        return new CollectOutcome(lines, 0, []);
    }

    private static CollectOutcome Add(CollectOutcome all, int firstLine, CollectOutcome next) =>
        new(
            all.Accepted + next.Accepted,
            all.Rejected + next.Rejected,
            [
                .. all.Lines,
                .. next
                    .Lines.Take(Math.Max(0, EventParser.MaxLines - all.Lines.Count))
                    .Select(line => line with { Line = firstLine + line.Line }),
            ]
        );
}
