namespace Nocturne.Recommending.Tests;

/// <summary>What every session model keeps, on random logs and on the edges.</summary>
public abstract class SessionModelContract
{
    private const int ItemCount = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Top_WithExclusions_IsTheSortedScoresWithoutThem(int seed)
    {
        var model = Fit(SessionLogs.Random(seed, 150, ItemCount), 1);
        var scratch = new SessionScratch();
        var dense = new float[ItemCount];
        var (items, scores) = (new int[10], new float[10]);
        foreach (var session in SessionLogs.Prefixes(seed + 100, ItemCount))
        {
            model.Score(session, scratch, dense);
            int[] excluded = [.. session.Where(item => item % 2 == 0)];
            var expected = Enumerable
                .Range(0, ItemCount)
                .Where(i => dense[i] > 0 && !excluded.Contains(i))
                .OrderByDescending(i => dense[i])
                .ThenBy(i => i)
                .Take(10)
                .ToArray();

            var found = model.Top(session, excluded, scratch, items, scores);

            Assert.Equal(expected, items[..found]);
            Assert.Equal(expected.Select(i => dense[i]), scores[..found]);
        }
    }

    [Fact]
    public void Explain_AnyItem_SumsToItsScoreStrongestFirst()
    {
        var model = Fit(SessionLogs.Random(4, 150, ItemCount), 1);
        var scratch = new SessionScratch();
        var dense = new float[ItemCount];
        foreach (var session in SessionLogs.Prefixes(5, ItemCount))
        {
            var (clicks, terms) = (new int[session.Length], new float[session.Length]);
            model.Score(session, scratch, dense);
            for (var item = 0; item < ItemCount; item++)
            {
                var count = model.Explain(session, item, scratch, clicks, terms, out var bias);

                Assert.Equal(dense[item], bias + terms[..count].Sum(), 1e-4f * Math.Max(1, dense[item]));
                Assert.Equal(terms[..count].OrderByDescending(t => t), terms[..count]);
                Assert.All(clicks[..count], click => Assert.True(session[click] >= 0));
            }
        }
    }

    [Fact]
    public void Fit_WithAnyNumberOfWorkers_HasTheSameBytes()
    {
        var log = SessionLogs.Random(6, 2_000, 1_500);

        var one = Bytes(Fit(log, 1));

        Assert.Equal(one, Bytes(Fit(log, 2)));
        Assert.Equal(one, Bytes(Fit(log, 7)));
    }

    [Fact]
    public void Save_ThenLoad_GivesTheSameModel()
    {
        var model = Fit(SessionLogs.Random(7, 150, ItemCount), 1);
        using var stream = new MemoryStream(Bytes(model));

        var loaded = SessionModel.Load(stream);

        Assert.Equal(model.GetType(), loaded.GetType());
        Assert.Equal(Bytes(model), Bytes(loaded));
        var (one, two, scratch) = (new float[ItemCount], new float[ItemCount], new SessionScratch());
        foreach (var session in SessionLogs.Prefixes(8, ItemCount))
        {
            model.Score(session, scratch, one);
            loaded.Score(session, scratch, two);
            Assert.Equal(one, two);
        }
    }

