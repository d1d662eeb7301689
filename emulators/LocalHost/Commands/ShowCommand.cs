using System.CommandLine;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.Nights;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne show</c>: a listener's profile, a playlist, a run.</summary>
internal static class ShowCommand
{
    public static Command Create() =>
        new("show", "Show what is known of a listener, a playlist, or a night.") { Listener(), Playlist(), Run() };

    private static Command Listener()
    {
        var id = new Argument<string>("id") { Description = "The listener's id." };
        var command = new Command("listener", "Show a listener's profile.") { id };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                await using var operations = await context.OpenExistingAsync(cancellationToken);
                var listener = ListenerId.Parse(line.GetValue(id)!);
                if (operations.Manner.DeliversHere)
                {
                    await operations.DrainAsync(cancellationToken); // what an earlier command left
                }
                var view =
                    await operations.ReadListenerAsync(listener, cancellationToken)
                    ?? throw new CommandFailedException($"There are no events of '{listener}'.");
                if (context.Terminal.IsJson)
                {
                    context.Terminal.WriteJson(view);
                }
                else
                {
                    Screens.Show(context.Terminal, view);
                }
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Playlist()
    {
        var id = new Argument<string>("listener") { Description = "The listener's id." };
        var kind = new Argument<string?>("kind")
        {
            Description = "Which playlist, such as discover-weekly or daily-mix-1; all of them unless given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var format = new Option<string>("--format")
        {
            Description = "How a playlist is printed.",
            DefaultValueFactory = _ => "text",
        };
        format.AcceptOnlyFromAmong("text", "json", "jspf");
        var command = new Command("playlist", "Show a listener's playlists, with the reason for every track.")
        {
            id,
            kind,
            format,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                await using var operations = await context.OpenExistingAsync(cancellationToken);
                var listener = ListenerId.Parse(line.GetValue(id)!);
                var all =
                    await operations.ReadPlaylistsAsync(listener, cancellationToken)
                    ?? throw new CommandFailedException(
                        $"There are no playlists for '{listener}': a night makes them for listeners with events."
                    );
                var wanted = line.GetValue(kind);
                PlaylistView[] playlists = [.. all.Playlists.Where(p => wanted is null || p.Kind == wanted)];
                if (playlists.Length == 0)
                {
                    throw new CommandFailedException(
                        $"'{listener}' has no playlist '{wanted}', but {string.Join(", ", all.Playlists.Select(p => p.Kind))}."
                    );
                }
                Print(context.Terminal, playlists, line.GetValue(format)!);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static void Print(Terminal terminal, PlaylistView[] playlists, string format)
    {
        foreach (var playlist in playlists)
        {
            if (format == "jspf")
            {
                terminal.WriteRaw(JsonSerializer.Serialize(playlist.Jspf, CommandJson.Indented));
            }
            else if (format == "json" || terminal.IsJson)
            {
                terminal.WriteRaw(JsonSerializer.Serialize(playlist.Json, CommandJson.Line));
            }
            else
            {
                Screens.Show(terminal, playlist, int.MaxValue);
            }
        }
    }

    private static Command Run()
    {
        var date = new Argument<string?>("date")
        {
            Description = "The night's date, yyyy-MM-dd; the one whose playlists are served unless given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("run", "Show the record of a night.") { date };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                await using var operations = await context.OpenExistingAsync(cancellationToken);
                RunId? run = line.GetValue(date) is { } text ? RunId.Parse(text) : null;
                var view =
                    await operations.ReadRunAsync(run, cancellationToken)
                    ?? throw new CommandFailedException(
                        run is null
                            ? "No night's playlists are served yet: nocturne night"
                            : $"There is no night {run}."
                    );
                Screens.Show(context.Terminal, view);
                context.Terminal.WriteJson(view);
                return ExitCode.Done;
            }
        );
        return command;
    }
}
