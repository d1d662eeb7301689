using FsCheck;
using FsCheck.Fluent;
using Nocturne.Testing;

namespace Nocturne.Recommending.Tests;

/// <summary>The best by rounded vectors are the best by the vectors, to the last bit.</summary>
public sealed class RoundedFactorsTests
{
    [Fact]
    public void Finish_OfAnyVectors_IsTheTopOfScoringAll() =>
        Check.One(
            Properties.Of(1_000),
            Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), seed => AssertSame(new Random(seed.Item)))
        );

    [Fact]
    public void TryBegin_WithZerosOrWhatIsNoNumber_LeavesItToScoringAll()
    {
        var vectors = Vectors(new Random(1), 40, 8);
        var rounded = new RoundedFactors(vectors, []);

        foreach (var value in (ReadOnlySpan<float>)[0, float.NaN, float.PositiveInfinity])
        {
            var x = new float[vectors.Stride];
            x[0] = value;
            Assert.False(rounded.TryBegin(new RoundedSearch(), x, [], 3));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    public void Ranker_OfExpectedRows_AnswersAsTheModelDoes(int together)
    {
        const int Items = 2_000;
        const int Wanted = 20;
        var random = new Random(together);
        var matrix = Matrices.Random(3, 60, Items, 30);
        var model = ImplicitAls.Fit(matrix, new AlsOptions { Dimensions = 16, Epochs = 2 }, 1);
        var (ranker, scratch) = (model.NewRanker(new RecommendationScratch(Items)), new RecommendationScratch(Items));
        var (items, scores) = (new int[Wanted], new float[Wanted]);
        var (ranked, rankedScores) = (new int[Wanted], new float[Wanted]);

        for (var first = 0; first < matrix.Listeners; first += together)
        {
            var rows = Enumerable.Range(first, Math.Min(together, matrix.Listeners - first)).ToArray();
            foreach (var row in rows)
            {
                ranker.Expect(matrix.Row(row));
            }
            random.Shuffle(rows);
            // One of them never comes; one leaves out more than what a search has to spare, one not even its own.
            foreach (var listener in rows.Skip(1))
            {
                var row = matrix.Row(listener);
                int[] others =
                [
                    .. Enumerable.Range(0, Items).Where(_ => random.Next(listener % 2 == 0 ? 10 : 200) == 0),
                ];
                int[] excluded = listener % 7 == 0 ? others : [.. row.Items.ToArray().Union(others)];
                var count = model.Top(row, excluded, scratch, items, scores);
                ranker.Begin(row, excluded);
                Assert.Equal(count, ranker.Top(ranked, rankedScores));
                Assert.Equal(items[..count], ranked[..count]);
                Assert.Equal(scores[..count], rankedScores[..count]);
            }
        }
    }

    /// <summary>Searches for several vectors, run together in memory that was used before.</summary>
    private static void AssertSame(Random random)
    {
        var rows = random.Next(1, 600);
        var dimensions = random.Next(1, 70);
        var vectors = Vectors(random, rows, dimensions);
        float[] gains =
            random.Next(2) == 0 ? [] : [.. Enumerable.Range(0, rows).Select(_ => random.NextSingle() + .01f)];
        var rounded = new RoundedFactors(vectors, gains);
        var searches = Enumerable.Range(0, random.Next(1, 5)).Select(_ => new RoundedSearch()).ToArray();
        for (var round = 0; round < 2; round++)
        {
            var begun = searches.Select(search => (search, Begin(random, rounded, search, vectors))).ToArray();
            rounded.Run([.. begun.Where(one => one.Item2.Begun).Select(one => one.search)]);
            foreach (var (search, (_, x, excluded)) in begun.Where(one => one.Item2.Begun))
            {
                AssertSame(vectors, gains, x, excluded, rounded, search);
            }
        }
    }

    private static (bool Begun, float[] X, int[] Excluded) Begin(
        Random random,
        RoundedFactors rounded,
        RoundedSearch search,
        FactorMatrix vectors
    )
    {
        var x = new float[vectors.Stride];
        for (var i = 0; i < vectors.Dimensions; i++)
        {
            x[i] = (random.NextSingle() - .5f) * MathF.Pow(10, random.Next(-4, 4));
        }
        int[] excluded = [.. Enumerable.Range(0, vectors.Rows).Where(_ => random.Next(8) == 0)];
        return (rounded.TryBegin(search, x, excluded, random.Next(1, 40)), x, excluded);
    }

    private static void AssertSame(
        FactorMatrix vectors,
        float[] gains,
        float[] x,
        int[] excluded,
        RoundedFactors rounded,
        RoundedSearch search
    )
    {
        var all = new float[vectors.Rows];
        DenseKernels.RowDots(x, vectors.Values, all);
        for (var row = 0; row < gains.Length; row++)
        {
            all[row] *= gains[row];
        }
        var marks = new int[vectors.Rows];
        excluded.ToList().ForEach(item => marks[item] = 1);
        var (items, scores) = (new int[search.Keep], new float[search.Keep]);
        var count = TopItems.Of(all, marks, 1, items, scores);

        var (found, foundScores) = (new int[search.Keep], new float[search.Keep]);
        var foundCount = rounded.Finish(search, found, foundScores);

        if (foundCount >= 0)
        {
            Assert.Equal(count, foundCount);
            Assert.Equal(items[..count], found[..count]);
            Assert.Equal(scores[..count], foundScores[..count]);
        }
    }

    private static FactorMatrix Vectors(Random random, int rows, int dimensions)
    {
        var vectors = new FactorMatrix(rows, dimensions);
        for (var row = 0; row < rows; row++)
        {
            var scale = random.Next(10) == 0 ? 0 : MathF.Pow(10, random.Next(-3, 2));
            for (var i = 0; i < dimensions; i++)
            {
                vectors.Row(row)[i] = (random.NextSingle() - .5f) * scale;
            }
        }
        return vectors;
    }
}
