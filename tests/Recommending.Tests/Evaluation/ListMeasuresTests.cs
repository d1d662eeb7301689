namespace Nocturne.Recommending.Tests;

public sealed class ListMeasuresTests
{
    // Listeners of items: 0: all four; 1: listeners 0 and 1; 2: listener 0; 3: nobody.
    private static readonly InteractionMatrix Matrix = Matrices.Of(
        4,
        [(0, 1), (1, 1), (2, 1)],
        [(0, 1), (1, 1)],
        [(0, 1)],
        [(0, 1)]
    );

    [Fact]
    public void Novelty_IsTheMeanSelfInformation() =>
        Assert.Equal((0 + 1 + 2) / 3d, Measure(Matrix, [0, 1, 2], [0])[CaseMeasure.Novelty], 1e-6);

    [Fact]
    public void Diversity_IsOneLessTheMeanCosine()
    {
        var cosines = new[] { 2 / Math.Sqrt(8), 1 / Math.Sqrt(4), 1 / Math.Sqrt(2) };

        Assert.Equal(1 - cosines.Average(), Measure(Matrix, [0, 1, 2], [0])[CaseMeasure.Diversity], 1e-6);
        Assert.Equal(double.NaN, Measure(Matrix, [0], [0])[CaseMeasure.Diversity]);
    }

    [Fact]
    public void Popularity_IsTheMeanShareOfListeners()
    {
        var measured = Measure(Matrix, [1, 2], [0, 1]);

        Assert.Equal((0.5 + 0.25) / 2, measured[CaseMeasure.ListPopularity], 1e-6);
        Assert.Equal((1 + 0.5) / 2, measured[CaseMeasure.HistoryPopularity], 1e-6);
    }

    [Fact]
    public void Recall_ByTier_DividesInteractionsInThirds()
    {
        // 7 interactions: item 0 begins below a third of them, item 1 (after 4) below two, item 2 (after 6) not.
        var measured = Measure(Matrix, [0, 2], [], relevant: [0, 1, 2, 3], beyond: 1);

        Assert.Equal(1, measured[CaseMeasure.RecallHead]);
        Assert.Equal(0, measured[CaseMeasure.RecallMiddle]);
        Assert.Equal(1 / 3d, measured[CaseMeasure.RecallTail], 1e-6);
        Assert.Equal(double.NaN, Measure(Matrix, [0], [], relevant: [0])[CaseMeasure.RecallTail]);
    }

    [Fact]
    public void Calibration_OverFeatures_IsTheSmoothedDivergence()
    {
        var features = Matrices.Of(2, [(0, 1)], [(0, 1), (1, 1)], [(1, 1)], []);
        var measured = Measure(Matrix, [2], [0, 1], features: features);
        // The history is .75 of the first genre and .25 of the second; the list is of the second alone.
        var expected = (0.75 * Math.Log2(0.75 / (0.01 * 0.75))) + (0.25 * Math.Log2(0.25 / (0.99 + (0.01 * 0.25))));

        Assert.Equal(expected, measured[CaseMeasure.Calibration], 1e-5);
        Assert.Equal(0, Measure(Matrix, [0, 1], [0, 1], features: features)[CaseMeasure.Calibration], 1e-6);
    }

    [Fact]
    public void Calibration_OverArtists_LeavesOutThoseUnknown()
    {
        var measured = Measure(Matrix, [0, 2], [0, 1], artists: [5, -1, 5, 2]);

        Assert.Equal(0, measured[CaseMeasure.Calibration], 1e-6);
        Assert.Equal(double.NaN, Measure(Matrix, [0], [1], artists: [5, -1, 5, 2])[CaseMeasure.Calibration]);
    }

    [Fact]
    public void Exposure_KnownCounts_HaveTheValuesByHand()
    {
        Assert.Equal((1, 0), RankingResult.Exposure([3, 3, 3], 3));
        // Of four candidates one has all: 1 - 1/4.
        Assert.Equal((0.25, 0.75), RankingResult.Exposure([0, 0, 8, 0], 4));
        // Σ(2i - n - 1)x / (n Σx) for 1, 2, 3: (-2·1 + 0·2 + 2·3) / (3·6).
        Assert.Equal((1, 4 / 18d), RankingResult.Exposure([3, 1, 2], 3));
        Assert.Equal((0, 0), RankingResult.Exposure([0, 0], 2));
    }

    [Fact]
    public void Measures_RandomLists_AreThoseOfTheNaiveReference()
    {
        var matrix = Matrices.Random(3, 60, 40, 12);
        var random = new Random(4);
        var measures = new ListMeasures(matrix, null, null);
        var scratch = measures.NewScratch();
        var series = RankingEvaluation.NewSeries(1);
        for (var round = 0; round < 50; round++)
        {
            int[] list = [.. Enumerable.Range(0, 40).OrderBy(_ => random.Next()).Take(8)];

            measures.Measure(list, matrix.Row(round), [1], 0, true, scratch, 0, series);

            Assert.Equal(NaiveDiversity(matrix, list), series[(int)CaseMeasure.Diversity][0], 1e-5);
        }
    }

    private static double NaiveDiversity(InteractionMatrix matrix, int[] list)
    {
        var sets = list.Select(item => matrix.ColumnListeners(item).ToArray().ToHashSet())
            .Where(set => set.Count > 0)
            .ToArray();
        var cosines =
            from a in Enumerable.Range(0, sets.Length)
            from b in Enumerable.Range(a + 1, sets.Length - a - 1)
            select sets[a].Intersect(sets[b]).Count() / Math.Sqrt(sets[a].Count * sets[b].Count);
        return 1 - cosines.Average();
    }

    private static Dictionary<CaseMeasure, double> Measure(
        InteractionMatrix matrix,
        int[] list,
        int[] history,
        int[]? relevant = null,
        int beyond = 0,
        int[]? artists = null,
        InteractionMatrix? features = null
    )
    {
        var measures = new ListMeasures(matrix, artists, features);
        var series = RankingEvaluation.NewSeries(1);
        var row = new ListenerRow(history, [.. history.Select(_ => 1f)]);
        measures.Measure(list, row, relevant ?? [0], beyond, true, measures.NewScratch(), 0, series);
        return Enum.GetValues<CaseMeasure>().ToDictionary(measure => measure, m => (double)series[(int)m][0]);
    }
}
