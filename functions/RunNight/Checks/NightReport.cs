using System.Globalization;
using System.Text;
using Nocturne.Nights;
using Nocturne.Ports;
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
        WriteDurations(text, record);
        Line(text, $"| goes on from | {record.Previous ?? "nothing: it is the first"} |");
        if (record.InputsUntil is { } until)
        {
            Line(text, $"| backfill | what happened up to {until:yyyy-MM-dd} (UTC) |");
        }
        Line(text, $"| listeners | {record.Listeners:n0} in {record.Shards:n0} shards |");
        Line(text, $"| trained on | {record.Interactions:n0} pairs of a listener and one of {record.Items:n0} items |");
        Line(text, $"| made | {record.Playlists:n0} playlists of {record.Tracks:n0} tracks |");
        WriteIncremental(text, record);

        if (record.Blends > 0)
        {
            Line(text, $"| blends | {record.Blends:n0}, of which {record.FairBlends:n0} are fair to all |");
        }
        WriteUsage(text, record.Usage, record.ProcessorTime, record.Listeners);
        WriteModel(text, record.Model);
        WriteEmerging(text, record.Emerging);
        WriteChecks(text, record.Checks);
        WriteShown(text, record.Shown);
        return text.ToString();
    }

    private static void WriteDurations(StringBuilder text, RunRecord record)
    {
        if (record.EndedAt is not { } ended)
        {
            return;
        }
        Line(text, $"| took | {(ended - record.StartedAt).TotalSeconds:f1} s |");
        (string Step, DateTimeOffset? From, DateTimeOffset? To)[] steps =
        [
            ("snapshot", record.StartedAt, record.TrainingAt),
            ("train", record.TrainingAt, record.ComposingAt),
            ("compose", record.ComposingAt, record.ClosingAt),
            ("close", record.ClosingAt, ended),
        ];
        var known = steps
            .Where(step => step.From is not null && step.To is not null)
            .Select(step =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{step.Step} {(step.To - step.From)!.Value.TotalSeconds:f1} s"
                )
            )
            .ToList();
        if (known.Count > 0)
        {
            Line(text, $"| of that | {string.Join(", ", known)} |");
        }
    }

    private static void WriteIncremental(StringBuilder text, RunRecord record)
    {
        if (record.Incremental is not { } counts || record.Epoch is not { } epoch)
        {
            return;
        }
        Line(text, $"");
        Line(text, $"## Work");
        Line(text, $"");
        Line(
            text,
            $"{counts.Composed:n0} listeners were composed anew; {counts.Refreshed:n0} had not changed and got what was due; {counts.Kept:n0} keep the objects of earlier runs. {counts.Composed + counts.Refreshed:n0} objects of playlists were written."
        );
        var overlap = epoch.Overlap is { } share
            ? string.Create(
                CultureInfo.InvariantCulture,
                $" It recommends {share / 1000.0:p1} of what the epoch's first model did ({epoch.Sample:n0} listeners)."
            )
            : "";
        Line(text, $"");
        Line(text, $"The model's epoch is that of {epoch.Run}: {Words(epoch.Reason)}.{overlap}");
    }

    private static void WriteUsage(StringBuilder text, OperationCounts? used, TimeSpan? processor, int listeners)
    {
        if (used is not { } usage)
        {
            return;
        }
        const double Mebibytes = 1 << 20;
        Line(text, $"");
        Line(text, $"## Cost");
        Line(text, $"");
        Line(text, $"What its steps used; `nocturne show run` has it at list prices.");
        Line(text, $"");
        if (processor is { } time)
        {
            Line(
                text,
                $"{time.TotalSeconds:n1} s of processors: {time.TotalMilliseconds / Math.Max(1, listeners):n2} ms a listener."
            );
            Line(text, $"");
        }
        Line(text, $"| | operations | MiB |");
        Line(text, $"| --- | ---: | ---: |");
        Line(text, $"| documents read | {usage.DocumentReads:n0} | {usage.DocumentBytesRead / Mebibytes:n1} |");
        Line(text, $"| documents written | {usage.DocumentWrites:n0} | {usage.DocumentBytesWritten / Mebibytes:n1} |");
        Line(
            text,
            $"| objects written, listings | {usage.ObjectClassA:n0} | {usage.ObjectBytesWritten / Mebibytes:n1} |"
        );
        Line(text, $"| objects read | {usage.ObjectClassB:n0} | {usage.ObjectBytesRead / Mebibytes:n1} |");
    }

    private static void WriteEmerging(StringBuilder text, EmergingExposure? emerging)
    {
        if (emerging is null)
        {
            return;
        }
        const double Millionths = 1_000_000;
        Line(text, $"");
        Line(text, $"## Emerging artists");
        Line(text, $"");
        Line(
            text,
            $"{emerging.Artists:n0} artists are emerging; they have {(emerging.Share ?? 0) / Millionths:p2} of all tracks."
        );
        Line(text, $"");
        Line(
            text,
            emerging.Target == 0
                ? (FormattableString)$"No share is asked for, so there is no price."
                : $"At least {emerging.Target / Millionths:p2} is asked for: the price is {emerging.Price / 1000.0:f3}, which on {emerging.Sample:n0} listeners raises the share from {emerging.ShareWithout / Millionths:p2} to {emerging.ShareExpected / Millionths:p2} and costs {emerging.Cost / Millionths:p2} of the model's score."
        );
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
        Line(text, $"");
        Line(
            text,
            $"Blended from {string.Join(", ", model.Families)}; seed {model.Seed}, data {model.DataVersion}, code {model.CodeVersion}."
        );
        Line(text, $"");
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

    private static string Words(EpochReason reason) =>
        reason switch
        {
            EpochReason.First => "the first",
            EpochReason.Weekly => "a new one, once a week",
            EpochReason.Code => "a new one, for the program's version changed",
            EpochReason.Price => "a new one, for the price of exposure changed",
            EpochReason.Drift => "a new one, for the model changed beyond its bound",
            _ => "it goes on",
        };

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
