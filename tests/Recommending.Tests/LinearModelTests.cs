using Nocturne.Recommending;

namespace Nocturne.Recommending.Tests;

public sealed class EaseContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        Ease.Fit(matrix, new EaseOptions { Neighbours = 20, Regularization = 5 }, workers);
}

public sealed class GfCfContract : RecommendationModelContract
{
    private protected override RecommendationModel Fit(InteractionMatrix matrix, int workers) =>
        GfCf.Fit(matrix, new GfCfOptions { Neighbours = 8, Dimensions = 6 }, workers);
}

public sealed class EaseTests
{
    [Theory]
    [InlineData(90, 40, 0f)]
    [InlineData(90, 40, 0.4f)]
    [InlineData(30, 90, 0f)]
    [InlineData(30, 90, 0.4f)]
    [InlineData(150, 70, 0.25f)]
    [InlineData(70, 150, 0.25f)]
    public void Fit_InEitherSpace_EqualsTheNaiveSolution(int listeners, int items, float dropout)
    {
        var matrix = Matrices.Random(3, listeners, items, 12);
        var options = new EaseOptions
        {
            Regularization = 4,
            Dropout = dropout,
            PopularityPenalty = 0.75f,
            Neighbours = items,
        };

        var model = Ease.Fit(matrix, options, 2);

        var naive = Naive(matrix, options);
        for (var from = 0; from < items; from++)
        {
            var weights = new double[items];
            for (var n = 0; n < model.NeighboursOf(from).Length; n++)
            {
                weights[model.NeighboursOf(from)[n]] = model.SimilaritiesOf(from)[n];
            }
            for (var to = 0; to < items; to++)
            {
                Assert.Equal(from == to ? 0 : naive[from, to], weights[to], 2e-5);
            }
        }
    }

    [Fact]
    public void Fit_FewerNeighbours_KeepsTheLargestBySize()
    {
        var matrix = Matrices.Random(5, 60, 30, 10);
        var whole = Ease.Fit(matrix, new EaseOptions { Regularization = 2, Neighbours = 30 }, 1);

        var cut = Ease.Fit(matrix, new EaseOptions { Regularization = 2, Neighbours = 7 }, 1);

        for (var item = 0; item < 30; item++)
        {
            Assert.Equal(
                whole.NeighboursOf(item)[..cut.NeighboursOf(item).Length].ToArray(),
                cut.NeighboursOf(item).ToArray()
            );
            Assert.Equal(
                cut.SimilaritiesOf(item).ToArray().OrderByDescending(Math.Abs),
                cut.SimilaritiesOf(item).ToArray()
            );
        }
        Assert.Contains(Enumerable.Range(0, 30), item => cut.SimilaritiesOf(item).ToArray().Any(w => w < 0));
    }

    [Fact]
    public void Fit_BothSidesOverTheBound_SaysWhatToDo()
    {
        var matrix = Matrices.Random(1, 50, 40, 5);

        var exception = Assert.Throws<ArgumentException>(() => Ease.Fit(matrix, new EaseOptions { MaxSide = 39 }, 1));

        Assert.Contains("40 items", exception.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(EaseOptions.MaxSide), exception.Message, StringComparison.Ordinal);
        _ = Ease.Fit(matrix, new EaseOptions { MaxSide = 40 }, 1);
    }

    [Fact]
    public void Fit_UnusableOptions_AreRefused()
    {
        var matrix = Matrices.Of(2, [(0, 1)]);

        Assert.Throws<ArgumentException>(() => Ease.Fit(matrix, new() { Regularization = 0 }, 1));
        Assert.Throws<ArgumentException>(() => Ease.Fit(matrix, new() { Dropout = 1 }, 1));
        Assert.Throws<ArgumentException>(() => Ease.Fit(matrix, new() { Neighbours = 0 }, 1));
    }

