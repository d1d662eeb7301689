using System.Globalization;

namespace Nocturne.Recommending.Tests;

public sealed class ProtocolTests
{
    private const long Hour = 3_600;
    private const long Day = 24 * Hour;

    // Two windows, of three days and of one, thirty days apart. Listeners 0, 1, 2; items 0 to 4.
    private static readonly (long Time, int Listener, int Item)[] Events =
    [
        (0, 0, 0),
        (1 * Hour, 1, 0),
        (1 * Day, 0, 1),
        (1 * Day, 0, 1),
        (60 * Hour, 0, 0), // the last 36 hours of the first window begin at 36 h
        (61 * Hour, 0, 2), // nobody played 2 before
        (62 * Hour, 2, 0), // listener 2 has no earlier event
        (72 * Hour, 1, 1),
        (33 * Day, 1, 3), // the second window is shorter than its horizon
        (34 * Day, 1, 0),
    ];

    private static readonly ulong[] Keys = [11, 12, 13, 14, 15];

    [Fact]
    public void Windows_AreRunsWithoutAGap()
    {
        Assert.Equal([(0, 72 * Hour), (33 * Day, 34 * Day)], TimeCut.Windows(Log(), TimeSpan.FromDays(7)));
        Assert.Equal([(0, 34 * Day)], TimeCut.Windows(Log(), TimeSpan.FromDays(31)));
    }

    [Fact]
    public void Folds_OfALog_AreTheOnesByHand()
    {
        var folds = TimeCut.Folds(Log(), new TimeCutOptions { Seed = 5 });

        Assert.Equal(2, folds.Count);
        var first = folds[0];
        Assert.Equal((2, 2), (first.Data.Matrix.Listeners, first.Data.Matrix.Items)); // items 0 and 1, listeners 0 and 1
        Assert.Equal(1, first.Cases.Dropped);
        Assert.Equal(2, first.Cases.Count);
        Assert.Equal([0, 1], new[] { first.Cases.Listener(0), first.Cases.Listener(1) });
        // Listener 0 played item 0 again, and item 2, which nobody had played.
        Assert.Equal((1, 1), (first.Cases.Relevant(0).Length, first.Cases.Beyond(0)));
        Assert.Equal((1, 0), (first.Cases.Relevant(1).Length, first.Cases.Beyond(1)));
        Assert.NotEqual(first.Cases.Relevant(0)[0], first.Cases.Relevant(1)[0]);
        Assert.False(first.Cases.ExcludesOwn);
        // The second window is all held out; its training is the first.
        Assert.Equal((3, 3), (folds[1].Data.Matrix.Listeners, folds[1].Data.Matrix.Items));
        Assert.Equal((1, 1), (folds[1].Cases.Count, folds[1].Cases.Beyond(0)));
    }

    [Fact]
    public void Fold_Rows_HoldWeightsAndPlaysWithAges()
    {
        var fold = TimeCut.Fold(Log(), 36 * Hour, 73 * Hour, new TimeCutOptions());
        var row = fold.Data.Matrix.Row(0);
        // Item 1 was played twice, a day and a half less a day before the cut; item 0 once, at its start.
        var twice = row.Weights.IndexOf(new EvidenceWeights().Of(new Evidence(2, 0)));

        Assert.Equal(2, row.Items.Length);
        Assert.Equal([twice, twice, 1 - twice], row.PlayEntries.ToArray());
        Assert.Equal([0.5f, 0.5f, 1.5f], row.PlayAges.ToArray());
        Assert.Equal(1, row.Weights[1 - twice]);
    }

    [Fact]
    public void Fold_NewOnly_AsksForWhatTheListenerDidNotHave()
    {
        var fold = TimeCut.Fold(Log(), 36 * Hour, 73 * Hour, new TimeCutOptions { NewOnly = true });

        Assert.True(fold.Cases.ExcludesOwn);
        Assert.Equal((0, 1), (fold.Cases.Relevant(0).Length, fold.Cases.Beyond(0)));
        Assert.Equal((1, 0), (fold.Cases.Relevant(1).Length, fold.Cases.Beyond(1)));
    }

    [Fact]
    public void Fold_OfEventsInAnotherOrderAndNumbering_IsTheSame()
    {
        var shuffled = Events.Select((e, i) => (Key: new Random(i).Next(), e)).OrderBy(e => e.Key).Select(e => e.e);
        var other = new EventLog(
            [.. shuffled.Select(e => e.Time)],
            [.. shuffled.Select(e => e.Listener)],
            [.. shuffled.Select(e => 4 - e.Item)],
            [.. Keys.Reverse()]
        );

        var one = TimeCut.Fold(Log(), 36 * Hour, 73 * Hour, new TimeCutOptions());
        var two = TimeCut.Fold(other, 36 * Hour, 73 * Hour, new TimeCutOptions());

        for (var row = 0; row < 2; row++)
        {
            Assert.Equal(one.Data.Matrix.RowItems(row), two.Data.Matrix.RowItems(row));
            Assert.Equal(one.Data.Matrix.RowWeights(row), two.Data.Matrix.RowWeights(row));
            Assert.Equal(one.Cases.Relevant(row), two.Cases.Relevant(row));
        }
    }

