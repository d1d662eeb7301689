namespace Nocturne.Recommending;

/// <summary>The leading singular vectors of a sparse matrix, by subspace iteration.</summary>
/// <remarks>
/// A block of somewhat more vectors than wanted is multiplied by X·Xᵀ and made orthonormal in turn, on the side with
/// fewer rows; at last the small matrix that X is between the block's vectors is decomposed exactly. Halko, Martinsson
/// and Tropp, "Finding structure with randomness" (SIAM Review 2011), algorithm 4.4. The start is random by counter,
/// sums are in one order: one result on every machine.
/// </remarks>
internal static class SingularVectors
{
    private const int PartitionRows = 64;

    // Less of a vector than this is left when its share in the others is taken out: it was theirs, to rounding.
    private const double LeastRest = 1e-6;

    /// <summary>How many vectors are iterated for so many wanted: the last ones converge slowest.</summary>
    public static int Block(InteractionMatrix matrix, int count) =>
        Math.Max(1, Math.Min(DenseKernels.Stride(count + (count / 8)), Math.Min(matrix.Listeners, matrix.Items)));

    /// <summary>The right singular vectors, one a column, of the greatest singular values, greatest first.</summary>
    /// <param name="matrix">X.</param>
    /// <param name="count">How many; those beyond the rank are zero.</param>
    /// <param name="iterations">More take the last vectors nearer.</param>
    /// <param name="seed">Of the start.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static FactorMatrix Right(
        InteractionMatrix matrix,
        int count,
        int iterations,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var block = Block(matrix, count);
        var isByItem = matrix.Items <= matrix.Listeners;
        var narrow = new SparseRows(matrix, isByItem);
        var wide = new SparseRows(matrix, !isByItem);
        var q = Random(narrow.Count, block, seed);
        var w = new FactorMatrix(wide.Count, block);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            Orthonormalize(q, workers, cancellation);
            Multiply(wide, q, w, workers, cancellation);
            Multiply(narrow, w, q, workers, cancellation);
        }
        Orthonormalize(q, workers, cancellation);
        Multiply(wide, q, w, workers, cancellation);
        var squares = Eigenbasis.Rotate(w, isByItem ? q : null, workers, cancellation);
        return Leading(isByItem ? q : w, squares, count, isNormal: isByItem);
    }

    /// <summary>target = rows·source.</summary>
    private static void Multiply(
        SparseRows rows,
        FactorMatrix source,
        FactorMatrix target,
        int workers,
        CancellationToken cancellation
    ) =>
        Parallel.For(
            0,
            (rows.Count + PartitionRows - 1) / PartitionRows,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            partition =>
            {
                var end = Math.Min((partition + 1) * PartitionRows, rows.Count);
                for (var row = partition * PartitionRows; row < end; row++)
                {
                    var sum = target.Row(row);
                    sum.Clear();
                    var columns = rows.Columns(row);
                    var weights = rows.Weights(row);
                    for (var c = 0; c < columns.Length; c++)
                    {
                        DenseKernels.AddScaled(sum, source.Row(columns[c]), weights[c]);
                    }
                }
            }
        );

    /// <summary>Makes the columns orthonormal: with G = QᵀQ = UᵀU they are those of Q·U⁻¹.</summary>
    private static void Orthonormalize(FactorMatrix q, int workers, CancellationToken cancellation)
    {
        var (size, stride) = (q.Dimensions, q.Stride);
        var u = Eigenbasis.Gram(q, workers, cancellation);
        var inverse = new double[size];
        var square = new float[stride * stride];
        for (var j = 0; j < size; j++)
        {
            var row = u.AsSpan(j * size, size);
            var before = row[j];
            for (var t = 0; t < j; t++)
            {
                var above = u.AsSpan(t * size, size);
                var factor = above[j];
                for (var c = j; c < size; c++)
                {
                    row[c] -= factor * above[c];
                }
                before += factor * factor;
            }
            // A column without anything of its own becomes zero, and stays it.
            var scale = row[j] > LeastRest * before ? 1 / Math.Sqrt(row[j]) : 0;
            for (var c = j; c < size; c++)
            {
                row[c] *= scale;
            }
            inverse.AsSpan().Clear();
            inverse[j] = scale;
            for (var i = j - 1; i >= 0; i--)
            {
                var sum = 0d;
                for (var k = i + 1; k <= j; k++)
                {
                    sum += u[(i * size) + k] * inverse[k];
                }
                inverse[i] = u[(i * size) + i] > 0 ? -sum / u[(i * size) + i] : 0;
            }
            for (var i = 0; i <= j; i++)
            {
                square[(i * stride) + j] = (float)inverse[i];
            }
        }
        Eigenbasis.Multiply(q, square, workers, cancellation);
    }

    private static FactorMatrix Leading(FactorMatrix vectors, double[] squares, int count, bool isNormal)
    {
        var order = Enumerable.Range(0, squares.Length).OrderByDescending(i => squares[i]).Take(count).ToArray();
        var least = order.Length == 0 ? 0 : Math.Max(squares[order[0]] * LeastRest, double.Epsilon);
        var leading = new FactorMatrix(vectors.Rows, count);
        for (var i = 0; i < order.Length; i++)
        {
            var square = squares[order[i]];
            if (!(square > least))
            {
                break;
            }
            var scale = isNormal ? 1f : (float)(1 / Math.Sqrt(square));
            for (var row = 0; row < vectors.Rows; row++)
            {
                leading.Row(row)[i] = vectors[row][order[i]] * scale;
            }
        }
        return leading;
    }

    private static FactorMatrix Random(int rows, int dimensions, int seed)
    {
        var vectors = new FactorMatrix(rows, dimensions);
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < dimensions; i++)
            {
                vectors.Row(row)[i] = CounterDraws.Normal(seed, row, i);
            }
        }
        return vectors;
    }
}
