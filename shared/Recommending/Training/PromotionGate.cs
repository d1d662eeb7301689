namespace Nocturne.Recommending;

/// <summary>What a configuration has to show before it replaces the one in use.</summary>
public sealed record PromotionRules
{
    /// <summary>The share of the reigning quality that the lower bound of the difference may be below it. Default: 1 %.</summary>
    public double MostLoss { get; init; } = 0.01;

    /// <summary>The share that the candidate may be below the best of the latest nights. Default: 2 %.</summary>
    public double MostBelowBest { get; init; } = 0.02;

    /// <summary>How many nights are the latest. Default: 28.</summary>
    public int Nights { get; init; } = 28;

    /// <summary>Listeners without which nothing is decided. Default: 200.</summary>
    public int LeastListeners { get; init; } = 200;
}

/// <summary>What became of a candidate.</summary>
public enum PromotionOutcome
{
    /// <summary>There was no configuration before.</summary>
    First,

    /// <summary>The candidate is used from now on.</summary>
    Promoted,

    /// <summary>It may be worse than the reigning configuration by more than is allowed.</summary>
    NotSurelyAsGood,

    /// <summary>It is too far below the best of the latest nights.</summary>
    BelowBest,

    /// <summary>Too few listeners to tell.</summary>
    TooFewListeners,

    /// <summary>The candidate is the reigning configuration.</summary>
    Unchanged,
}

/// <summary>A decision and its numbers. Qualities are means of Recall@20 and NDCG@20.</summary>
/// <param name="Outcome">What became of the candidate.</param>
/// <param name="Listeners">Who was asked.</param>
/// <param name="Candidate">The candidate's quality on the newest day.</param>
/// <param name="Reigning">The reigning configuration's.</param>
/// <param name="Difference">Candidate less reigning, paired by listener, with a confidence of 95 %.</param>
/// <param name="BestOfNights">The best quality of the latest nights; 0 without any.</param>
public sealed record PromotionDecision(
    PromotionOutcome Outcome,
    int Listeners,
    double Candidate,
    double Reigning,
    ConfidenceInterval Difference,
    double BestOfNights
)
{
    /// <summary>Whether the candidate is used.</summary>
    public bool IsPromoted => Outcome is PromotionOutcome.First or PromotionOutcome.Promoted;

    /// <summary>The quality of the configuration that is used.</summary>
    public double Quality => IsPromoted ? Candidate : Reigning;
}

/// <summary>Decides whether a new configuration replaces the reigning one.</summary>
/// <remarks>
/// Both were fitted to the same data before the newest day and asked the same cases of that day, so that their
/// difference is paired by listener. The rule is one of non-inferiority: a candidate that its search found better is
/// taken unless the new day speaks against it, and never one that fell behind what nights before it reached.
/// </remarks>
public static class PromotionGate
{
    /// <summary>Decides.</summary>
    /// <param name="candidate">What the candidate reached on each case.</param>
    /// <param name="reigning">What the reigning configuration reached on the same cases.</param>
    /// <param name="nights">The qualities of the nights before, latest first.</param>
    /// <param name="rules">The bounds.</param>
    /// <param name="seed">Of the bootstrap's draws.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">The two are not of the same cases.</exception>
    public static PromotionDecision Decide(
        RankingReport candidate,
        RankingReport reigning,
        IReadOnlyList<double> nights,
        PromotionRules rules,
        long seed,
        int workers
    )
    {
        if (!candidate.Listeners.SequenceEqual(reigning.Listeners))
        {
            throw new ArgumentException("The two results are not of the same cases.", nameof(reigning));
        }
        var listeners = candidate.Listeners.Distinct().Count();
        var (left, right) = (Qualities(candidate), Qualities(reigning));
        double[] differences = [.. left.Zip(right, (l, r) => l - r)];
        var difference = PairedBootstrap.Mean(differences, candidate.Listeners, seed, workers);
        var (quality, before) = (Mean(left), Mean(right));
        var best = nights.Take(rules.Nights).DefaultIfEmpty(0).Max();
        var outcome =
            listeners < rules.LeastListeners ? PromotionOutcome.TooFewListeners
            : difference.Low <= -rules.MostLoss * before ? PromotionOutcome.NotSurelyAsGood
            : quality < (1 - rules.MostBelowBest) * best ? PromotionOutcome.BelowBest
            : PromotionOutcome.Promoted;
        return new PromotionDecision(outcome, listeners, quality, before, difference, best);
    }

    /// <summary>The mean of Recall and NDCG, over cases.</summary>
    public static double Quality(RankingReport report) => Mean(Qualities(report));

    private static double[] Qualities(RankingReport report) =>
        [.. report.Recall.Zip(report.Ndcg, (recall, ndcg) => (recall + ndcg) / 2)];

    private static double Mean(double[] values) => values.Length == 0 ? 0 : values.Sum() / values.Length;
}
