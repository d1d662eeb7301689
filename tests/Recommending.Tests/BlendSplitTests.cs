namespace Nocturne.Recommending.Tests;

/// <summary>What the blend and its best component reach on published splits, learned from slices of train alone.</summary>
public sealed class BlendSplitTests
{
    [RealDataFact]
    public void Als_WithDefaults_ReachesItsLevels()
    {
        Reaches("lastfm-a", new AlsFamily(), 0.293, 0.292);
        Reaches("lastfm-b", new AlsFamily(), 0.366, 0.338);
    }

    [RealDataFact]
    public void Blend_WithDefaults_ReachesTheTargetsAndIsNoMorePopularThanItsBestComponent()
    {
        var (train, test) = PublishedSplitTests.Read("lastfm-b");
        ModelFamily[] families = [new Rp3BetaFamily(), new GfCfFamily(), new EaseFamily(), new AlsFamily()];
        var fold = Fold(train, test);

        var (models, blend) = Learn(fold, families);
        var results = RankingEvaluation.Run([.. models, blend], fold, 20, 2);

        var best = results.SkipLast(1).MaxBy(Quality)!;
        Assert.True(results[^1].Mean(CaseMeasure.Recall) >= 0.369, $"{results[^1].Mean(CaseMeasure.Recall):F4}");
        Assert.True(results[^1].Mean(CaseMeasure.Ndcg) >= 0.343, $"{results[^1].Mean(CaseMeasure.Ndcg):F4}");
        Assert.True(Quality(results[^1]) > Quality(best));
        Assert.True(results[^1].PopularityLift <= best.PopularityLift, $"{results[^1].PopularityLift:F3}");
    }

    private static double Quality(RankingResult result) =>
        result.Mean(CaseMeasure.Recall) + result.Mean(CaseMeasure.Ndcg);

    private static (IReadOnlyList<RecommendationModel> Models, RecommendationModel Blend) Learn(
        EvaluationFold fold,
        IReadOnlyList<ModelFamily> families
    )
    {
        var family = new BlendFamily(families);
        var settings = new TuningSettings(new SearchBudget(0), 1, 2, TimeProvider.System);
        var values = new BlendTuner().Tune(family, fold, settings, CancellationToken.None).Best.Values;
        return (
            [.. families.Select(f => f.Fit(fold.Data, HyperParameters.Defaults, 1, 2, CancellationToken.None))],
            family.Fit(fold.Data, values, 1, 2, CancellationToken.None)
        );
    }

    private static EvaluationFold Fold(InteractionMatrix train, InteractionMatrix test)
    {
        var cases = new RankingCasesBuilder(excludesOwn: true);
        for (var listener = 0; listener < test.Listeners; listener++)
        {
            cases.Add(listener, listener, test.RowItems(listener));
        }
        var data = new TrainingData(train);
        return new EvaluationFold("test", data, cases.Build(), () => [PairSplit.HoldOut(data, 0.2, 1)]);
    }

    private static void Reaches(string split, ModelFamily family, double recall, double ndcg)
    {
        var (train, test) = PublishedSplitTests.Read(split);
        var model = family.Fit(new TrainingData(train), HyperParameters.Defaults, 1, 2, CancellationToken.None);

        var report = RankingEvaluation.Run(model, train, test, 20, 2);

        Assert.True(report.MeanRecall >= recall, $"{split}: Recall@20 is {report.MeanRecall:F4}");
        Assert.True(report.MeanNdcg >= ndcg, $"{split}: NDCG@20 is {report.MeanNdcg:F4}");
    }
}
