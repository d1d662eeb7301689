using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Recommending;
using Spectre.Console;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Shows an outcome as a table, as Markdown and as JSON.</summary>
internal static class EvaluationReport
{
    private static readonly (string Heading, string Key, CaseMeasure Measure)[] Hits =
    [
        ("recall", "recall@", CaseMeasure.Recall),
        ("ndcg", "ndcg@", CaseMeasure.Ndcg),
        ("p", "p@", CaseMeasure.Precision),
        ("mrr", "mrr@", CaseMeasure.ReciprocalRank),
    ];

    private static readonly (string Key, CaseMeasure Measure)[] Beyond =
    [
        ("recallHead", CaseMeasure.RecallHead),
        ("recallMiddle", CaseMeasure.RecallMiddle),
        ("recallTail", CaseMeasure.RecallTail),
        ("novelty", CaseMeasure.Novelty),
        ("diversity", CaseMeasure.Diversity),
        ("calibration", CaseMeasure.Calibration),
    ];

    private static readonly string[] BeyondHeadings =
    [
        "model",
        "head",
        "middle",
        "tail",
        "novelty",
        "diversity",
        "calibration",
        "coverage",
        "gini",
        "pop. lift",
    ];

    /// <summary>Tables on the terminal.</summary>
    public static void Show(Terminal terminal, EvaluationOutcome outcome)
    {
        terminal.Headline(Title(outcome));
        terminal.Say(string.Join("; ", outcome.Facts.Select(fact => $"{fact.Name} {fact.Value}")));
        foreach (var (headings, rows) in Tables(outcome))
        {
            terminal.Screen.WriteLine();
            var table = Terminal.Columns(headings);
            foreach (var row in rows)
            {
                table.AddRow([.. row.Select(Markup.Escape)]);
            }
            terminal.Screen.Write(table);
        }
        foreach (var (model, reason) in outcome.Skipped)
        {
            terminal.Say($"{model} was left out: {reason}");
        }
    }

    /// <summary>A report of its own.</summary>
    public static string Markdown(EvaluationOutcome outcome)
    {
        var text = new StringBuilder();
        text.Append("# ").AppendLine(Title(outcome)).AppendLine();
        foreach (var (name, value) in outcome.Facts)
        {
            text.Append("- ").Append(name).Append(": ").AppendLine(value.ToString());
        }
        string[] captions =
        [
            "All candidates are ranked. ± is the standard error of the mean over "
                + (outcome.Kind == EvaluationKind.Sessions ? "sessions." : "listeners."),
            "Recall of the head, middle and tail of popularity (a third of all interactions each); novelty in bits; "
                + "diversity, 1 less the mean cosine of two listed items; calibration, KL divergence in bits; coverage "
                + "and Gini coefficient of exposure; how much more popular lists are than histories.",
            "Less the best model, with paired bootstrap intervals of 95 %.",
        ];
        foreach (var (caption, (headings, rows)) in captions.Zip(Tables(outcome)))
        {
            text.AppendLine().AppendLine(caption).AppendLine();
            AppendLine(text, headings);
            AppendLine(text, [.. headings.Select((_, column) => column == 0 ? "---" : "---:")]);
            rows.ForEach(row => AppendLine(text, row));
        }
        text.AppendLine().AppendLine("Hyper-parameters, chosen on slices of the training data:").AppendLine();
        foreach (var row in outcome.Rows)
        {
            foreach (var values in row.Parameters)
            {
                text.Append("- ").Append(row.Model).Append(": ").AppendLine(Activity.Describe(values));
            }
        }
        foreach (var (model, reason) in outcome.Skipped)
        {
            text.Append("- ").Append(model).Append(" was left out: ").AppendLine(reason);
        }
        return text.ToString();
    }

    /// <summary>One object for scripts.</summary>
    public static JsonObject Json(EvaluationOutcome outcome)
    {
        var json = new JsonObject { ["protocol"] = outcome.Kind.Protocol, ["k"] = outcome.K };
        foreach (var (name, value) in outcome.Facts)
        {
            json[name] = value.DeepClone();
        }
        json["cases"] = outcome.Rows.Count == 0 ? 0 : outcome.Rows[0].Result.Cases;
        json["best"] = outcome.Rows.Count == 0 ? null : outcome.Best.Model;
        json["rows"] = new JsonArray([.. outcome.Rows.Select(row => Json(outcome, row))]);
        json["skipped"] = new JsonArray([
            .. outcome.Skipped.Select(skip => new JsonObject { ["model"] = skip.Model, ["reason"] = skip.Reason }),
        ]);
        return json;
    }

