namespace Nocturne.Recommending.Tests;

public sealed class SessionTests
{
    [Fact]
    public void Log_OfClicksInAnyOrder_HasSessionsByEndAndClicksByTime()
    {
        var log = SessionLog.Of(5, [7, 3, 7, 3, 3], [50, 20, 10, 20, 5], [4, 1, 0, 2, 3]);

        Assert.Equal((2, 5), (log.Count, log.Clicks));
        Assert.Equal([3, 1, 2], log[0].ToArray()); // session 3 ends first; clicks of one time keep their order
        Assert.Equal([0, 4], log[1].ToArray());
        var (earlier, later) = log.SplitAtEnd(0.5);
        Assert.Equal([3, 1, 2], earlier[0].ToArray());
        Assert.Equal([0, 4], later[0].ToArray());
    }

    [Fact]
    public void Log_OfItemsOutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => SessionLog.Of(2, [0], [0], [2]));
        Assert.Throws<ArgumentException>(() => SessionLog.Of(2, [0], [0], [-2]));
        Assert.Throws<ArgumentException>(() => SessionLog.Of(2, [0, 1], [0], [0]));
    }

    [Fact]
    public void Rules_OfThreeSessions_AreTheOnesByHand()
    {
        // 0 → 1 → 2, 0 → 1, 0 → 2: after 0 come 1 and 1 at once, 2 at once, 2 a click later for half.
        var log = SessionLog.Of(3, [0, 0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 0, 1, 0, 2]);
        var options = new SequentialRulesOptions { AgeDecay = 0 };
        var rules = SequentialRules.Fit(log, options, 1);
        var scores = new float[3];

        rules.Score([0], new SessionScratch(), scores);
        Assert.Equal([0, 2 / 3.5f, 1.5f / 3.5f], scores);

        // One click back counts 1 / (1 + 1)²; 1 is followed by 2 alone.
        rules.Score([0, 1], new SessionScratch(), scores);
        Assert.Equal([0, 0.25f * 2 / 3.5f, 1 + (0.25f * 1.5f / 3.5f)], scores);
    }

    [Fact]
    public void Neighbours_OfThreeSessions_AreTheOnesByHand()
    {
        var log = SessionLog.Of(4, [0, 0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 1, 2, 3]);
        var options = new SessionNeighboursOptions
        {
            StepDecay = 1,
            MatchDecay = 0.5f,
            DistanceDecay = 1,
            BackwardWeight = 0.5f,
            LengthExponent = 1,
            RarityExponent = 0,
            AgeDecay = 0,
            Neighbours = 2,
        };
        var scores = new float[4];

        SessionNeighbours.Fit(log, options).Score([0, 1], new SessionScratch(), scores);

        // Similar are {0 1 2}: (1 + 1/2) / 3 = 1/2, and {3 1}: 1/2; the shared item 1 is the last click. In the first
        // 2 comes next; 0, at a distance of one before, has half, and so have 1 itself and 3 in the second.
        Assert.Equal([0.25f, 0.25f + 0.25f, 0.5f, 0.25f], scores);
    }

    [Fact]
    public void Neighbours_BeyondTheSample_AreTheLatestSessions()
    {
        var log = SessionLog.Of(4, [0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6], [0, 1, 0, 2, 0, 3]);
        var scores = new float[4];

        SessionNeighbours
            .Fit(log, new SessionNeighboursOptions { Sample = 2 })
            .Score([0], new SessionScratch(), scores);

        Assert.Equal(0, scores[1]);
        Assert.True(scores[3] > scores[2] || (scores[2] > 0 && scores[3] > 0));
    }

    [Fact]
    public void Neighbours_RandomSessions_AreThoseOfTheNaiveReference()
    {
        var log = SessionLogs.Random(21, 400, 50);
        var options = new SessionNeighboursOptions
        {
            Neighbours = 12,
            AgeDecay = 0,
            RarityExponent = 0.25f,
        };
        var model = SessionNeighbours.Fit(log, options);
        var scores = new float[50];
        foreach (var session in SessionLogs.Prefixes(22, 50))
        {
            model.Score(session, new SessionScratch(), scores);

            var expected = NaiveScores(log, options, session);
            for (var item = 0; item < 50; item++)
            {
                Assert.Equal(expected[item], scores[item], 1e-4 * Math.Max(1, expected[item]));
            }
        }
    }

    [Fact]
    public void Evaluation_OfEveryPrefix_HasTheValuesByHand()
    {
        // Popularity ranks 0 (three sessions), then 1 (two), then 2 and 3.
        var train = SessionLog.Of(4, [0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 2]);
        var test = SessionLog.Of(4, [0, 0, 0, 1, 1, 2], [1, 2, 3, 4, 5, 6], [3, 0, 1, 2, -1, 0]);
        var model = SessionPopularity.Fit(train);

        var result = SessionEvaluation.Run([model], train, test, 2, 1)[0];

        // Next items 0 (rank 1), 1 (rank 2) and one unknown.
        Assert.Equal(3, result.Cases);
        Assert.Equal(2 / 3d, result.Mean(CaseMeasure.Precision), 1e-6);
        Assert.Equal((1 + 0.5) / 3, result.Mean(CaseMeasure.ReciprocalRank), 1e-6);
        Assert.Equal([0, 0, 1], result.Listeners);
        Assert.Equal(2 / 3d, result.Coverage, 1e-6);
        var (precision, rank) = SessionEvaluation.Accuracy(model, test, 2, 1);
        Assert.Equal((2 / 3d, 0.5), (precision, rank));
    }

    [Fact]
    public void Evaluation_AnyNumberOfWorkers_GivesTheSame()
    {
        var train = SessionLogs.Random(31, 300, 80);
        var test = SessionLogs.Random(32, 300, 80);
        var model = new SessionBlendFamily().Fit(train, HyperParameters.Defaults, 1, CancellationToken.None);

        var one = SessionEvaluation.Run([model], train, test, 10, 1)[0];
        var three = SessionEvaluation.Run([model], train, test, 10, 3)[0];

        foreach (var measure in Enum.GetValues<CaseMeasure>())
        {
            Assert.Equal(one.Series(measure).ToArray(), three.Series(measure).ToArray());
        }
        Assert.Equal((one.Coverage, one.Gini), (three.Coverage, three.Gini));
    }

    [Fact]
    public void Split_OfItemsThatTrainingLacks_HasThemUnknown()
    {
        var split = SessionSplit.Of(([0, 0], [1, 2], [2, 0]), ([0, 0], [3, 4], [1, 2]), [5, 6, 7], 1);

        Assert.Equal(2, split.Train.ItemCount);
        Assert.Equal(-1, split.Test[0][0]);
        Assert.Equal(split.Train[0][0], split.Test[0][1]);
    }

    [Fact]
    public void Tune_OfAFamily_DoesNotLoseToItsDefaults()
    {
        var split = new SessionSplit(SessionLogs.Random(41, 400, 60), SessionLogs.Random(42, 10, 60));
        var settings = new TuningSettings(new SearchBudget(8), 1, 1, TimeProvider.System);

        var outcome = split.Tune(new SequentialRulesFamily(), settings, CancellationToken.None);

        Assert.Equal(8, outcome.Trials.Count);
        Assert.True(outcome.Best.Score >= outcome.Trials[0].Score);
    }

    /// <summary>By the formula, with all sessions looked at (fewer than the sample).</summary>
    private static double[] NaiveScores(SessionLog log, SessionNeighboursOptions options, int[] session)
    {
        int[] latest = [.. session.Reverse().Take(options.Steps)];
        var past = Enumerable
            .Range(0, log.Count)
            .Reverse()
            .Select(s => log[s].ToArray().Distinct().ToArray())
            .ToArray();
        var sessions = past.Where(items => items.Length > 1).ToArray();
        var near = sessions
            .Select(
                (items, n) =>
                {
                    var shared = latest.Where(item => item >= 0).Distinct().Where(items.Contains).ToArray();
                    var similarity = shared.Sum(item => 1 / (1 + (options.StepDecay * Array.IndexOf(latest, item))));
                    return (n, items, shared, Similarity: similarity / Math.Pow(items.Length, options.LengthExponent));
                }
            )
            .Where(n => n.shared.Length > 0)
            .OrderByDescending(n => (float)n.Similarity)
            .ThenBy(n => n.n)
            .Take(options.Neighbours);
        var scores = new double[log.ItemCount];
        foreach (var (_, items, shared, similarity) in near)
        {
            var step = Array.IndexOf(latest, shared[0]);
            for (var at = 0; at < items.Length; at++)
            {
                var distance = at - Array.IndexOf(items, shared[0]);
                var weight = 1 / (1 + (options.DistanceDecay * Math.Max(0, Math.Abs(distance) - 1)));
                var frequency = past.Count(p => p.Contains(items[at]));
                scores[items[at]] +=
                    similarity
                    / (1 + (options.MatchDecay * step))
                    * weight
                    * (distance > 0 ? 1 : options.BackwardWeight)
                    * Math.Pow(Math.Log2(1 + ((double)log.Count / frequency)), options.RarityExponent);
            }
        }
        return scores;
    }
}
