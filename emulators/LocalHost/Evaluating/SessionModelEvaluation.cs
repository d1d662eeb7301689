using Nocturne.LocalHost.CommandLine;
using Nocturne.Recommending;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Tunes, fits and measures session models, one after the other.</summary>
/// <param name="settings">What is asked for.</param>
/// <param name="activity">Where it says what it is at.</param>
internal sealed class SessionModelEvaluation(EvaluationSettings settings, Activity activity)
{
    /// <summary>Evaluates session models.</summary>
    /// <param name="families">Which.</param>
    /// <param name="splitOf">The sessions for a seed: the same, equally good items in another order.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public async Task<IReadOnlyList<EvaluationRow>> RunAsync(
        IReadOnlyList<SessionModelFamily> families,
        Func<int, SessionSplit> splitOf,
        CancellationToken cancellation
    )
    {
        var splits = Enumerable
            .Range(1, settings.Seeds)
            .Select(seed => new Lazy<SessionSplit>(() => splitOf(seed)))
            .ToArray();
        var rows = new List<EvaluationRow>();
        foreach (var family in families)
        {
            rows.Add(await EvaluateAsync(family, families.Count, splits, cancellation));
        }
        return rows;
    }

    private async Task<EvaluationRow> EvaluateAsync(
        SessionModelFamily family,
        int families,
        Lazy<SessionSplit>[] splits,
        CancellationToken cancellation
    )
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var budget = settings.BudgetOf(families);
        var tuning = new TuningSettings(budget, 1, settings.Workers, time, activity.Trials(family.Name));
        var chosen =
            budget.Trials == 0
                ? new SearchOutcome(new Trial(HyperParameters.Defaults, 0), [])
                : await activity.DoAsync(
                    $"{family.Name}: choosing hyper-parameters",
                    () => splits[0].Value.Tune(family, tuning, cancellation)
                );
        var tuneSeconds = time.GetElapsedTime(start).TotalSeconds;
        var results = new List<RankingResult>();
        var (fitSeconds, rankSeconds) = (0d, 0d);
        foreach (var (index, split) in splits.Index())
        {
            var what = $"{family.Name}, seed {index + 1} of {splits.Length}";
            var (train, test) = (split.Value.Train, split.Value.Test);
            start = time.GetTimestamp();
            var model = await activity.DoAsync(
                $"{what}: fitting",
                () => family.Fit(train, chosen.Best.Values, settings.Workers, cancellation)
            );
            fitSeconds += time.GetElapsedTime(start).TotalSeconds;
            start = time.GetTimestamp();
            results.Add(
                await activity.CountAsync(
                    $"{what}: predicting",
                    test.Count,
                    report =>
                        SessionEvaluation.Run([model], train, test, settings.K, settings.Workers, report, cancellation)[
                            0
                        ]
                )
            );
            rankSeconds += time.GetElapsedTime(start).TotalSeconds;
        }
        return new EvaluationRow(
            family.Name,
            RankingResult.Mean(results),
            splits.Length,
            [chosen.Best.Values.Values],
            chosen.Trials.Count,
            tuneSeconds,
            fitSeconds / splits.Length,
            rankSeconds / splits.Length
        );
    }
}
