using System.Globalization;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Costs;
using Nocturne.LocalHost.Operations;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Recommending;
using Spectre.Console;

namespace Nocturne.LocalHost.Commands;

/// <summary>What people see of runs, listeners and playlists.</summary>
internal static class Screens
{
    private static readonly string[] Weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    public static void Show(Terminal terminal, RunView run)
    {
        var record = run.Record;
        terminal.Headline($"Night of {record.Run}: {record.State.ToString().ToLowerInvariant()}");
        var table = Terminal.Columns("", "");
        Row(table, "started", $"{record.StartedAt:u}");
        if (record.EndedAt is { } ended)
        {
            Row(
                table,
                "took",
                string.Create(CultureInfo.InvariantCulture, $"{(ended - record.StartedAt).TotalSeconds:f1} s")
            );
        }
        Row(table, "steps", $"{run.StepsDone} of {run.Steps}, {record.Shards} shards");
        if (record.State == RunState.Finished)
        {
            Row(
                table,
                "trained on",
                Number($"{record.Interactions:n0} pairs of a listener and one of {record.Items:n0} items")
            );
            if (record.Model is { } model)
            {
                Row(table, "blended", Blended(model));
                Row(table, "configuration", Decided(model));
            }
            Row(
                table,
                "made",
                Number(
                    $"{record.Playlists:n0} playlists of {record.Tracks:n0} tracks for {record.Listeners:n0} listeners"
                )
            );
            Row(
                table,
                "",
                string.Join(", ", record.PlaylistsByKind.Select(kind => Number($"{kind.Value:n0} {kind.Key}")))
            );
            if (record.Incremental is { } work && record.Epoch is { } epoch)
            {
                Row(
                    table,
                    "listeners",
                    Number(
                        $"{work.Composed:n0} composed anew, {work.Refreshed:n0} refreshed, {work.Kept:n0} kept; the model's epoch is that of {epoch.Run}"
                    )
                );
            }
            if (record.Usage is { } usage)
            {
                Row(
                    table,
                    "stores",
                    Number(
                        $"{usage.DocumentReads:n0} documents and {usage.ObjectClassB:n0} objects read, {usage.DocumentWrites:n0} and {usage.ObjectClassA:n0} written: ${PriceOf(usage):n4} at list prices"
                    )
                );
                if (record.ProcessorTime is { } processor)
                {
                    Row(
                        table,
                        "processors",
                        Number($"{processor.TotalSeconds:n1} s: ${PriceOf(processor):n4} at list prices")
                    );
                }
            }
            if (record.Emerging is { Share: { } share } emerging)
            {
                Row(
                    table,
                    "emerging artists",
                    Number(
                        $"{emerging.Artists:n0}, {share / 10_000.0:f2} % of all tracks ({emerging.Target / 10_000.0:f1} % asked for, price {emerging.Price / 1000.0:f2}, cost {emerging.Cost / 10_000.0:f2} % of score)"
                    )
                );
            }
            Row(table, "served", run.IsPublished ? "yes" : "no, a later night's are");
        }
        if (record.Checks.Count > 0)
        {
            var odd = record.Checks.Where(check => check.Outcome == CheckOutcome.Failed).Select(Measured).ToList();
            var passed = record.Checks.Count(check => check.Outcome == CheckOutcome.Passed);
            Row(
                table,
                "checks",
                odd.Count == 0
                    ? Number($"{passed} of {record.Checks.Count} passed, the others had nothing to measure")
                    : string.Join(", ", odd)
            );
        }
        if (record.Failure is { } failure)
        {
            Row(table, "failed", failure);
        }
        terminal.Screen.Write(table);
    }

    private static string Measured(CheckResult check) =>
        Number(
            $"{check.Severity.ToString().ToLowerInvariant()} {check.Name}: {check.Measured:0.####}, outside {check.Least:0.##} to {check.Most:0.##}"
        );

    /// <summary>What the instances of a night's function would be billed for so much work.</summary>
    private static decimal PriceOf(TimeSpan processor)
    {
        var seconds = (decimal)processor.TotalSeconds / FunctionShape.Night.Utilisation;
        return Bill.Of(
            [
                new UsageItem("processors of instances", seconds, PriceIds.Cpu),
                new UsageItem("memory of instances", seconds * FunctionShape.Night.GiBPerCpu, PriceIds.Memory),
            ],
            PriceList.Default()
        ).TotalUsd;
    }

    /// <summary>What the stores ask for a night's operations; what is kept is in <c>nocturne costs</c>.</summary>
    private static decimal PriceOf(OperationCounts usage) =>
        Bill.Of(
            [
                new UsageItem("documents read", usage.DocumentReads, PriceIds.DocumentRead),
                new UsageItem("documents written", usage.DocumentWrites, PriceIds.DocumentWrite),
                new UsageItem("documents deleted", usage.DocumentDeletes, PriceIds.DocumentDelete),
                new UsageItem("objects written, pages listed", usage.ObjectClassA, PriceIds.ObjectClassA),
                new UsageItem("objects read", usage.ObjectClassB, PriceIds.ObjectClassB),
            ],
            PriceList.Default()
        ).TotalUsd;

