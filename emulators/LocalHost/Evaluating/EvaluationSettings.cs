using Nocturne.Recommending;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>What an evaluation is told on the command line.</summary>
internal sealed record EvaluationSettings
{
    /// <summary>Names of models; null for all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>The cut-off.</summary>
    public int K { get; init; } = 20;

    /// <summary>How often models are fitted, from seed 1 on.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Configurations tried for each model and fold; 0 takes defaults, null as many as the time allows.</summary>
    public int? Trials { get; init; } = 0;

    /// <summary>Time for choosing hyper-parameters, shared equally by models and folds; null for no limit.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Threads.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>What one search may cost.</summary>
    /// <param name="searches">How many share the budget.</param>
    public SearchBudget BudgetOf(int searches)
    {
        const int MostTrials = 10_000; // the time ends the search before
        return new SearchBudget(Trials ?? MostTrials, Budget / Math.Max(1, searches));
    }
}
