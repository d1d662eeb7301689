using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using static Nocturne.LocalHost.Commands.Screens;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne blend</c>: joint playlists of several listeners.</summary>
internal static class BlendCommand
{
    // 128 bits: whoever knows the id may join, so nobody may guess it.
    private const int IdDigits = 32;

    public static Command Create() =>
        new(
            "blend",
            $"Blends: one playlist for {BlendParameters.LeastMembers} to {BlendParameters.MostMembers} listeners, fair to all, with how well their tastes match."
        )
        {
            Make(),
            Change(BlendAction.Join, "join", "Let a listener in; the playlist is made anew at once."),
            Change(BlendAction.Leave, "leave", "Let a listener out; the playlist is made anew at once."),
            Show(),
        };

    private static Command Make()
    {
        var listener = new Argument<string>("listener") { Description = "The first member's id." };
        var id = new Option<string?>("--id")
        {
            Description = "The blend's id; a random one unless given. Whoever knows it may join.",
            HelpName = "id",
        };
        var command = new Command("create", "Make a blend with one member; the second makes it a playlist.")
        {
            listener,
            id,
        };
        command.SetAction(
            (line, cancellationToken) =>
                ChangeAsync(
                    CommandContext.Of(line),
                    BlendAction.Create,
                    BlendId.Parse(line.GetValue(id) ?? RandomNumberGenerator.GetHexString(IdDigits, lowercase: true)),
                    ListenerId.Parse(line.GetValue(listener)!),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command Change(BlendAction action, string name, string description)
    {
        var id = new Argument<string>("blend") { Description = "The blend's id." };
        var listener = new Argument<string>("listener") { Description = "The listener's id." };
        var command = new Command(name, description) { id, listener };
        command.SetAction(
            (line, cancellationToken) =>
                ChangeAsync(
                    CommandContext.Of(line),
                    action,
                    BlendId.Parse(line.GetValue(id)!),
                    ListenerId.Parse(line.GetValue(listener)!),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("blend") { Description = "The blend's id." };
        var command = new Command(
            "show",
            "Show a blend: the match, how fair it is, and the tracks with whose taste each is."
        )
        {
            id,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                await using var operations = await context.OpenExistingAsync(cancellationToken);
                if (operations.Manner.DeliversHere)
                {
                    await operations.DrainAsync(cancellationToken); // what an earlier command left
                }
                var blend = BlendId.Parse(line.GetValue(id)!);
                var view =
                    await operations.ReadBlendAsync(blend, cancellationToken)
                    ?? throw new CommandFailedException($"There is no blend '{blend}', or nobody is left in it.");
                if (context.Terminal.IsJson)
                {
                    context.Terminal.WriteRaw(JsonSerializer.Serialize(view, CommandJson.Line));
                }
                else
                {
                    Print(context.Terminal, view);
                }
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task<int> ChangeAsync(
        CommandContext context,
        BlendAction action,
        BlendId blend,
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        await using var operations = await context.OpenExistingAsync(cancellationToken);
        var plan = action switch
        {
            BlendAction.Create => $"The blend '{blend}' would be made with '{listener}' as its first member.",
            BlendAction.Join => $"'{listener}' would become a member of the blend '{blend}'.",
            _ => $"'{listener}' would no longer be a member of the blend '{blend}'.",
        };
        if (!context.IsAgreed(operations, plan))
        {
            return ExitCode.Usage;
        }
        var outcome = await operations.ChangeBlendAsync(action, blend, listener, cancellationToken);
        if (!outcome.IsSo)
        {
            throw new CommandFailedException(outcome.Message);
        }
        await operations.DrainAsync(cancellationToken);
        var members = outcome.Blend?.Members ?? [];
        context.Terminal.Say(
            action == BlendAction.Create ? $"Blend {blend}: nocturne blend join {blend} LISTENER lets the second in."
            : outcome.Blend is null ? $"'{listener}' is not a member of {blend}."
            : members.Count == 0 ? $"Nobody is left in {blend}: it is no more."
            : $"Blend {blend} is of {string.Join(", ", members)}."
        );
        context.Terminal.WriteJson(new ChangedBlend(blend.Value, members, outcome.Blend?.Version));
        return ExitCode.Done;
    }

    private static void Print(Terminal terminal, BlendView blend)
    {
        terminal.Headline($"Blend {blend.Id}");
        var table = Terminal.Columns("", "");
        Row(table, "members", string.Join(", ", blend.Members));
        if (blend.Playlist is not { } playlist)
        {
            Row(
                table,
                "playlist",
                blend.Members.Count < BlendParameters.LeastMembers
                    ? "none: it waits for a second member"
                    : "none yet: the first night makes it"
            );
            terminal.Screen.Write(table);
            return;
        }
        Row(table, "match", blend.Match is { } match ? Number($"{match} %") : "too little known to say");
        Row(
            table,
            "fairness",
            blend.Fairness is not { } fairness
                ? "nothing is known of anyone's taste"
                : Number(
                    $"{fairness:f2} (the least satisfied against the mean; {(blend.IsFair ? "fair to all" : "not for all alike")})"
                )
        );
        foreach (var member in blend.Satisfactions)
        {
            Row(table, "", Number($"{member.Satisfaction:f2} {member.Listener}"));
        }
        Row(table, "made by", $"the night {blend.Run}{(blend.IsCurrent ? "" : ", for members before these")}");
        terminal.Screen.Write(table);
        terminal.Headline(playlist.Title);
        terminal.Say(playlist.Description);
        var tracks = Terminal.Columns("", "artist", "title", "taste of", "reason");
        foreach (var (index, track) in playlist.Tracks.Index())
        {
            Row(
                tracks,
                Number($"{index + 1}"),
                track.Artist ?? "",
                track.Title ?? track.Item,
                string.Join(", ", blend.Tastes[index].Select(taste => Number($"{taste.Listener} {taste.Share:p0}"))),
                track.Reason
            );
        }
        terminal.Screen.Write(tracks);
    }

    /// <summary>What a change says to programs.</summary>
    private sealed record ChangedBlend(string Blend, IReadOnlyList<string> Members, int? Version);
}