    [Fact]
    public async Task Fit_Cancelled_StopsWithoutAModel()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            Ease.Fit(Matrices.Random(1, 50, 50, 10), new(), 2, cancellation.Token)
        );
    }

    /// <summary>B by the formula over dense double matrices, of weights over their root mean square.</summary>
    private static double[,] Naive(InteractionMatrix matrix, EaseOptions options)
    {
        var x = LinearModels.Dense(matrix);
        var entries = x.Cast<double>().Where(w => w != 0).ToArray();
        var mean = entries.Sum(w => w * w) / entries.Length;
        var system = new double[matrix.Items, matrix.Items];
        for (var i = 0; i < matrix.Items; i++)
        {
            for (var j = 0; j < matrix.Items; j++)
            {
                system[i, j] = Enumerable.Range(0, matrix.Listeners).Sum(u => x[u, i] * x[u, j]) / mean;
            }
        }
        var gains = Enumerable
            .Range(0, matrix.Items)
            .Select(i => Math.Pow(1 + (system[i, i] / options.Regularization), -options.PopularityPenalty))
            .ToArray();
        for (var i = 0; i < matrix.Items; i++)
        {
            system[i, i] += (options.Dropout / (1d - options.Dropout) * system[i, i]) + options.Regularization;
        }
        var inverse = LinearModels.Inverse(system);
        var b = new double[matrix.Items, matrix.Items];
        for (var i = 0; i < matrix.Items; i++)
        {
            for (var j = 0; j < matrix.Items; j++)
            {
                b[i, j] = -gains[j] * inverse[i, j] / inverse[j, j];
            }
        }
        return b;
    }
}

public sealed class GfCfTests
{
    [Theory]
    [InlineData(80, 30)]
    [InlineData(30, 80)]
    public void Score_AnyRow_EqualsTheNaiveFilter(int listeners, int items)
    {
        var matrix = Matrices.Random(11, listeners, items, 12);
        var options = new GfCfOptions
        {
            Dimensions = 5,
            Neighbours = items,
            LowPass = 0.7f,
            Iterations = 200,
        };
        var model = GfCf.Fit(matrix, options, 2);
        var scores = new float[items];

        var naive = Naive(matrix, options);

        for (var listener = 0; listener < listeners; listener++)
        {
            var row = matrix.Row(listener);
            model.Score(row, scores);
            for (var item = 0; item < items; item++)
            {
                var expected = 0d;
                for (var i = 0; i < row.Items.Length; i++)
                {
                    expected += row.Weights[i] * naive[row.Items[i], item];
                }
                Assert.Equal(expected, scores[item], 2e-3);
            }
        }
    }

    [Fact]
    public void Fit_MoreDimensionsThanTheMatrixHas_StillWorks()
    {
        var matrix = Matrices.Of(4, [(0, 1), (1, 1)], [(1, 1), (2, 1)]);

        var model = GfCf.Fit(matrix, new GfCfOptions { Dimensions = 64 }, 1);
        var scores = new float[4];
        model.Score(matrix.Row(0), scores);

        Assert.True(scores[2] > 0);
        Assert.Equal(0, scores[3]);
    }

    [Fact]
    public void Fit_OverTheBound_SaysWhatToDo()
    {
        var exception = Assert.Throws<ArgumentException>(() =>
            GfCf.Fit(Matrices.Random(1, 50, 40, 5), new GfCfOptions { MaxNumbers = 100 }, 1)
        );

        Assert.Contains(nameof(GfCfOptions.MaxNumbers), exception.Message, StringComparison.Ordinal);
    }