    [Fact]
    public void Fold_Ties_FallDifferentlyBySeed()
    {
        var log = new EventLog(
            [.. Enumerable.Range(0, 100).Select(i => (long)i)],
            new int[100],
            [.. Enumerable.Range(0, 100)],
            [.. Enumerable.Range(0, 100).Select(i => (ulong)i)],
            [.. Enumerable.Range(0, 100)]
        );
        var artists = Enumerable
            .Range(1, 2)
            .Select(seed => TimeCut.Fold(log, 100, 101, new TimeCutOptions { Seed = seed }).Data.Artists!)
            .ToArray();

        Assert.NotEqual(artists[0], artists[1]); // each item is its own artist, so that artists tell who is where
        Assert.Equal(artists[0].Order(), artists[1].Order());
    }

    [Fact]
    public void RollingFolds_OfAWindow_LieInItAndBeforeTheCut()
    {
        var random = new Random(1);
        var events = Enumerable
            .Range(0, 2_000)
            .Select(_ => (Time: random.NextInt64(10 * Day), random.Next(30)))
            .ToArray();
        events[0].Time = 0;
        var log = new EventLog(
            [.. events.Select(e => e.Time)],
            [.. events.Select(e => e.Item2)],
            [.. events.Select(_ => random.Next(50))],
            [.. Enumerable.Range(0, 50).Select(i => (ulong)i)]
        );

        var folds = TimeCut.RollingFolds(log, 4 * Day, new TimeCutOptions());

        // Four days do not hold three horizons of 36 hours and training; horizons of a day do.
        Assert.Equal(
            ["cut at 1970-01-04 00:00:00Z", "cut at 1970-01-03 00:00:00Z", "cut at 1970-01-02 00:00:00Z"],
            folds.Select(fold => fold.Name)
        );
        Assert.Equal(3, TimeCut.Folds(log, new TimeCutOptions())[0].Validation.Count);
        Assert.Empty(TimeCut.RollingFolds(log, 0, new TimeCutOptions()));
    }

    [Fact]
    public void RollingFolds_AfterEarlierWindows_EndWithTheirEnds()
    {
        var random = new Random(2);
        var times = Enumerable.Range(0, 3_000).Select(_ => (random.Next(3) * 60 * Day) + random.NextInt64(6 * Day));
        var log = new EventLog(
            [.. times],
            [.. Enumerable.Range(0, 3_000).Select(_ => random.Next(30))],
            [.. Enumerable.Range(0, 3_000).Select(_ => random.Next(50))],
            [.. Enumerable.Range(0, 50).Select(i => (ulong)i)]
        );
        var windows = TimeCut.Windows(log, TimeSpan.FromDays(7));

        var folds = TimeCut.RollingFolds(log, 124 * Day, new TimeCutOptions { ValidationCuts = 1 });
        var all = TimeCut.RollingFolds(log, 124 * Day, new TimeCutOptions());

        Assert.Equal(2, folds.Count);
        Assert.Equal("cut at 1970-05-03 12:00:00Z", folds[0].Name);
        var end = DateTimeOffset.FromUnixTimeSeconds(windows[1].Last - (36 * Hour));
        Assert.Equal($"cut at {end.ToString("u", CultureInfo.InvariantCulture)}", folds[1].Name);
        Assert.Equal(5, all.Count);
    }

    [Fact]
    public void Pairs_OfTwoFiles_AreTheFoldByHand()
    {
        var train = new ListenerItemPairs([0, 0, 0, 1], [0, 1, 1, 0]);
        var test = new ListenerItemPairs([0, 0, 0, 2], [2, 3, 3, 0]);

        var fold = PairSplit.Fold(train, test, 3, [1, 2, 3, 4], 1);

        Assert.Equal((3, 2), (fold.Data.Matrix.Listeners, fold.Data.Matrix.Items));
        Assert.Equal([1f, 1f], fold.Data.Matrix.RowWeights(0).ToArray());
        Assert.True(fold.Cases.ExcludesOwn);
        Assert.Equal(2, fold.Cases.Count);
        Assert.Equal((0, 2), (fold.Cases.Relevant(0).Length, fold.Cases.Beyond(0)));
        Assert.Equal((1, 0), (fold.Cases.Relevant(1).Length, fold.Cases.Beyond(1)));
        Assert.Equal(fold.Data.Matrix.RowItems(1)[0], fold.Cases.Relevant(1)[0]);
    }

