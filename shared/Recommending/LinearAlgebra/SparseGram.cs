namespace Nocturne.Recommending;

/// <summary>Products of all pairs of rows of a sparse matrix.</summary>
internal static class SparseGram
{
    /// <summary>G_ab = Σ over shared columns c of x_ac·x_bc·scale_c, the upper triangle.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The same matrix by its columns.</param>
    /// <param name="scales">A factor for each column; empty for 1.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static TiledSymmetric Of(
        SparseRows rows,
        SparseRows columns,
        float[] scales,
        int workers,
        CancellationToken cancellation
    )
    {
        const int Side = TiledSymmetric.Side;
        var gram = new TiledSymmetric(rows.Count);
        Parallel.For(
            0,
            gram.Tiles,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new float[gram.Tiles * Side],
            (tileRow, _, sums) =>
            {
                var first = tileRow * Side;
                for (var row = first; row < Math.Min(first + Side, rows.Count); row++)
                {
                    Add(rows, columns, scales, row, sums);
                    for (var tileColumn = tileRow; tileColumn < gram.Tiles; tileColumn++)
                    {
                        sums.AsSpan(tileColumn * Side, Side)
                            .CopyTo(gram.Tile(tileRow, tileColumn)[((row - first) * Side)..]);
                    }
                    Array.Clear(sums);
                }
                return sums;
            },
            static _ => { }
        );
        return gram;
    }

    private static void Add(SparseRows rows, SparseRows columns, float[] scales, int row, float[] sums)
    {
        var own = rows.Columns(row);
        var ownWeights = rows.Weights(row);
        for (var c = 0; c < own.Length; c++)
        {
            var weight = scales.Length == 0 ? ownWeights[c] : ownWeights[c] * scales[own[c]];
            var others = columns.Columns(own[c]);
            var otherWeights = columns.Weights(own[c]);
            for (var o = 0; o < others.Length; o++)
            {
                sums[others[o]] += weight * otherWeights[o];
            }
        }
    }
}