    /// <summary>R̃ᵀR̃ without its diagonal, and D^-½·V·Vᵀ·D^½ by the eigenvectors of R̃ᵀR̃, in double.</summary>
    private static double[,] Naive(InteractionMatrix matrix, GfCfOptions options)
    {
        var x = LinearModels.Dense(matrix);
        var n = matrix.Items;
        var rows = Enumerable
            .Range(0, matrix.Listeners)
            .Select(u => Enumerable.Range(0, n).Sum(i => x[u, i]))
            .ToArray();
        var columns = Enumerable
            .Range(0, n)
            .Select(i => Enumerable.Range(0, matrix.Listeners).Sum(u => x[u, i]))
            .ToArray();
        var gram = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                for (var u = 0; u < matrix.Listeners; u++)
                {
                    gram[(i * n) + j] +=
                        x[u, i] * x[u, j] == 0 ? 0 : x[u, i] * x[u, j] / rows[u] / Math.Sqrt(columns[i] * columns[j]);
                }
            }
        }
        var vectors = gram.ToArray();
        var values = new double[n];
        SymmetricEigen.Decompose(vectors, n, values);
        var first = Enumerable.Range(0, n).OrderByDescending(i => values[i]).Take(options.Dimensions).ToArray();
        var filter = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                if (columns[i] > 0 && columns[j] > 0)
                {
                    var passed = first.Sum(k => vectors[(i * n) + k] * vectors[(j * n) + k]);
                    filter[i, j] =
                        (i == j ? 0 : gram[(i * n) + j])
                        + (options.LowPass * passed * Math.Sqrt(columns[j] / columns[i]));
                }
            }
        }
        return filter;
    }
}

public sealed class LargeMatrixTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void Invert_PositiveDefinite_EqualsElimination(int size)
    {
        var matrix = Matrices.Random(size, 3 * size, size, 10);
        var rows = new SparseRows(matrix, byItem: true);
        var s = SparseGram.Of(rows, new SparseRows(matrix, byItem: false), [], 2, CancellationToken.None);
        var dense = new double[size, size];
        var copy = new float[TiledSymmetric.Side * s.Tiles * TiledSymmetric.Side];
        for (var i = 0; i < size; i++)
        {
            s.Diagonal(i) += 3;
            for (var u = 0; u < matrix.Listeners; u++)
            {
                foreach (var (j, weight) in Entries(matrix, u).Where(_ => Entries(matrix, u).Any(e => e.Item == i)))
                {
                    dense[i, j] += weight * Entries(matrix, u).Single(e => e.Item == i).Weight;
                }
            }
            dense[i, i] += 3;
        }

        SymmetricInverse.Invert(s, 2, CancellationToken.None);

        var expected = LinearModels.Inverse(dense);
        for (var tileRow = 0; tileRow < s.Tiles; tileRow++)
        {
            s.CopyRows(tileRow, copy);
            for (var r = 0; r < Math.Min(TiledSymmetric.Side, size - (tileRow * TiledSymmetric.Side)); r++)
            {
                for (var c = 0; c < size; c++)
                {
                    var value = copy[(r * s.Tiles * TiledSymmetric.Side) + c];
                    Assert.Equal(expected[(tileRow * TiledSymmetric.Side) + r, c], value, 2e-5);
                }
            }
        }
    }

    private static (int Item, float Weight)[] Entries(InteractionMatrix matrix, int listener) =>
        [.. matrix.RowItems(listener).ToArray().Zip(matrix.RowWeights(listener).ToArray())];
}

internal static class LinearModels
{
    public static double[,] Dense(InteractionMatrix matrix)
    {
        var dense = new double[matrix.Listeners, matrix.Items];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            for (var i = 0; i < matrix.RowItems(listener).Length; i++)
            {
                dense[listener, matrix.RowItems(listener)[i]] = matrix.RowWeights(listener)[i];
            }
        }
        return dense;
    }

    /// <summary>Column by column, by elimination.</summary>
    public static double[,] Inverse(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var inverse = new double[n, n];
        for (var column = 0; column < n; column++)
        {
            var system = new double[n, n + 1];
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    system[i, j] = matrix[i, j];
                }
            }
            system[column, n] = 1;
            var solution = DenseTests.Eliminate(system);
            for (var i = 0; i < n; i++)
            {
                inverse[i, column] = solution[i];
            }
        }
        return inverse;
    }
}
