namespace Nocturne.Recommending;

/// <summary>Chooses a family's hyper-parameters for a fold, on its training data alone.</summary>
/// <param name="family">The family.</param>
/// <param name="fold">Its training data, and through <see cref="EvaluationFold.Validation"/> slices of it; its cases
/// are not looked at.</param>
/// <param name="settings">What it may cost.</param>
/// <param name="cancellation">Ends the search.</param>
public delegate SearchOutcome Tuning(
    ModelFamily family,
    EvaluationFold fold,
    TuningSettings settings,
    CancellationToken cancellation
);

/// <summary>How models are tuned.</summary>
/// <param name="Budget">What the search may cost.</param>
/// <param name="Seed">Of the configurations tried and of the fits.</param>
/// <param name="Workers">Threads; the result does not depend on it.</param>
/// <param name="Time">The clock of the budget.</param>
/// <param name="Report">Told after every trial.</param>
public sealed record TuningSettings(
    SearchBudget Budget,
    int Seed,
    int Workers,
    TimeProvider Time,
    Action<Trial>? Report = null
)
{
    /// <summary>The values in use, which the search begins with; null: the defaults. A blend's are those of all its
    /// components.</summary>
    public HyperParameters? Start { get; init; }

    /// <summary>The only component of a blend that is searched, by name; the others stay as they are. Null: all.</summary>
    public string? SearchedComponent { get; init; }
}

/// <summary>The search that every single family can be tuned by.</summary>
public static class ModelTuner
{
    /// <summary>The cut-off of the metrics that configurations are chosen by.</summary>
    public const int K = 20;

    /// <summary>
    /// <see cref="HyperParameterSearch"/> for the mean of Recall@20 and NDCG@20 over the cases of all validation folds.
    /// </summary>
    public static SearchOutcome Tune(
        ModelFamily family,
        EvaluationFold fold,
        TuningSettings settings,
        CancellationToken cancellation
    )
    {
        var slices = fold.Validation.Where(slice => family.Unsuited(slice.Data) is null).ToArray();
        var budget = slices.Length == 0 ? settings.Budget with { Trials = 0 } : settings.Budget;
        return HyperParameterSearch.Run(
            family.Parameters,
            budget,
            settings.Seed,
            Score,
            settings.Time,
            settings.Report,
            settings.Start,
            cancellation
        );

        double Score(HyperParameters values, CancellationToken trial)
        {
            var (sum, cases) = (0d, 0);
            foreach (var slice in slices)
            {
                var model = family.Fit(slice.Data, values, settings.Seed, settings.Workers, trial);
                var report = RankingEvaluation.Accuracy(model, slice, K, settings.Workers, trial);
                sum += (report.MeanRecall + report.MeanNdcg) / 2 * slice.Cases.Count;
                cases += slice.Cases.Count;
            }
            return cases == 0 ? 0 : sum / cases;
        }
    }
}