    private static JsonObject Json(EvaluationOutcome outcome, EvaluationRow row)
    {
        var json = new JsonObject { ["model"] = row.Model };
        var errors = new JsonObject();
        foreach (var (_, key, measure) in Hits)
        {
            json[$"{key}{outcome.K}"] = Rounded(row.Result.Mean(measure));
            errors[$"{key}{outcome.K}"] = Rounded(row.Result.StandardError(measure));
        }
        json["standardError"] = errors;
        foreach (var (key, measure) in Beyond)
        {
            json[key] = Rounded(row.Result.Mean(measure));
        }
        json["coverage"] = Rounded(row.Result.Coverage);
        json["gini"] = Rounded(row.Result.Gini);
        json["popularityLift"] = Rounded(row.Result.PopularityLift);
        json["fitSeconds"] = Math.Round(row.FitSeconds, 3);
        json["rankSeconds"] = Math.Round(row.RankSeconds, 3);
        json["tuneSeconds"] = Math.Round(row.TuneSeconds, 3);
        json["trials"] = row.Trials;
        json["seeds"] = row.Seeds;
        json["parameters"] = new JsonArray([
            .. row.Parameters.Select(values => new JsonObject(
                values
                    .OrderBy(value => value.Key, StringComparer.Ordinal)
                    .Select(value => KeyValuePair.Create(value.Key, (JsonNode?)value.Value))
            )),
        ]);
        if (outcome.Differences.TryGetValue(row.Model, out var intervals))
        {
            var differences = new JsonObject();
            foreach (var (measure, interval) in outcome.Kind.Leading.Zip(intervals))
            {
                differences[$"{Array.Find(Hits, hit => hit.Measure == measure).Key}{outcome.K}"] = new JsonObject
                {
                    ["mean"] = Rounded(interval.Mean),
                    ["low"] = Rounded(interval.Low),
                    ["high"] = Rounded(interval.High),
                };
            }
            json["differenceFromBest"] = differences;
        }
        return json;
    }

    private static string Title(EvaluationOutcome outcome) =>
        outcome.Rows.Count == 0
            ? $"Evaluation: {outcome.Kind.Protocol}, no model"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Evaluation: {outcome.Kind.Protocol}, top {outcome.K} for {outcome.Rows[0].Result.Cases:n0} {outcome.Kind.Case}"
            );

    private static IEnumerable<(string[] Headings, List<string[]> Rows)> Tables(EvaluationOutcome outcome)
    {
        yield return (
            ["model", .. Hits.Select(hit => $"{hit.Heading}@{outcome.K}"), "fit s", "rank s", "tune s"],
            [.. outcome.Rows.Select(row => HitRow(outcome, row))]
        );
        yield return (BeyondHeadings, [.. outcome.Rows.Select(BeyondRow)]);
        if (outcome.Differences.Count > 0)
        {
            yield return (
                [
                    $"less {outcome.Best.Model}",
                    .. outcome.Kind.Leading.Select(m =>
                        $"{Array.Find(Hits, hit => hit.Measure == m).Heading}@{outcome.K}"
                    ),
                ],
                [
                    .. outcome.Differences.Select(difference =>
                        (string[])[difference.Key, .. difference.Value.Select(Interval)]
                    ),
                ]
            );
        }
    }

    private static string[] HitRow(EvaluationOutcome outcome, EvaluationRow row) =>
        [
            row.Model,
            .. Hits.Select(hit =>
                outcome.Kind.Leading.Contains(hit.Measure)
                    ? $"{Number(row.Result.Mean(hit.Measure))} ±{Number(row.Result.StandardError(hit.Measure))}"
                    : Number(row.Result.Mean(hit.Measure))
            ),
            Seconds(row.FitSeconds),
            Seconds(row.RankSeconds),
            Seconds(row.TuneSeconds),
        ];

    private static string[] BeyondRow(EvaluationRow row) =>
        [
            row.Model,
            .. Beyond.Select(beyond => Number(row.Result.Mean(beyond.Measure))),
            Number(row.Result.Coverage),
            Number(row.Result.Gini),
            row.Result.PopularityLift.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture),
        ];

    private static void AppendLine(StringBuilder text, string[] cells) =>
        text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");

    private static string Interval(ConfidenceInterval interval) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{interval.Mean:+0.0000;-0.0000;0.0000} [{interval.Low:+0.0000;-0.0000;0.0000}, {interval.High:+0.0000;-0.0000;0.0000}]"
        );

    private static double Rounded(double value) => Math.Round(value, 6);

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Seconds(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