    [Fact]
    public void Load_TruncatedOrDamagedAnywhere_SaysSo()
    {
        var bytes = Bytes(Fit(SessionLogs.Random(9, 6, 8), 1));
        for (var length = 0; length < bytes.Length; length++)
        {
            using var stream = new MemoryStream(bytes, 0, length);
            var exception = Assert.Throws<ModelArtefactException>(() => SessionModel.Load(stream));
            Assert.Contains("truncated", exception.Message, StringComparison.Ordinal);
        }
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            using var stream = new MemoryStream(bytes);
            var exception = Assert.Throws<ModelArtefactException>(() => SessionModel.Load(stream));
            Assert.Matches("damaged|does not begin", exception.Message);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Model_OfNothingSingleClicksRepeatsAndUnknownItems_NeverGivesNaN()
    {
        SessionLog[] logs =
        [
            SessionLog.Of(0, [], [], []),
            SessionLog.Of(3, [], [], []),
            SessionLog.Of(3, [0, 0, 0], [5, 5, 5], [1, 1, 1]),
            SessionLog.Of(3, [0, 4], [5, long.MaxValue / 4], [1, 2]),
            SessionLog.Of(3, [0, 0, 1, 1], [-5, 5, 6, 7], [-1, 1, 0, -1]),
        ];
        var scratch = new SessionScratch();
        foreach (var log in logs)
        {
            var model = Fit(log, 2);
            var dense = new float[log.ItemCount];
            int[][] sessions =
                log.ItemCount == 0
                    ?
                    [
                        [],
                        [-1],
                    ]
                    :
                    [
                        [],
                        [-1],
                        [0],
                        [1, 1, 1],
                        [2, -1, 0, 1],
                    ];
            foreach (var session in sessions)
            {
                model.Score(session, scratch, dense);
                Assert.All(dense, score => Assert.True(float.IsFinite(score) && score >= 0));
                var found = model.Top(session, [1, -1], scratch, new int[5], new float[5]);
                Assert.InRange(found, 0, log.ItemCount);
            }
        }
    }

    [Fact]
    public void Top_ReusedScratch_AllocatesNothing()
    {
        var model = Fit(SessionLogs.Random(10, 150, ItemCount), 1);
        var scratch = new SessionScratch();
        var (items, scores) = (new int[10], new float[10]);
        var sessions = SessionLogs.Prefixes(11, ItemCount).ToArray();
        model.Top(sessions[0], [], scratch, items, scores);

        // The runtime itself allocates now and then, when it compiles what has become hot.
        var allocated = new List<long>();
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var session in sessions)
            {
                model.Top(session, session, scratch, items, scores);
            }
            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Contains(0, allocated);
    }

    [Fact]
    public void Scratch_SharedByModelsOfAnySize_ServesThemAll()
    {
        var scratch = new SessionScratch();
        var models = new[] { 10, 300, 40 }.Select(items => Fit(SessionLogs.Random(12, 100, items), 1)).ToArray();
        for (var round = 0; round < 20; round++)
        {
            foreach (var model in models)
            {
                var (shared, own) = (new float[model.Items], new float[model.Items]);
                model.Score([round % 10, 3], scratch, shared);
                model.Score([round % 10, 3], new SessionScratch(), own);
                Assert.Equal(own, shared);
            }
        }
    }

    private protected abstract SessionModel Fit(SessionLog log, int workers);

    private static byte[] Bytes(SessionModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }
}

public sealed class SessionPopularityContract : SessionModelContract
{
    private protected override SessionModel Fit(SessionLog log, int workers) => SessionPopularity.Fit(log);
}

public sealed class SequentialRulesContract : SessionModelContract
{
    private protected override SessionModel Fit(SessionLog log, int workers) =>
        SequentialRules.Fit(log, new SequentialRulesOptions { Rules = 20 }, workers);
}

public sealed class SessionNeighboursContract : SessionModelContract
{
    private protected override SessionModel Fit(SessionLog log, int workers) =>
        SessionNeighbours.Fit(log, new SessionNeighboursOptions { Neighbours = 15, RepeatWeight = 0.5f });
}

public sealed class SessionBlendContract : SessionModelContract
{
    private protected override SessionModel Fit(SessionLog log, int workers) =>
        new SessionBlendFamily().Fit(log, HyperParameters.Defaults, workers, CancellationToken.None);
}

/// <summary>Random sessions by seed.</summary>
internal static class SessionLogs
{
    public static SessionLog Random(int seed, int sessions, int items)
    {
        var random = new Random(seed);
        var clicks = new List<(int Session, long Time, int Item)>();
        for (var session = 0; session < sessions; session++)
        {
            var time = random.NextInt64(100L * 24 * 3_600 * 1_000);
            for (var click = random.Next(1, 12); click > 0; click--)
            {
                clicks.Add((session, time += random.Next(100_000), Item(random, items)));
            }
        }
        return SessionLog.Of(
            items,
            [.. clicks.Select(c => c.Session)],
            [.. clicks.Select(c => c.Time)],
            [.. clicks.Select(c => c.Item)]
        );
    }

    /// <summary>Sessions to ask for, with unknown items here and there, short and very long ones.</summary>
    public static IEnumerable<int[]> Prefixes(int seed, int items)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            yield return
            [
                .. Enumerable
                    .Range(0, i == 0 ? 100 : random.Next(1, 12))
                    .Select(_ => random.Next(10) == 0 ? -1 : Item(random, items)),
            ];
        }
    }

    private static int Item(Random random, int items) => (int)(items * random.NextDouble() * random.NextDouble());
}
