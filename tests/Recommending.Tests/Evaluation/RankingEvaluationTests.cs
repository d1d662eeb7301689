namespace Nocturne.Recommending.Tests;

public sealed class RankingEvaluationTests
{
    private static readonly InteractionMatrix Train = Matrices.Random(1, 700, 40, 10);
    private static readonly EvaluationFold Fold = PairSplit.HoldOut(new TrainingData(Train), 0.3, 1);
    private static readonly RecommendationModel[] Models =
    [
        Popularity.Fit(Fold.Data.Matrix, PopularityMeasure.Listeners),
        ItemNeighbours.Fit(Fold.Data.Matrix, new() { Shrinkage = 1 }, 1),
    ];

    [Fact]
    public void Run_AnyNumberOfWorkersAndModelsTogetherOrAlone_GivesTheSame()
    {
        var together = RankingEvaluation.Run(Models, Fold, 10, 1);
        var parallel = RankingEvaluation.Run(Models, Fold, 10, 3);
        var alone = Models.Select(model => RankingEvaluation.Run([model], Fold, 10, 2)[0]);

        foreach (var (one, others) in together.Zip(parallel.Zip(alone)))
        {
            AssertSame(one, others.First);
            AssertSame(one, others.Second);
        }
    }

    [Fact]
    public void Run_AnyCase_HasTheMetricsOfItsList()
    {
        var result = RankingEvaluation.Run(Models, Fold, 10, 2)[1];
        var scratch = new RecommendationScratch(40);
        var exposed = new int[40];
        for (var i = 0; i < Fold.Cases.Count; i++)
        {
            var (items, scores) = (new int[10], new float[10]);
            var row = Fold.Data.Matrix.Row(Fold.Cases.Row(i));
            var found = Models[1].Top(row, row.Items, scratch, items, scores);
            var relevant = Fold.Cases.Relevant(i);

            Assert.Equal(
                RankingMetrics.Recall(items.AsSpan(0, found), relevant, 10),
                result.Series(CaseMeasure.Recall)[i],
                1e-6
            );
            Assert.Equal(
                RankingMetrics.Ndcg(items.AsSpan(0, found), relevant, 10),
                result.Series(CaseMeasure.Ndcg)[i],
                1e-6
            );
            foreach (var item in items.AsSpan(0, found))
            {
                exposed[item]++;
            }
        }
        var candidates = Enumerable.Range(0, 40).Count(item => !Fold.Data.Matrix.ColumnListeners(item).IsEmpty);
        Assert.Equal(exposed.Count(count => count > 0) / (double)candidates, result.Coverage, 1e-12);
        Assert.InRange(result.PopularityLift, -1, 10);
    }

    [Fact]
    public void Accuracy_OfAModel_IsThatOfTheFullRun()
    {
        var full = RankingEvaluation.Run(Models, Fold, 10, 2)[1];

        var quick = RankingEvaluation.Accuracy(Models[1], Fold, 10, 2);

        Assert.Equal(full.Mean(CaseMeasure.Recall), quick.MeanRecall, 1e-12);
        Assert.Equal(full.Mean(CaseMeasure.Ndcg), quick.MeanNdcg, 1e-12);
    }

    [Fact]
    public void Run_Cancelled_Stops()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            RankingEvaluation.Run(Models, Fold, 10, 2, null, cancellation.Token)
        );
    }

    [Fact]
    public void JoinAndMean_OfResults_AreTheirCasesAndTheirMeans()
    {
        var results = RankingEvaluation.Run(Models, Fold, 10, 2);

        var joined = RankingResult.Join(results);
        var mean = RankingResult.Mean(results);

        Assert.Equal(results.Sum(r => r.Cases), joined.Cases);
        Assert.Equal(results.Average(r => r.Mean(CaseMeasure.Ndcg)), joined.Mean(CaseMeasure.Ndcg), 1e-9);
        Assert.Equal(results.Average(r => r.Mean(CaseMeasure.Ndcg)), mean.Mean(CaseMeasure.Ndcg), 1e-6);
        Assert.Equal(results[0].Cases, mean.Cases);
    }

    [Fact]
    public void StandardError_OneCaseAListener_IsDeviationOverRootOfN()
    {
        var result = RankingEvaluation.Run(Models, Fold, 10, 2)[1];
        var values = result.Series(CaseMeasure.Recall).ToArray().Select(v => (double)v).ToArray();
        var deviation = Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1));

        Assert.Equal(deviation / Math.Sqrt(values.Length), result.StandardError(CaseMeasure.Recall), 1e-9);
    }

    [Fact]
    public void Bootstrap_OfADifference_HoldsItAndIsAboutTwoErrorsWide()
    {
        var results = RankingEvaluation.Run(Models, Fold, 10, 2);
        var one = PairedBootstrap.Difference(results[1], results[0], CaseMeasure.Recall, 7, 1);
        var three = PairedBootstrap.Difference(results[1], results[0], CaseMeasure.Recall, 7, 3);
        var differences = results[1]
            .Series(CaseMeasure.Recall)
            .ToArray()
            .Zip(results[0].Series(CaseMeasure.Recall).ToArray(), (a, b) => (double)a - b)
            .ToArray();
        var deviation = Math.Sqrt(differences.Sum(d => Math.Pow(d - differences.Average(), 2)) / differences.Length);

        Assert.Equal(one, three);
        Assert.Equal(results[1].Mean(CaseMeasure.Recall) - results[0].Mean(CaseMeasure.Recall), one.Mean, 1e-9);
        Assert.InRange(one.Mean, one.Low, one.High);
        var width = 2 * 1.96 * deviation / Math.Sqrt(differences.Length);
        Assert.InRange(one.High - one.Low, 0.9 * width, 1.1 * width);
        Assert.Equal(default, PairedBootstrap.Difference(results[0], results[0], CaseMeasure.Recall, 7, 1));
    }

    [Fact]
    public void Bootstrap_CasesOfOneListener_AreDrawnTogether()
    {
        // Ten listeners whose cases are all alike: as uncertain as ten cases, however many there are.
        var values = Enumerable.Range(0, 1_000).Select(i => (double)(i % 10 % 2)).ToArray();
        var listeners = Enumerable.Range(0, 1_000).Select(i => i % 10).ToArray();

        var together = PairedBootstrap.Mean(values, listeners, 1, 1);
        var apart = PairedBootstrap.Mean(values, [.. Enumerable.Range(0, 1_000)], 1, 1);

        Assert.Equal(0.5, together.Mean);
        Assert.True(together.High - together.Low > 5 * (apart.High - apart.Low));
    }

    private static void AssertSame(RankingResult expected, RankingResult actual)
    {
        foreach (var measure in Enum.GetValues<CaseMeasure>())
        {
            Assert.Equal(expected.Series(measure).ToArray(), actual.Series(measure).ToArray());
        }
        Assert.Equal(expected.Coverage, actual.Coverage);
        Assert.Equal(expected.Gini, actual.Gini);
    }
}