    /// <summary>The families with a weight, by how much they count for histories of middle length.</summary>
    private static string Blended(ModelRecord model)
    {
        const int Middle = 2;
        var weights = model
            .Families.Select(family => (family, model.Values.GetValueOrDefault($"{family}/weight@{Middle}")))
            .Where(weight => weight.Item2 > 0)
            .OrderByDescending(weight => weight.Item2)
            .ToList();
        return weights.Count == 0
            ? "all models alike"
            : string.Join(", ", weights.Select(weight => Number($"{weight.Item2:p0} {weight.family}")));
    }

    private static string Decided(ModelRecord model)
    {
        var decision = model.Decision;
        var numbers = Number(
            $"{decision.Candidate:f4} against {decision.Reigning:f4} for {decision.Listeners:n0} listeners' newest day (difference {decision.Difference.Low:f4} to {decision.Difference.High:f4})"
        );
        return decision.Outcome switch
        {
            PromotionOutcome.First => "the first: there was none to compare with",
            PromotionOutcome.Promoted => $"a new one, {numbers}",
            PromotionOutcome.NotSurelyAsGood => $"kept: a new one may be worse, {numbers}",
            PromotionOutcome.BelowBest => $"kept: a new one is below the best of the latest nights, {numbers}",
            PromotionOutcome.TooFewListeners => $"kept: too few listeners to tell, {numbers}",
            _ => Number($"unchanged, {decision.Reigning:f4} for {decision.Listeners:n0} listeners' newest day"),
        };
    }

    public static void Show(Terminal terminal, PlaylistView playlist, int tracks)
    {
        terminal.Headline(playlist.Title);
        terminal.Say(playlist.Description);
        var table = Terminal.Columns("", "artist", "title", "reason");
        foreach (var (index, track) in playlist.Tracks.Take(tracks).Index())
        {
            Row(
                table,
                (index + 1).ToString(CultureInfo.InvariantCulture),
                track.Artist ?? "",
                track.Title ?? track.Item,
                track.Reason
            );
        }
        terminal.Screen.Write(table);
        if (playlist.Tracks.Count > tracks)
        {
            terminal.Say($"   and {playlist.Tracks.Count - tracks} more");
        }
    }

    public static void Show(Terminal terminal, ListenerView listener)
    {
        var totals = listener.Totals;
        terminal.Headline($"Listener {listener.Listener}");
        var table = Terminal.Columns("", "");
        Row(
            table,
            "plays",
            Number(
                $"{totals.Plays:n0}, of which {totals.Streams:n0} streams and {totals.Skips:n0} skips; {TimeSpan.FromMilliseconds(totals.MsPlayed).TotalHours:n1} hours"
            )
        );
        Row(
            table,
            "besides",
            Number(
                $"{totals.Statements:n0} statements, {totals.Impressions:n0} impressions, {totals.ExcludedPlays:n0} plays excluded"
            )
        );
        Row(table, "lives", string.Join(", ", new[] { listener.TimeZone, listener.Market }.OfType<string>()));
        Row(table, "hours (UTC)", string.Join(' ', listener.StreamsByHourUtc));
        Row(
            table,
            "weekdays",
            string.Join(' ', listener.StreamsByWeekdayUtc.Select((count, day) => $"{Weekdays[day]} {count}"))
        );
        Row(table, "likes", string.Join(", ", listener.Liked));
        Row(table, "hates", string.Join(", ", listener.Hated));
        Row(table, "follows", string.Join(", ", listener.Follows));
        Row(table, "excludes", string.Join(", ", listener.Excludes));
        terminal.Screen.Write(table);

        terminal.Headline("Latest plays");
        var recent = Terminal.Columns("", "", "");
        foreach (var play in listener.RecentPlays.Take(10))
        {
            Row(recent, $"{play.At:yyyy-MM-dd HH:mm:ss}", play.Name ?? play.Item, play.IsSkip ? "skipped" : "");
        }
        terminal.Screen.Write(recent);
        Show(terminal, "Most played tracks", listener.Items);
        Show(terminal, "Most played artists", listener.Artists);
    }

    private static void Show(Terminal terminal, string headline, IReadOnlyList<AffinityView> affinities)
    {
        terminal.Headline(headline);
        var table = Terminal.Columns("lately", "in all", "");
        foreach (var affinity in affinities.Take(10))
        {
            Row(table, Number($"{affinity.Short:n1}"), Number($"{affinity.Long:n1}"), affinity.Name ?? affinity.Id);
        }
        terminal.Screen.Write(table);
    }

    /// <summary>A row, unless it has a name and says nothing.</summary>
    public static void Row(Table table, params string[] cells)
    {
        if (cells.Length == 2 && cells[1].Length == 0)
        {
            return;
        }
        table.AddRow([.. cells.Select(Markup.Escape)]);
    }

    public static string Number(FormattableString text) => FormattableString.Invariant(text);
}
