namespace Nocturne.Recommending;

/// <summary>Training and test sessions with one numbering of items.</summary>
/// <param name="Train">Training sessions.</param>
/// <param name="Test">Test sessions; -1 for items that are in no training session.</param>
public sealed record SessionSplit(SessionLog Train, SessionLog Test)
{
    /// <summary>The share of training sessions, the latest, that hyper-parameters are chosen on.</summary>
    public const double ValidationShare = 0.1;

    /// <summary>The most of them: enough that the error of P@20 is below half a percent.</summary>
    public const int MaxValidationSessions = 10_000;

    /// <summary>Numbers items in the order of a seeded hash of their ids, which is what ties are broken by.</summary>
    /// <param name="train">Sessions, times (milliseconds) and items of training clicks.</param>
    /// <param name="test">Those of test clicks.</param>
    /// <param name="itemKeys">A hash of every item's id, of both.</param>
    /// <param name="seed">Of the order of items that are equally good.</param>
    public static SessionSplit Of(
        (int[] Sessions, long[] Times, int[] Items) train,
        (int[] Sessions, long[] Times, int[] Items) test,
        ulong[] itemKeys,
        long seed
    )
    {
        var occurs = new bool[itemKeys.Length];
        foreach (var item in train.Items)
        {
            occurs[item] = true;
        }
        var (numbers, count) = ItemNumbering.Of(occurs, itemKeys, seed);
        return new SessionSplit(Log(train), Log(test));

        SessionLog Log((int[] Sessions, long[] Times, int[] Items) clicks) =>
            SessionLog.Of(count, clicks.Sessions, clicks.Times, [.. clicks.Items.Select(item => numbers[item])]);
    }

    /// <summary>Chooses a family's hyper-parameters on the latest training sessions, fitted to those before.</summary>
    public SearchOutcome Tune(SessionModelFamily family, TuningSettings settings, CancellationToken cancellation)
    {
        var share = Math.Min(ValidationShare, (double)MaxValidationSessions / Math.Max(1, Train.Count));
        var (earlier, later) = Train.SplitAtEnd(share);
        var budget = later.Count == 0 || earlier.Count == 0 ? settings.Budget with { Trials = 0 } : settings.Budget;
        return HyperParameterSearch.Run(
            family.Parameters,
            budget,
            settings.Seed,
            (values, trial) =>
            {
                var model = family.Fit(earlier, values, settings.Workers, trial);
                var (precision, rank) = SessionEvaluation.Accuracy(model, later, ModelTuner.K, settings.Workers, trial);
                return (precision + rank) / 2;
            },
            settings.Time,
            settings.Report,
            cancellation: cancellation
        );
    }
}
