namespace Nocturne.Recommending.Tests;

/// <summary>The kernels against three loops in double precision.</summary>
public sealed class DenseTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(3, 8)]
    [InlineData(4, 16)]
    [InlineData(7, 24)]
    [InlineData(30, 64)]
    public void RowProducts_OfAnyShape_AreTheDotsOfPairs(int count, int stride)
    {
        var a = Draw((count + 3) & ~3, stride);
        Array.Clear(a, count * stride, a.Length - (count * stride));
        var productStride = DenseKernels.Stride(count);
        var products = new float[productStride * (productStride + 4)];

        DenseKernels.RowProducts(a, count, stride, products, productStride);

        for (var j = 0; j < count; j++)
        {
            for (var i = j; i < count; i++)
            {
                Assert.Equal(Dot(a, j, i, stride), products[(j * productStride) + i], 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(5, 16)]
    [InlineData(9, 24)]
    [InlineData(70, 64)]
    public void AddOuterProducts_OfAnyShape_AddsToTheUpperTriangle(int count, int stride)
    {
        var a = Draw(count, stride);
        var sums = Enumerable.Repeat(1f, stride * stride).ToArray();

        DenseKernels.AddOuterProducts(a, count, stride, sums);

        for (var i = 0; i < stride; i++)
        {
            for (var j = i; j < stride; j++)
            {
                var expected = 1d;
                for (var row = 0; row < count; row++)
                {
                    expected += (double)a[(row * stride) + i] * a[(row * stride) + j];
                }
                Assert.Equal(expected, sums[(i * stride) + j], 1e-3);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(11)]
    public void MultiplyAndRowDots_OfAnyNumberOfRows_AreTheProducts(int count)
    {
        const int Stride = 24;
        var a = Draw(count, Stride);
        var square = Draw(Stride, Stride);
        var result = new float[count * Stride];
        var dots = new float[count];

        DenseKernels.Multiply(a, count, Stride, square, result);
        DenseKernels.RowDots(a.AsSpan(0, Stride), a, dots);

        for (var row = 0; row < count; row++)
        {
            for (var j = 0; j < Stride; j++)
            {
                var expected = Enumerable
                    .Range(0, Stride)
                    .Sum(i => (double)a[(row * Stride) + i] * square[(i * Stride) + j]);
                Assert.Equal(expected, result[(row * Stride) + j], 1e-4);
            }
            Assert.Equal(DenseKernels.Dot(a.AsSpan(0, Stride), a.AsSpan(row * Stride, Stride)), dots[row]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(64)]
    public void Cholesky_OfAnySize_SolvesTheSystem(int size)
    {
        var stride = DenseKernels.Stride(size);
        var a = Draw(stride, stride);
        var system = new float[stride * stride];
        // What is not read is poisoned.
        Array.Fill(system, 1e30f);
        var augmented = new double[size, size + 1];
        var b = new float[stride];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                augmented[i, j] = Dot(a, i, j, stride) + (i == j ? 1 : 0);
                if (j >= i)
                {
                    system[(i * stride) + j] = (float)augmented[i, j];
                }
            }
            b[i] = i - 2;
            augmented[i, size] = b[i];
        }

        Cholesky.Factor(system, size, stride);
        Cholesky.Solve(system, size, stride, b);

        var expected = Eliminate(augmented);
        for (var i = 0; i < size; i++)
        {
            Assert.Equal(expected[i], b[i], 2e-3);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void SymmetricEigen_OfAnySize_DiagonalisesWithAnOrthonormalBasis(int size)
    {
        var a = Draw(size, size);
        var matrix = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                matrix[(i * size) + j] = Dot(a, i, j, size);
            }
        }
        var basis = (double[])matrix.Clone();
        var values = new double[size];

        SymmetricEigen.Decompose(basis, size, values);

        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var (rebuilt, product) = (0d, 0d);
                for (var k = 0; k < size; k++)
                {
                    rebuilt += basis[(i * size) + k] * values[k] * basis[(j * size) + k];
                    product += basis[(k * size) + i] * basis[(k * size) + j];
                }
                Assert.Equal(matrix[(i * size) + j], rebuilt, 1e-9);
                Assert.Equal(i == j ? 1 : 0, product, 1e-9);
            }
        }
    }

    [Fact]
    public void SymmetricEigen_OfNothingButZeros_HasZeros()
    {
        var values = new double[5];

        SymmetricEigen.Decompose(new double[25], 5, values);

        Assert.All(values, value => Assert.Equal(0, value));
    }

    /// <summary>Solves an augmented system, by Gauss's elimination with pivots.</summary>
    internal static double[] Eliminate(double[,] system)
    {
        var size = system.GetLength(0);
        for (var column = 0; column < size; column++)
        {
            var pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(system[row, column]));
            for (var j = 0; j <= size; j++)
            {
                (system[column, j], system[pivot, j]) = (system[pivot, j], system[column, j]);
            }
            for (var row = 0; row < size; row++)
            {
                if (row != column)
                {
                    var factor = system[row, column] / system[column, column];
                    for (var j = column; j <= size; j++)
                    {
                        system[row, j] -= factor * system[column, j];
                    }
                }
            }
        }
        return [.. Enumerable.Range(0, size).Select(row => system[row, size] / system[row, row])];
    }

    private static float[] Draw(int rows, int stride) =>
        [.. Enumerable.Range(0, rows * stride).Select(i => CounterDraws.Normal(rows, stride, i))];

    private static double Dot(float[] a, int left, int right, int stride) =>
        Enumerable.Range(0, stride).Sum(k => (double)a[(left * stride) + k] * a[(right * stride) + k]);
}
