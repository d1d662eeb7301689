using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne redrive</c>: dead letters back to their topics.</summary>
internal static class RedriveCommand
{
    public static Command Create()
    {
        var command = new Command(
            "redrive",
            "Send dead letters back to the topics they came from. Stopped on the way, the same again goes on: one sent twice does no harm."
        );
        command.SetAction((line, cancellationToken) => RunAsync(CommandContext.Of(line), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var operations = await context.OpenExistingAsync(cancellationToken);
        if (!context.IsAgreed(operations, "All dead letters would be published again to the topics they came from."))
        {
            return ExitCode.Usage;
        }
        var redriven = await operations.RedriveAsync(cancellationToken);
        await operations.DrainAsync(cancellationToken);
        foreach (var topic in redriven)
        {
            context.Terminal.Say(Number($"{topic.Messages:n0} messages went back to {topic.Topic}"));
        }
        context.Terminal.WriteJson(redriven);
        return ExitCode.Done;
    }
}
