using System.Globalization;
using System.Text;
using Nocturne.Nights;
using Nocturne.Recommending;

namespace Nocturne.RunNight.Checks;

/// <summary>A run's report as a person reads it: Markdown of what <see cref="RunRecord"/> holds.</summary>
public static class NightReport
{
    /// <summary>Writes it.</summary>
    public static string Write(RunRecord record)
    {
        var text = new StringBuilder();
        Line(text, $"# Night of {record.Run}: {record.State.ToString().ToLowerInvariant()}");
        Line(text, $"");
        if (record.Failure is { } failure)
        {
            Line(text, $"**{failure}** What was published before stays.");
            Line(text, $"");
        }
        Line(text, $"| | |");
        Line(text, $"| --- | --- |");
        Line(text, $"| started | {record.StartedAt:u} |");
        if (record.EndedAt is { } ended)
        {
            Line(text, $"| took | {(ended - record.StartedAt).TotalSeconds:f1} s |");
        }
        Line(text, $"| goes on from | {record.Previous ?? "nothing: it is the first"} |");
        Line(text, $"| listeners | {record.Listeners:n0} in {record.Shards:n0} shards |");
        Line(text, $"| trained on | {record.Interactions:n0} pairs of a listener and one of {record.Items:n0} items |");
        Line(text, $"| made | {record.Playlists:n0} playlists of {record.Tracks:n0} tracks |");
        if (record.Blends > 0)
        {
            Line(text, $"| blends | {record.Blends:n0}, of which {record.FairBlends:n0} are fair to all |");
        }
        WriteModel(text, record.Model);
        WriteChecks(text, record.Checks);
        WriteShown(text, record.Shown);
        return text.ToString();
    }

    private static void WriteModel(StringBuilder text, ModelRecord? model)
    {
        if (model is null)
        {
            return;
        }
        var decision = model.Decision;
        Line(text, $"");
        Line(text, $"## Model");
        Line(text, $"");
        Line(text, $"Configuration: {Words(decision.Outcome)}. Trained from {model.WarmStart ?? "new vectors"}.");
        if (decision.Listeners > 0)
        {
            Line(
                text,
                $"On the newest day of {decision.Listeners:n0} listeners: candidate {decision.Candidate:f4}, reigning {decision.Reigning:f4}, difference {decision.Difference.Low:f4} to {decision.Difference.High:f4} (95 %), best of the latest nights {decision.BestOfNights:f4}."
            );
        }
        var searched = model.Searched is { } name ? $"{model.Trials} configurations of {name} were tried; " : "";
        Line(text, $"{searched}validation ({model.Validation}) {model.ValidationQuality:f4}.");
    }

    private static void WriteChecks(StringBuilder text, IReadOnlyList<CheckResult> checks)
    {
        if (checks.Count == 0)
        {
            return;
        }
        Line(text, $"");
        Line(text, $"## Checks");
        Line(text, $"");
        Line(text, $"| check | severity | outcome | measured | least | most |");
        Line(text, $"| --- | --- | --- | ---: | ---: | ---: |");
        foreach (var check in checks)
        {
            var outcome = check.Outcome switch
            {
                CheckOutcome.Passed => "passed",
                CheckOutcome.Failed => "**failed**",
                _ => "nothing to measure",
            };
            Line(
                text,
                $"| {check.Name} | {check.Severity.ToString().ToLowerInvariant()} | {outcome} | {check.Measured:0.####} | {check.Least:0.##} | {check.Most:0.##} |"
            );
        }
    }

    private static void WriteShown(StringBuilder text, ShownSummary? shown)
    {
        if (shown is null)
        {
            return;
        }
        Line(text, $"");
        Line(text, $"## Playlists");
        Line(text, $"");
        Line(
            text,
            $"{shown.Slots:n0} slots show {shown.Items:n0} items; the most shown hundredth takes {shown.TopShare ?? 0:p1}."
        );
        Line(text, $"");
        Line(text, $"| recipe | playlists | tracks each | unheard | artists each | explored | mean score |");
        Line(text, $"| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (kind, counts) in shown.Recipes)
        {
            var slots = Math.Max(1, counts.Slots);
            Line(
                text,
                $"| {kind} | {counts.Playlists:n0} | {(double)counts.Slots / counts.Playlists:f1} | {(double)counts.Unheard / slots:p1} | {(double)counts.Artists / counts.Playlists:f1} | {(double)counts.Explored / slots:p2} | {counts.Score / slots:f3} |"
            );
        }
    }

    private static string Words(PromotionOutcome outcome) =>
        outcome switch
        {
            PromotionOutcome.First => "the first",
            PromotionOutcome.Promoted => "a new one was promoted",
            PromotionOutcome.NotSurelyAsGood => "kept, a new one may be worse",
            PromotionOutcome.BelowBest => "kept, a new one is below the best of the latest nights",
            PromotionOutcome.TooFewListeners => "kept, too few listeners to tell",
            _ => "unchanged",
        };

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