    [Fact]
    public void HoldOut_OfAMatrix_KeepsTheRest()
    {
        var data = new TrainingData(Matrices.Random(3, 50, 60, 20));

        var fold = PairSplit.HoldOut(data, 0.2, 9);

        var at = 0;
        for (var listener = 0; listener < 50; listener++)
        {
            var all = data.Matrix.RowItems(listener).ToArray();
            var kept = fold.Data.Matrix.RowItems(listener).ToArray();
            var held = all.Length < 2 ? 0 : Math.Max(1, (int)Math.Round(0.2 * all.Length));
            Assert.Equal(all.Length - held, kept.Length);
            if (held > 0)
            {
                Assert.Equal(all.Except(kept), fold.Cases.Relevant(at++).ToArray());
            }
        }
        Assert.Equal(at, fold.Cases.Count);
        Assert.Single(fold.Validation);
    }

    [Fact]
    public void HoldOut_OfRowsWithPlaysAndRefusals_KeepsPlaysOfWhatStaysAndHoldsOutNoRefusal()
    {
        var builder = new InteractionMatrixBuilder(4);
        builder.AppendRow([0, 1, 2], [1, -1, 1], [0, 0, 2], [1, 2, 3]);
        var fold = PairSplit.HoldOut(new TrainingData(builder.Build()), 0.5, 1);
        var row = fold.Data.Matrix.Row(0);

        Assert.Equal(2, row.Items.Length);
        Assert.Contains(1, row.Items.ToArray());
        Assert.Equal(row.Items.Contains(0) ? 2 : 1, row.PlayEntries.Length);
        Assert.DoesNotContain(1, fold.Cases.Relevant(0).ToArray());
    }

    [RealDataFact]
    public void TimeCut_On30Music_HasTheWindowsCasesAndLevelsOfTheProtocol()
    {
        var log = RealEvents.Read();
        foreach (var (newOnly, cases) in new[] { (false, 439), (true, 421) })
        {
            var folds = TimeCut.Folds(log, new TimeCutOptions { NewOnly = newOnly });
            Assert.Equal(3, folds.Count);
            Assert.Equal([12_022, 24_443, 34_454], folds.Select(fold => fold.Data.Matrix.Items));
            Assert.Equal(cases, folds.Sum(fold => fold.Cases.Count));
            Assert.Equal(574, folds.Sum(fold => fold.Cases.Dropped));

            var popularity = RankingResult.Join([
                .. folds.Select(fold =>
                    RankingEvaluation.Run([Popularity.Fit(fold.Data.Matrix, PopularityMeasure.Listeners)], fold, 20, 2)[
                        0
                    ]
                ),
            ]);

            Assert.Equal(0.007, popularity.Mean(CaseMeasure.Recall), 1e-3);
            Assert.Equal(0.010, popularity.Mean(CaseMeasure.Ndcg), 1e-3);
        }
    }

    [RealDataFact]
    public void TimeCut_On30Music_RanksOwnPlaysAtTheLevelOfTheProtocol()
    {
        var log = RealEvents.Read();
        var (recall, ndcg) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 5; seed++)
        {
            foreach (var fold in TimeCut.Folds(log, new TimeCutOptions { Seed = seed }))
            {
                for (var i = 0; i < fold.Cases.Count; i++)
                {
                    var row = fold.Data.Matrix.Row(fold.Cases.Row(i));
                    var weights = row.Weights.ToArray();
                    int[] list =
                    [
                        .. row
                            .Items.ToArray()
                            .Zip(weights)
                            .OrderByDescending(entry => entry.Second)
                            .Take(20)
                            .Select(entry => entry.First),
                    ];
                    recall.Add(RankingMetrics.Recall(list, fold.Cases.Relevant(i), 20, fold.Cases.Beyond(i)));
                    ndcg.Add(RankingMetrics.Ndcg(list, fold.Cases.Relevant(i), 20, fold.Cases.Beyond(i)));
                }
            }
        }
        // Most plays are single ones, so that ties move this by a few thousandths.
        Assert.Equal(0.080, recall.Average(), 4e-3);
        Assert.Equal(0.088, ndcg.Average(), 4e-3);
    }

    private static EventLog Log() =>
        new(
            [.. Events.Select(e => e.Time)],
            [.. Events.Select(e => e.Listener)],
            [.. Events.Select(e => e.Item)],
            [.. Keys]
        );
}
