using System.Text.Json.Nodes;
using Nocturne.Recommending;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>What was found out about one model.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Result">Its metrics, the mean over seeds.</param>
/// <param name="Seeds">How many seeds it was fitted with.</param>
/// <param name="Parameters">The hyper-parameters chosen, for each fold; empty where all are defaults.</param>
/// <param name="Trials">Configurations tried in all.</param>
/// <param name="TuneSeconds">What choosing them took.</param>
/// <param name="FitSeconds">What fitting took, the mean over seeds; over all folds together.</param>
/// <param name="RankSeconds">What ranking all candidates for all cases took, likewise.</param>
internal sealed record EvaluationRow(
    string Model,
    RankingResult Result,
    int Seeds,
    IReadOnlyList<IReadOnlyDictionary<string, double>> Parameters,
    int Trials,
    double TuneSeconds,
    double FitSeconds,
    double RankSeconds
)
{
    /// <summary>What models are compared by: the mean of the two metrics that matter most.</summary>
    public double Quality(EvaluationKind kind) => kind.Leading.Average(Result.Mean);
}

/// <summary>How a protocol's metrics are shown.</summary>
/// <param name="Protocol">Its name.</param>
/// <param name="Leading">The metrics that models are compared by.</param>
/// <param name="Case">What a case is called.</param>
internal sealed record EvaluationKind(string Protocol, IReadOnlyList<CaseMeasure> Leading, string Case)
{
    public static readonly EvaluationKind TopN = new("top-n", [CaseMeasure.Recall, CaseMeasure.Ndcg], "listeners");

    public static readonly EvaluationKind Time = new("time", [CaseMeasure.Recall, CaseMeasure.Ndcg], "cases");

    public static readonly EvaluationKind Sessions = new(
        "sessions",
        [CaseMeasure.Precision, CaseMeasure.ReciprocalRank],
        "prefixes"
    );
}

/// <summary>A protocol's outcome: the models side by side.</summary>
/// <param name="Kind">The protocol.</param>
/// <param name="K">The cut-off.</param>
/// <param name="Facts">What the data is, by name, in the order in which it is shown.</param>
/// <param name="Rows">Models, in the order asked for.</param>
/// <param name="Skipped">Models that could not be fitted, and why.</param>
/// <param name="Differences">Of each row but the best, from the best, by leading metric.</param>
internal sealed record EvaluationOutcome(
    EvaluationKind Kind,
    int K,
    IReadOnlyList<(string Name, JsonValue Value)> Facts,
    IReadOnlyList<EvaluationRow> Rows,
    IReadOnlyList<(string Model, string Reason)> Skipped,
    IReadOnlyDictionary<string, IReadOnlyList<ConfidenceInterval>> Differences
)
{
    /// <summary>The row with the highest mean of the leading metrics, of equals the first.</summary>
    public EvaluationRow Best => Rows.MaxBy(row => row.Quality(Kind))!;

    /// <summary>Compares rows with the best of them.</summary>
    public static EvaluationOutcome Of(
        EvaluationKind kind,
        int k,
        IReadOnlyList<(string Name, JsonValue Value)> facts,
        IReadOnlyList<EvaluationRow> rows,
        IReadOnlyList<(string Model, string Reason)> skipped,
        int workers
    )
    {
        const long Seed = 1;
        var best = rows.MaxBy(row => row.Quality(kind));
        var differences = new Dictionary<string, IReadOnlyList<ConfidenceInterval>>(StringComparer.Ordinal);
        foreach (var row in rows.Where(row => row != best))
        {
            differences[row.Model] =
            [
                .. kind.Leading.Select(measure =>
                    PairedBootstrap.Difference(row.Result, best!.Result, measure, Seed, workers)
                ),
            ];
        }
        return new EvaluationOutcome(kind, k, facts, rows, skipped, differences);
    }
}
