using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

/// <summary>Floors of what families reach on two published splits with their defaults, untuned.</summary>
public sealed class LinearSplitTests
{
    [RealDataFact]
    public void ItemNeighbours_WithDefaults_ReachTheirLevels()
    {
        Reaches(new ItemNeighboursFamily(), "lastfm-a", 0.25, 0.255);
        Reaches(new ItemNeighboursFamily(), "lastfm-b", 0.327, 0.30);
    }

    [RealDataFact]
    public void Rp3Beta_WithDefaults_ReachesItsLevels()
    {
        Reaches(new Rp3BetaFamily(), "lastfm-a", 0.252, 0.255);
        Reaches(new Rp3BetaFamily(), "lastfm-b", 0.335, 0.307);
    }

    [RealDataFact]
    public void Ease_WithDefaults_ReachesItsLevels()
    {
        Reaches(new EaseFamily(), "lastfm-a", 0.284, 0.286);
        Reaches(new EaseFamily(), "lastfm-b", 0.363, 0.334);
    }

    [RealDataFact]
    public void GfCf_WithDefaults_ReachesItsLevels()
    {
        Reaches(new GfCfFamily(), "lastfm-a", 0.242, 0.244);
        Reaches(new GfCfFamily(), "lastfm-b", 0.352, 0.326);
    }

    private static void Reaches(ModelFamily family, string split, double recall, double ndcg)
    {
        var (train, test) = PublishedSplitTests.Read(split);
        var model = family.Fit(new TrainingData(train), HyperParameters.Defaults, 1, 2, CancellationToken.None);

        var report = RankingEvaluation.Run(model, train, test, 20, 2);

        Assert.True(report.MeanRecall >= recall, $"{family.Name} on {split}: Recall@20 is {report.MeanRecall:F4}");
        Assert.True(report.MeanNdcg >= ndcg, $"{family.Name} on {split}: NDCG@20 is {report.MeanNdcg:F4}");
    }
}
