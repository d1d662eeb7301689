using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Evaluating;
using Nocturne.LocalHost.Evaluating.Playlists;
using Nocturne.Recommending;
using Nocturne.RunNight;
using Spectre.Console;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne evaluate playlists</c>: what a night's playlists are worth, on timestamped events.</summary>
internal static class EvaluatePlaylistsCommand
{
    /// <summary>What interleaved mixes are to find, of what the best single model does.</summary>
    public const double Target = 0.9;

    // Of --quick: what was best on its own wherever it was measured, and what mixes are made of.
    private static readonly string[] QuickSingles = ["own-plays", "artist-affinity", "listening-mixture"];
    private static readonly string[] QuickModels = ["artist-affinity", "item-knn"];

    /// <summary>The command.</summary>
    /// <param name="events">The file of events.</param>
    /// <param name="hours">What is held out.</param>
    /// <param name="gap">What ends a window.</param>
    /// <param name="cutoff">Tracks of interleaved mixes.</param>
    /// <param name="workers">Threads.</param>
    public static Command Create(
        Option<string> events,
        Option<int> hours,
        Option<int> gap,
        Option<int> cutoff,
        Option<int> workers
    )
    {
        var isQuick = new Option<bool>("--quick")
        {
            Description =
                $"Compare with {string.Join(", ", QuickSingles)} alone, and blend {string.Join(" and ", QuickModels)} for the night.",
        };
        var command = new Command(
            "playlists",
            "Compose the night of every window's cut from the plays before it, and compare each recipe's lists with what "
                + "listeners play after it: precision, recall, the share that is unheard, artists per track, novelty (bits) "
                + "and the share of all items that are in any list. Daily Mixes are also taken together and compared with "
                + $"the best single model at --k: {Target:0%} of it is the target, and a run that misses it fails."
        )
        {
            events,
            hours,
            gap,
            isQuick,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var terminal = CommandContext.Of(line).Terminal;
                var night = new NightOptions();
                if (line.GetValue(isQuick))
                {
                    night.Models = QuickModels;
                }
                var input = new PlaylistEvaluationInput(
                    line.GetValue(events)!,
                    new TimeCutOptions
                    {
                        Horizon = TimeSpan.FromHours(line.GetValue(hours)),
                        Gap = TimeSpan.FromDays(line.GetValue(gap)),
                    },
                    line.GetValue(cutoff),
                    line.GetValue(isQuick)
                        ? [.. ModelFamilies.Single.Where(family => QuickSingles.Contains(family.Name))]
                        : ModelFamilies.Single,
                    night,
                    line.GetValue(workers)
                );
                var outcome = await new PlaylistEvaluation(input, new Activity(terminal)).RunAsync(cancellationToken);
                Show(terminal, outcome);
                terminal.WriteJson(Json(outcome));
                return outcome.Share >= Target ? ExitCode.Done : ExitCode.Failed;
            }
        );
        return command;
    }

    private static void Show(Terminal terminal, PlaylistEvaluationOutcome outcome)
    {
        terminal.Headline(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Playlists of {outcome.Cases} cases in {outcome.Windows} windows ({outcome.Dropped} without plays before dropped)"
            )
        );
        var table = Terminal.Columns(
            "recipe",
            "lists",
            "tracks",
            "precision",
            "recall",
            "unheard",
            "artists/track",
            "novelty",
            "coverage"
        );
        foreach (var measures in outcome.Recipes.Append(outcome.Mixes))
        {
            table.AddRow(
                Markup.Escape(measures.Recipe),
                measures.Lists.ToString("n0", CultureInfo.InvariantCulture),
                measures.Tracks.ToString("n0", CultureInfo.InvariantCulture),
                Number(measures.Precision),
                Number(measures.Recall),
                Number(measures.Unheard),
                Number(measures.ArtistDiversity),
                measures.Novelty.ToString("0.00", CultureInfo.InvariantCulture),
                Number(measures.Coverage)
            );
        }
        terminal.Screen.Write(table);
        terminal.Screen.WriteLine();
        var singles = Terminal.Columns("single model", $"recall@{outcome.K}");
        foreach (var (model, recall) in outcome.Singles)
        {
            singles.AddRow(Markup.Escape(model), Number(recall));
        }
        terminal.Screen.Write(singles);
        terminal.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Daily Mixes together find {Number(outcome.Mixes.Recall)} in {outcome.K} tracks, {outcome.Share:0.000} of {outcome.Best.Model} ({Number(outcome.Best.Recall)}; {Target} is the target), with at most {outcome.MostOfOneArtist} of one artist (the cap is {outcome.ArtistCap})."
            )
        );
    }

    private static JsonObject Json(PlaylistEvaluationOutcome outcome) =>
        new()
        {
            ["protocol"] = "playlists",
            ["k"] = outcome.K,
            ["windows"] = outcome.Windows,
            ["cases"] = outcome.Cases,
            ["dropped"] = outcome.Dropped,
            ["recipes"] = new JsonArray([.. outcome.Recipes.Select(Json)]),
            ["dailyMixesTogether"] = Json(outcome.Mixes),
            ["mostOfOneArtist"] = outcome.MostOfOneArtist,
            ["artistCap"] = outcome.ArtistCap,
            ["singles"] = new JsonArray([
                .. outcome.Singles.Select(single => new JsonObject
                {
                    ["model"] = single.Model,
                    ["recall"] = Rounded(single.Recall),
                }),
            ]),
            ["best"] = outcome.Best.Model,
            ["shareOfBest"] = Rounded(outcome.Share),
            ["target"] = Target,
        };

    private static JsonObject Json(RecipeMeasures measures) =>
        new()
        {
            ["recipe"] = measures.Recipe,
            ["lists"] = measures.Lists,
            ["tracks"] = measures.Tracks,
            ["precision"] = Rounded(measures.Precision),
            ["recall"] = Rounded(measures.Recall),
            ["unheard"] = Rounded(measures.Unheard),
            ["artistDiversity"] = Rounded(measures.ArtistDiversity),
            ["novelty"] = Rounded(measures.Novelty),
            ["coverage"] = Rounded(measures.Coverage),
        };

    private static double Rounded(double value) => Math.Round(value, 6);

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
