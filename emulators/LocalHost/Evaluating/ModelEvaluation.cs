using System.Globalization;
using Nocturne.LocalHost.CommandLine;
using Nocturne.Recommending;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Tunes, fits and measures models on the folds of a protocol, one model after the other.</summary>
/// <param name="settings">What is asked for.</param>
/// <param name="activity">Where it says what it is at.</param>
/// <param name="tune">How hyper-parameters are chosen.</param>
internal sealed class ModelEvaluation(EvaluationSettings settings, Activity activity, Tuning tune)
{
    /// <summary>Evaluates models.</summary>
    /// <param name="families">Which.</param>
    /// <param name="foldsOf">The folds for a seed: the same cases, equally good items in another order.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public async Task<(
        IReadOnlyList<EvaluationRow> Rows,
        IReadOnlyList<(string Model, string Reason)> Skipped
    )> RunAsync(
        IReadOnlyList<ModelFamily> families,
        Func<int, IReadOnlyList<EvaluationFold>> foldsOf,
        CancellationToken cancellation
    )
    {
        var folds = Enumerable
            .Range(1, settings.Seeds)
            .Select(seed => new Lazy<IReadOnlyList<EvaluationFold>>(() => foldsOf(seed)))
            .ToArray();
        var rows = new List<EvaluationRow>();
        var skipped = new List<(string Model, string Reason)>();
        foreach (var family in families)
        {
            var reason = folds[0]
                .Value.Select(fold => family.Unsuited(fold.Data))
                .FirstOrDefault(why => why is not null);
            if (reason is not null)
            {
                skipped.Add((family.Name, reason));
                continue;
            }
            rows.Add(await EvaluateAsync(family, families.Count, folds, cancellation));
        }
        return (rows, skipped);
    }

    private async Task<EvaluationRow> EvaluateAsync(
        ModelFamily family,
        int families,
        Lazy<IReadOnlyList<EvaluationFold>>[] folds,
        CancellationToken cancellation
    )
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var first = folds[0].Value;
        var chosen = new List<SearchOutcome>();
        foreach (var fold in first)
        {
            chosen.Add(await TuneAsync(family, fold, families * first.Count, cancellation));
        }
        var tuneSeconds = time.GetElapsedTime(start).TotalSeconds;
        var seeds = new List<RankingResult>();
        var (fitSeconds, rankSeconds) = (0d, 0d);
        foreach (var (index, seedFolds) in folds.Index())
        {
            var results = new List<RankingResult>();
            foreach (var (f, fold) in seedFolds.Value.Index())
            {
                var what = $"{family.Name}, seed {index + 1} of {folds.Length}, {fold.Name}";
                start = time.GetTimestamp();
                var model = await activity.DoAsync(
                    $"{what}: fitting",
                    () => family.Fit(fold.Data, chosen[f].Best.Values, index + 1, settings.Workers, cancellation)
                );
                fitSeconds += time.GetElapsedTime(start).TotalSeconds;
                start = time.GetTimestamp();
                results.Add(
                    await activity.CountAsync(
                        $"{what}: ranking",
                        fold.Cases.Count,
                        report =>
                            RankingEvaluation.Run([model], fold, settings.K, settings.Workers, report, cancellation)[0]
                    )
                );
                rankSeconds += time.GetElapsedTime(start).TotalSeconds;
            }
            seeds.Add(RankingResult.Join(results));
        }
        return new EvaluationRow(
            family.Name,
            RankingResult.Mean(seeds),
            folds.Length,
            [.. chosen.Select(outcome => outcome.Best.Values.Values)],
            chosen.Sum(outcome => outcome.Trials.Count),
            tuneSeconds,
            fitSeconds / folds.Length,
            rankSeconds / folds.Length
        );
    }

    private async Task<SearchOutcome> TuneAsync(
        ModelFamily family,
        EvaluationFold fold,
        int searches,
        CancellationToken cancellation
    )
    {
        var budget = settings.BudgetOf(searches);
        if (budget.Trials == 0 && family is not BlendFamily)
        {
            return new SearchOutcome(new Trial(HyperParameters.Defaults, 0), []);
        }
        var tuning = new TuningSettings(budget, 1, settings.Workers, TimeProvider.System, activity.Trials(family.Name));
        return await activity.DoAsync(
            string.Create(CultureInfo.InvariantCulture, $"{family.Name}, {fold.Name}: choosing hyper-parameters"),
            () => tune(family, fold, tuning, cancellation)
        );
    }
}
