using System.CommandLine;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Evaluating;
using Nocturne.LocalHost.Evaluating.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight;

namespace Nocturne.LocalHost.Commands;

internal static class EvaluatePlaylistsCommand
{
    public static Command Create(Option<int> workers, Option<int> cutoff)
    {
        var events = new Option<string>("--events") { Required = true };
        var command = new Command("playlists", "x") { events };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var terminal = CommandContext.Of(line).Terminal;
                var singles = Environment.GetEnvironmentVariable("X_SINGLES") is { } names
                    ? ModelFamilies.Single.Where(f => names.Split(',').Contains(f.Name)).ToList()
                    : ModelFamilies.Single;
                var night = new NightOptions();
                if (Environment.GetEnvironmentVariable("X_NIGHT") is { } models) night.Models = models.Split(',');
                var outcome = await new PlaylistEvaluation(
                    new PlaylistEvaluationInput(
                        line.GetValue(events)!,
                        new TimeCutOptions(),
                        line.GetValue(cutoff),
                        singles,
                        night,
                        line.GetValue(workers)
                    ),
                    new Activity(terminal)
                ).RunAsync(cancellationToken);
                foreach (var m in outcome.Recipes.Append(outcome.Mixes))
                    terminal.Say(FormattableString.Invariant($"{m.Recipe,-24} {m.Lists,6} {m.Tracks,6} p {m.Precision:f4} r {m.Recall:f4} unheard {m.Unheard:f3} div {m.ArtistDiversity:f3} nov {m.Novelty:f2} cov {m.Coverage:f4}"));
                foreach (var (model, recall) in outcome.Singles) terminal.Say($"{model} {recall:f4}");
                terminal.Say($"share {outcome.Share:f3} most {outcome.MostOfOneArtist} cap {outcome.ArtistCap} cases {outcome.Cases}");
                return 0;
            }
        );
        return command;
    }
}
