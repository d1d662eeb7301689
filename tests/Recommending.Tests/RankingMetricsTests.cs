using FsCheck;
using FsCheck.Fluent;
using Nocturne.Recommending;
using Nocturne.Testing;

namespace Nocturne.Recommending.Tests;

public sealed class RankingMetricsTests
{
    [Fact]
    public void Metrics_KnownList_HaveTheValuesByHand()
    {
        int[] ranked = [7, 3, 9, 1];
        int[] relevant = [1, 3, 5];

        Assert.Equal(1 / 3d, RankingMetrics.Recall(ranked, relevant, 3), 1e-12);
        Assert.Equal(2 / 3d, RankingMetrics.Recall(ranked, relevant, 20), 1e-12);
        var ideal = 1 + (1 / Math.Log2(3)) + 0.5;
        Assert.Equal(
            ((1 / Math.Log2(3)) + (1 / Math.Log2(5))) / ideal,
            RankingMetrics.Ndcg(ranked, relevant, 20),
            1e-12
        );
        Assert.Equal(1 / Math.Log2(3) / (1 + (1 / Math.Log2(3))), RankingMetrics.Ndcg(ranked, relevant, 2), 1e-12);
    }

    [Fact]
    public void Metrics_WithRelevantItemsThatNothingCanRank_CountThemAsMisses()
    {
        int[] ranked = [7, 3];
        int[] relevant = [3];

        Assert.Equal(1 / 4d, RankingMetrics.Recall(ranked, relevant, 20, beyond: 3), 1e-12);
        Assert.Equal(
            1 / Math.Log2(3) / (1 + (1 / Math.Log2(3))),
            RankingMetrics.Ndcg(ranked, relevant, 2, beyond: 3),
            1e-12
        );
        Assert.Equal(0, RankingMetrics.Recall(ranked, [], 20, beyond: 1));
        Assert.Equal(0, RankingMetrics.Ndcg(ranked, [], 20, beyond: 1));
    }

    [Fact]
    public void PrecisionAndReciprocalRank_KnownList_HaveTheValuesByHand()
    {
        int[] ranked = [7, 3, 9, 1];
        int[] relevant = [1, 3, 5];

        Assert.Equal(2 / 20d, RankingMetrics.Precision(ranked, relevant, 20), 1e-12);
        Assert.Equal(0, RankingMetrics.Precision(ranked, relevant, 1));
        Assert.Equal(1 / 2d, RankingMetrics.ReciprocalRank(ranked, relevant, 20), 1e-12);
        Assert.Equal(0, RankingMetrics.ReciprocalRank(ranked, relevant, 1));
    }

    [Fact]
    public void Logarithm_OfManyNumbers_IsThatOfTheLibrary()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var x = Math.Pow(10, (random.NextDouble() * 40) - 20);
            var expected = Math.Log2(x);
            Assert.Equal(expected, Logarithm.Base2(x), 4e-16 * Math.Max(1, Math.Abs(expected)));
        }
        Assert.All(Enumerable.Range(-50, 100), power => Assert.Equal(power, Logarithm.Base2(Math.ScaleB(1, power))));
    }

    [Fact]
    public void Metrics_NothingRelevant_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => RankingMetrics.Recall([1], [], 5));
        Assert.Throws<ArgumentException>(() => RankingMetrics.Ndcg([1], [], 5));
    }

    [Fact]
    public void Metrics_AnyList_StayInUnitRangeAndAreOneWhenPerfect() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<int>(),
                seed =>
                {
                    var random = new Random(seed);
                    var items = Enumerable.Range(0, 30).ToArray();
                    random.Shuffle(items);
                    var relevant = items[..random.Next(1, 12)].Order().ToArray();
                    random.Shuffle(items);

                    var ndcg = RankingMetrics.Ndcg(items, relevant, 12);
                    var recall = RankingMetrics.Recall(items, relevant, 12);

                    Assert.InRange(ndcg, 0, 1);
                    Assert.InRange(recall, 0, 1);
                    Assert.Equal(1, RankingMetrics.Ndcg(relevant, relevant, 12), 1e-12);
                    Assert.Equal(1, RankingMetrics.Recall(relevant, relevant, 12), 1e-12);
                    Assert.Equal(recall == 0, ndcg == 0);
                }
            )
        );

    [Fact]
    public void Evaluation_ListenersWithoutTestItems_AreLeftOutAndWorkersDoNotMatter()
    {
        var train = Matrices.Random(1, 700, 40, 10);
        var test = Matrices.Random(2, 700, 40, 3);
        var model = ItemNeighbours.Fit(train, new() { Shrinkage = 1 }, 1);

        var one = RankingEvaluation.Run(model, train, test, 10, 1);
        var three = RankingEvaluation.Run(model, train, test, 10, 3);

        Assert.Equal(Enumerable.Range(0, 700).Where(l => !test.RowItems(l).IsEmpty), one.Listeners);
        Assert.Equal(one.Recall, three.Recall);
        Assert.Equal(one.Ndcg, three.Ndcg);
        Assert.InRange(one.MeanRecall, 0.01, 0.99);
    }
}
