namespace Nocturne.Recommending.Tests;

/// <summary>Floors of quality on real timestamped listening (30Music), by the protocol of <see cref="TimeCut"/>.</summary>
public sealed class TimedListeningTests
{
    [RealDataFact]
    public void ListeningMixture_On30Music_ForetellsWhatIsPlayed()
    {
        var (recall, ndcg) = Measure(new ListeningMixtureFamily(), newOnly: false);

        Assert.True(recall >= 0.092, $"Recall@20 is {recall:F4}");
        Assert.True(ndcg >= 0.0965, $"NDCG@20 is {ndcg:F4}");
    }

    [RealDataFact]
    public void ListeningMixture_On30Music_ForetellsWhatIsPlayedForTheFirstTime()
    {
        var (recall, ndcg) = Measure(new ListeningMixtureFamily(), newOnly: true);

        Assert.True(recall >= 0.0225, $"Recall@20 is {recall:F4}");
        Assert.True(ndcg >= 0.0215, $"NDCG@20 is {ndcg:F4}");
    }

    [RealDataFact]
    public void BackOff_On30Music_ForetellsWhatIsPlayedForTheFirstTime()
    {
        var (recall, ndcg) = Measure(new BackOffFamily(), newOnly: true);

        Assert.True(recall >= 0.0235, $"Recall@20 is {recall:F4}");
        Assert.True(ndcg >= 0.019, $"NDCG@20 is {ndcg:F4}");
    }

    [RealDataFact]
    public void Blend_On30Music_IsWorthItsWeightsWhereItemsAreNew()
    {
        var blend = new BlendFamily([
            new PopularityFamily(),
            new ArtistAffinityFamily(),
            new BackOffFamily(),
            new ListeningMixtureFamily(),
            new ItemNeighboursFamily(),
        ]);

        var (recall, ndcg) = Measure(blend, newOnly: true);

        Assert.True(recall >= 0.022, $"Recall@20 is {recall:F4}");
        Assert.True(ndcg >= 0.020, $"NDCG@20 is {ndcg:F4}");
    }

    private static (double Recall, double Ndcg) Measure(ModelFamily family, bool newOnly)
    {
        const int K = 20;
        const int Workers = 2;
        var settings = new TuningSettings(new SearchBudget(0), 1, Workers, TimeProvider.System);
        var results = new List<RankingResult>();
        foreach (var fold in TimeCut.Folds(RealEvents.Read(), new TimeCutOptions { NewOnly = newOnly }))
        {
            var values = new BlendTuner().Tune(family, fold, settings, CancellationToken.None).Best.Values;
            var model = family.Fit(fold.Data, values, 1, Workers, CancellationToken.None);
            results.Add(RankingEvaluation.Run([model], fold, K, Workers)[0]);
        }
        var all = RankingResult.Join(results);
        return (all.Mean(CaseMeasure.Recall), all.Mean(CaseMeasure.Ndcg));
    }
}
