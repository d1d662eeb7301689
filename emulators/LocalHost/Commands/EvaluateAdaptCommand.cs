using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Evaluating;
using Nocturne.LocalHost.Evaluating.Adapting;
using Spectre.Console;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne evaluate adapt</c>: how soon playlists follow a taste that changes.</summary>
internal static class EvaluateAdaptCommand
{
    // The least two tastes, and some that are neither.
    private const int LeastGenres = 3;

    /// <summary>The command.</summary>
    /// <param name="count">Makes an option for a number of at least 1.</param>
    /// <param name="workers">Threads.</param>
    public static Command Create(Func<string, string, int, Option<int>> count, Option<int> workers)
    {
        var listeners = count("--listeners", "How many made-up listeners change their taste.", 24);
        var plays = count("--plays", "How many plays they have before.", 500);
        var genres = count("--genres", $"How many tastes there are, at least {LeastGenres}.", 8);
        var seed = count("--seed", "Of all that is made up.", 1);
        var command = new Command(
            "adapt",
            "Let made-up listeners play one genre, night after night, and then another one alone: after how many plays half "
                + "of Daily Mixes 1 and 2 and of what is ranked next is the new one, after how many nights a Discover Weekly "
                + "is, and what share of the mixes a detour of 8 plays changes. Needs no data; a run whose worst listener is "
                + "out of a bound fails."
        )
        {
            listeners,
            plays,
            genres,
            seed,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var terminal = CommandContext.Of(line).Terminal;
                var input = new AdaptInput(
                    line.GetValue(listeners),
                    line.GetValue(plays),
                    line.GetValue(genres),
                    line.GetValue(seed),
                    line.GetValue(workers)
                );
                if (input.Genres < LeastGenres)
                {
                    throw new UsageException($"--genres is at least {LeastGenres}.");
                }
                var measures = await new AdaptEvaluation(input, new Activity(terminal)).RunAsync(cancellationToken);
                Show(terminal, input, measures);
                terminal.WriteJson(Json(input, measures));
                return measures.All(measure => measure.IsHeld) ? ExitCode.Done : ExitCode.Failed;
            }
        );
        return command;
    }

    private static void Show(Terminal terminal, AdaptInput input, IReadOnlyList<AdaptMeasure> measures)
    {
        terminal.Headline(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{input.Listeners} listeners, {input.Plays} plays of one taste, then another alone (seed {input.Seed})"
            )
        );
        var table = Terminal.Columns("until", "mean", "worst", "bound", "", "held");
        foreach (var measure in measures)
        {
            table.AddRow(
                Markup.Escape(measure.What),
                Number(measure.Mean),
                Number(measure.Worst),
                measure.Bound is { } bound ? Number(bound) : "",
                measure.Unit,
                measure.Bound is null ? ""
                    : measure.IsHeld ? "yes"
                    : "no"
            );
        }
        terminal.Screen.Write(table);
    }

    private static JsonObject Json(AdaptInput input, IReadOnlyList<AdaptMeasure> measures)
    {
        var json = new JsonObject
        {
            ["protocol"] = "adapt",
            ["listeners"] = input.Listeners,
            ["plays"] = input.Plays,
            ["genres"] = input.Genres,
            ["seed"] = input.Seed,
        };
        foreach (var measure in measures)
        {
            json[measure.Name] = new JsonObject
            {
                ["mean"] = Math.Round(measure.Mean, 6),
                ["worst"] = Math.Round(measure.Worst, 6),
                ["bound"] = measure.Bound,
                ["unit"] = measure.Unit,
                ["held"] = measure.IsHeld,
            };
        }
        return json;
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
