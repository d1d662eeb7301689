using FsCheck;
using FsCheck.Fluent;

namespace Nocturne.Recommending.Tests;

/// <summary>The best by rounded vectors are the best by the vectors, to the last bit.</summary>
public sealed class RoundedFactorsTests
{
    [Fact]
    public void Top_OfAnyVectors_IsThatOfScoringAll() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1_000),
            Prop.ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), seed => AssertSame(new Random(seed.Item)))
        );

    [Fact]
    public void Top_OfZerosOrWhatIsNoNumber_LeavesItToScoringAll()
    {
        var vectors = Vectors(new Random(1), 40, 8);
        var rounded = new RoundedFactors(vectors, []);

        foreach (var value in (ReadOnlySpan<float>)[0, float.NaN, float.PositiveInfinity])
        {
            var x = new float[vectors.Stride];
            x[0] = value;
            Assert.Equal(-1, rounded.Top(x, new int[40], 1, new int[40], new float[40], new int[3], new float[3]));
        }
    }

    private static void AssertSame(Random random)
    {
        var rows = random.Next(1, 300);
        var dimensions = random.Next(1, 70);
        var vectors = Vectors(random, rows, dimensions);
        float[] gains =
            random.Next(2) == 0 ? [] : [.. Enumerable.Range(0, rows).Select(_ => random.NextSingle() + .01f)];
        var x = new float[vectors.Stride];
        for (var i = 0; i < dimensions; i++)
        {
            x[i] = (random.NextSingle() - .5f) * MathF.Pow(10, random.Next(-4, 4));
        }
        var marks = Enumerable.Range(0, rows).Select(_ => random.Next(8) == 0 ? 1 : 0).ToArray();
        var all = new float[rows];
        DenseKernels.RowDots(x, vectors.Values, all);
        for (var row = 0; row < gains.Length; row++)
        {
            all[row] *= gains[row];
        }
        var wanted = random.Next(1, 40);
        var (items, scores) = (new int[wanted], new float[wanted]);
        var count = TopItems.Of(all, marks, 1, items, scores);

        var (found, foundScores) = (new int[wanted], new float[wanted]);
        var foundCount = new RoundedFactors(vectors, gains).Top(
            x,
            marks,
            1,
            new int[rows],
            new float[rows],
            found,
            foundScores
        );

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
