using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static Nocturne.Recommending.DenseKernels;

namespace Nocturne.Recommending;

/// <summary>The inverse of a large symmetric positive definite matrix, in place.</summary>
/// <remarks>
/// S = Uᵀ·U, then U⁻¹, then S⁻¹ = U⁻¹·U⁻ᵀ, tile by tile (Golub and Van Loan, Matrix Computations, 4.2). Every product
/// of tiles is C += Aᵀ·B: the inverse of U is kept with its tiles transposed, so that nothing is ever transposed.
/// Tiles are independent within a step and each is written by one worker, its sums in one order. About size³ fused
/// operations.
/// </remarks>
internal static class SymmetricInverse
{
    private const int Side = TiledSymmetric.Side;
    private const int TileLength = TiledSymmetric.TileLength;

    /// <summary>Replaces S by its inverse.</summary>
    /// <param name="s">S; 1 belongs on the diagonal of its padding, which <see cref="Invert"/> sees to.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves the matrix half inverted.</param>
    public static void Invert(TiledSymmetric s, int workers, CancellationToken cancellation)
    {
        for (var row = s.Size; row < s.Tiles * Side; row++)
        {
            s.Diagonal(row) = 1;
        }
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation };
        var inverses = new float[s.Tiles * TileLength];
        var copies = new float[s.Tiles * TileLength];
        Factor(s, inverses, copies, options);
        InvertFactor(s, inverses, copies, options);
        MultiplyFactors(s, copies, options);
    }

    /// <summary>Replaces S by U, and gives the inverses of the tiles on U's diagonal.</summary>
    private static void Factor(TiledSymmetric s, float[] inverses, float[] copies, ParallelOptions options)
    {
        for (var step = 0; step < s.Tiles; step++)
        {
            var diagonal = s.Tile(step, step);
            Cholesky.Factor(diagonal, Side, Side);
            InvertTriangle(diagonal, Tile(inverses, step));
            var k = step;
            Parallel.For(
                k + 1,
                s.Tiles,
                options,
                j =>
                {
                    var tile = s.Tile(k, j);
                    var copy = Tile(copies, j);
                    tile.CopyTo(copy);
                    tile.Clear();
                    AddTransposedProduct(tile, Tile(inverses, k), copy);
                    // Subtracted from every later row, so the negative is what is needed.
                    Scale(tile, -1, copy);
                }
            );
            Parallel.For(
                k + 1,
                s.Tiles,
                options,
                i =>
                {
                    for (var j = i; j < s.Tiles; j++)
                    {
                        AddTransposedProduct(s.Tile(i, j), Tile(copies, i), s.Tile(k, j));
                    }
                }
            );
        }
    }

    /// <summary>Replaces U by its inverse, every tile transposed: column by column, from U·U⁻¹ = I.</summary>
    private static void InvertFactor(TiledSymmetric s, float[] inverses, float[] copies, ParallelOptions options)
    {
        for (var column = 0; column < s.Tiles; column++)
        {
            var j = column;
            for (var k = 0; k < j; k++)
            {
                s.Tile(k, j).CopyTo(Tile(copies, k));
            }
            Parallel.For(
                0,
                j,
                options,
                i =>
                {
                    Span<float> sum = stackalloc float[TileLength];
                    sum.Clear();
                    for (var k = i; k < j; k++)
                    {
                        AddTransposedProduct(sum, Tile(copies, k), s.Tile(i, k));
                    }
                    Scale(sum, -1, sum);
                    var tile = s.Tile(i, j);
                    tile.Clear();
                    AddTransposedProduct(tile, Tile(inverses, j), sum);
                }
            );
            var diagonal = s.Tile(j, j);
            var inverse = Tile(inverses, j);
            for (var r = 0; r < Side; r++)
            {
                for (var c = 0; c < Side; c++)
                {
                    diagonal[(c * Side) + r] = inverse[(r * Side) + c];
                }
            }
        }
    }

    /// <summary>Replaces U⁻¹ by U⁻¹·U⁻ᵀ: row by row, as no later row is needed by an earlier one any more.</summary>
    private static void MultiplyFactors(TiledSymmetric s, float[] copies, ParallelOptions options)
    {
        for (var row = 0; row < s.Tiles; row++)
        {
            var i = row;
            for (var k = i; k < s.Tiles; k++)
            {
                s.Tile(i, k).CopyTo(Tile(copies, k));
            }
            Parallel.For(
                i,
                s.Tiles,
                options,
                j =>
                {
                    var tile = s.Tile(i, j);
                    tile.Clear();
                    for (var k = j; k < s.Tiles; k++)
                    {
                        AddTransposedProduct(tile, Tile(copies, k), j == i ? Tile(copies, k) : s.Tile(j, k));
                    }
                }
            );
        }
    }

    private static Span<float> Tile(float[] tiles, int index) => tiles.AsSpan(index * TileLength, TileLength);

    /// <summary>The inverse of an upper triangle; what stands below it is not read, and zero in the inverse.</summary>
    private static void InvertTriangle(ReadOnlySpan<float> u, Span<float> inverse)
    {
        inverse.Clear();
        for (var j = 0; j < Side; j++)
        {
            var scale = 1 / u[(j * Side) + j];
            for (var i = 0; i < j; i++)
            {
                var sum = 0f;
                for (var k = i; k < j; k++)
                {
                    sum += inverse[(i * Side) + k] * u[(k * Side) + j];
                }
                inverse[(i * Side) + j] = -sum * scale;
            }
            inverse[(j * Side) + j] = scale;
        }
    }

    /// <summary>C += Aᵀ·B over tiles: four rows by two vectors of C stay in registers.</summary>
    private static void AddTransposedProduct(Span<float> c, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var to = ref MemoryMarshal.GetReference(c);
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        for (var column = 0; column < Side; column += 2 * Lanes)
        {
            for (var row = 0; row < Side; row += 4)
            {
                ref var s0 = ref Unsafe.Add(ref to, (row * Side) + column);
                var p00 = Load(ref s0, 0);
                var p01 = Load(ref s0, Lanes);
                var p10 = Load(ref s0, Side);
                var p11 = Load(ref s0, Side + Lanes);
                var p20 = Load(ref s0, 2 * Side);
                var p21 = Load(ref s0, (2 * Side) + Lanes);
                var p30 = Load(ref s0, 3 * Side);
                var p31 = Load(ref s0, (3 * Side) + Lanes);
                ref var x = ref Unsafe.Add(ref left, row);
                ref var y = ref Unsafe.Add(ref right, column);
                for (var t = 0; t < Side; t++)
                {
                    var y0 = Load(ref y, 0);
                    var y1 = Load(ref y, Lanes);
                    var factor = Vector256.Create(x);
                    p00 = Fma(factor, y0, p00);
                    p01 = Fma(factor, y1, p01);
                    factor = Vector256.Create(Unsafe.Add(ref x, 1));
                    p10 = Fma(factor, y0, p10);
                    p11 = Fma(factor, y1, p11);
                    factor = Vector256.Create(Unsafe.Add(ref x, 2));
                    p20 = Fma(factor, y0, p20);
                    p21 = Fma(factor, y1, p21);
                    factor = Vector256.Create(Unsafe.Add(ref x, 3));
                    p30 = Fma(factor, y0, p30);
                    p31 = Fma(factor, y1, p31);
                    x = ref Unsafe.Add(ref x, Side);
                    y = ref Unsafe.Add(ref y, Side);
                }
                Store(ref s0, 0, p00);
                Store(ref s0, Lanes, p01);
                Store(ref s0, Side, p10);
                Store(ref s0, Side + Lanes, p11);
                Store(ref s0, 2 * Side, p20);
                Store(ref s0, (2 * Side) + Lanes, p21);
                Store(ref s0, 3 * Side, p30);
                Store(ref s0, (3 * Side) + Lanes, p31);
            }
        }
    }
}
