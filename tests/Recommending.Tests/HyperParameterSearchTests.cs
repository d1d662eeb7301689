namespace Nocturne.Recommending.Tests;

public sealed class HyperParameterSearchTests
{
    private static readonly HyperParameter[] Parameters =
    [
        new("slow", 1, 0, 10),
        new("wide", 1, 0.001, 1_000, IsLogarithmic: true),
        new("whole", 8, 1, 64, true, IsInteger: true),
    ];

    [Fact]
    public void Search_OfASmoothFunction_ComesNearItsTop()
    {
        var outcome = Search(200, Score);

        Assert.True(outcome.Best.Score > -0.02, $"{outcome.Best.Score}");
        Assert.True(outcome.Best.Score > outcome.Trials[0].Score);
        Assert.Equal(outcome.Trials.Max(t => t.Score), outcome.Best.Score);
        Assert.Empty(outcome.Trials[0].Values.Values);
    }

    [Fact]
    public void Search_AnyTrial_IsWithinBoundsAndWholeWhereItHasToBe()
    {
        foreach (var trial in Search(100, Score).Trials.Skip(1))
        {
            Assert.All(Parameters, p => Assert.InRange(trial.Values[p], p.Least, p.Most));
            Assert.Equal(Math.Round(trial.Values[Parameters[2]]), trial.Values[Parameters[2]]);
        }
    }

    [Fact]
    public void Search_SameSeed_TriesTheSame()
    {
        Assert.Equal(Search(30, Score).Trials.Select(t => t.Score), Search(30, Score).Trials.Select(t => t.Score));
    }

    [Fact]
    public void Search_WithoutTrialsOrParameters_IsTheDefaults()
    {
        Assert.Empty(Search(0, Score).Best.Values.Values);
        var none = HyperParameterSearch.Run([], new SearchBudget(5), 1, (_, _) => 1, TimeProvider.System);
        Assert.Empty(none.Best.Values.Values);
        Assert.Empty(none.Trials);
    }

    [Fact]
    public void Search_OverflowingTrials_AreNotChosen()
    {
        var outcome = Search(20, values => values[Parameters[0]] > 2 ? throw new ArithmeticException() : 0);

        Assert.True(outcome.Best.Values[Parameters[0]] <= 2);
        Assert.Contains(outcome.Trials, t => double.IsNegativeInfinity(t.Score));
    }

    [Fact]
    public void Search_Cancelled_Stops()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
            HyperParameterSearch.Run(
                Parameters,
                new SearchBudget(10),
                1,
                (_, token) =>
                {
                    cancellation.Cancel();
                    token.ThrowIfCancellationRequested();
                    return 0;
                },
                TimeProvider.System,
                cancellation: cancellation.Token
            )
        );
    }

    [Fact]
    public void Search_FromValuesInUse_BeginsThereAndStepsFromTheBest()
    {
        var start = HyperParameterSearch.Values(Parameters, [0.6, 0.4, 0.5]);

        var outcome = HyperParameterSearch.Run(
            Parameters,
            new SearchBudget(12),
            3,
            (values, _) => Score(values),
            TimeProvider.System,
            start: start
        );
        var none = HyperParameterSearch.Run(
            Parameters,
            new SearchBudget(0),
            3,
            (_, _) => 1,
            TimeProvider.System,
            start: start
        );

        Assert.Equal(start.Values, outcome.Trials[0].Values.Values);
        Assert.Equal(start.Values, none.Best.Values.Values);
        Assert.True(outcome.Best.Score > outcome.Trials[0].Score);
    }

    [Fact]
    public void Search_WhenTimeIsUp_KeepsWhatItFound()
    {
        // Every look at this clock takes a second.
        var time = new SteppingTime();
        var outcome = HyperParameterSearch.Run(
            Parameters,
            new SearchBudget(1_000, TimeSpan.FromSeconds(10)),
            1,
            (values, _) => Score(values),
            time
        );

        Assert.InRange(outcome.Trials.Count, 2, 20);
    }

    [Fact]
    public void Tuner_OfAFamily_LooksAtTrainingDataAlone()
    {
        var fold = PairSplit.HoldOut(new TrainingData(Matrices.Random(1, 200, 50, 12)), 0.2, 1);
        var settings = new TuningSettings(new SearchBudget(6), 1, 1, TimeProvider.System);

        var outcome = ModelTuner.Tune(new ItemNeighboursFamily(), fold, settings, CancellationToken.None);

        Assert.Equal(6, outcome.Trials.Count);
        Assert.All(outcome.Trials, trial => Assert.InRange(trial.Score, 0.01, 1));
        Assert.True(outcome.Best.Score >= outcome.Trials[0].Score);
    }

    private static SearchOutcome Search(int trials, Func<HyperParameters, double> score) =>
        HyperParameterSearch.Run(
            Parameters,
            new SearchBudget(trials),
            3,
            (values, _) => score(values),
            TimeProvider.System
        );

    /// <summary>0 at slow = 7, wide = 100, whole = 20, and less elsewhere.</summary>
    private static double Score(HyperParameters values) =>
        -Math.Pow((values[Parameters[0]] - 7) / 10, 2)
        - Math.Pow(Math.Log10(values[Parameters[1]] / 100) / 6, 2)
        - Math.Pow(Math.Log2(values[Parameters[2]] / 20) / 6, 2);

    private sealed class SteppingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now++;
    }
}
