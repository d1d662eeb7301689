namespace Nocturne.Recommending;

/// <summary>Rotates vectors into the basis in which their Gram matrix is diagonal.</summary>
/// <remarks>No product of two of them changes. Sums are over fixed blocks of rows, added in order.</remarks>
internal static class Eigenbasis
{
    private const int BlockRows = 2_048;
    private const int ChunkRows = 64;

    /// <summary>Rotates in place; returns the eigenvalues of the Gram matrix Σ q·qᵀ.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="others">Vectors that are multiplied with them and have to follow; null if none.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves the vectors half rotated.</param>
    public static double[] Rotate(
        FactorMatrix vectors,
        FactorMatrix? others,
        int workers,
        CancellationToken cancellation
    )
    {
        var (dimensions, stride) = (vectors.Dimensions, vectors.Stride);
        var basis = Gram(vectors, workers, cancellation);
        var eigenvalues = new double[dimensions];
        SymmetricEigen.Decompose(basis, dimensions, eigenvalues);
        var rotation = new float[stride * stride];
        for (var i = 0; i < dimensions; i++)
        {
            for (var j = 0; j < dimensions; j++)
            {
                rotation[(i * stride) + j] = (float)basis[(i * dimensions) + j];
            }
        }
        Multiply(vectors, rotation, workers, cancellation);
        if (others is not null)
        {
            Multiply(others, rotation, workers, cancellation);
        }
        return eigenvalues;
    }

    /// <summary>Each vector times a square matrix of the padded length, in place.</summary>
    public static void Multiply(FactorMatrix vectors, float[] square, int workers, CancellationToken cancellation)
    {
        var stride = vectors.Stride;
        Parallel.For(
            0,
            Blocks(vectors),
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new float[BlockRows * stride],
            (block, _, copy) =>
            {
                var count = Math.Min(BlockRows, vectors.Rows - (block * BlockRows));
                var range = vectors.RowRange(block * BlockRows, count);
                range.CopyTo(copy);
                DenseKernels.Multiply(copy, count, stride, square, range);
                return copy;
            },
            static _ => { }
        );
    }

    /// <summary>The Gram matrix Σ q·qᵀ, full.</summary>
    public static double[] Gram(FactorMatrix vectors, int workers, CancellationToken cancellation)
    {
        var (dimensions, stride) = (vectors.Dimensions, vectors.Stride);
        var blocks = new float[Blocks(vectors)][];
        Parallel.For(
            0,
            blocks.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            block =>
            {
                var first = block * BlockRows;
                var count = Math.Min(BlockRows, vectors.Rows - first);
                var sums = new float[stride * stride];
                for (var chunk = 0; chunk < count; chunk += ChunkRows)
                {
                    var rows = Math.Min(ChunkRows, count - chunk);
                    DenseKernels.AddOuterProducts(vectors.RowRange(first + chunk, rows), rows, stride, sums);
                }
                blocks[block] = sums;
            }
        );
        var gram = new double[dimensions * dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            for (var j = i; j < dimensions; j++)
            {
                var sum = 0d;
                foreach (var sums in blocks)
                {
                    sum += sums[(i * stride) + j];
                }
                gram[(i * dimensions) + j] = sum;
                gram[(j * dimensions) + i] = sum;
            }
        }
        return gram;
    }

    private static int Blocks(FactorMatrix vectors) => (vectors.Rows + BlockRows - 1) / BlockRows;
}
