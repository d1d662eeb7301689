namespace Nocturne.Recommending;

/// <summary>Solves <see cref="Ease"/> by inverting XᵀX + Λ.</summary>
internal static class EaseByItems
{
    public static Neighbourhoods Solve(
        InteractionMatrix matrix,
        EaseSystem system,
        int keep,
        int workers,
        CancellationToken cancellation
    )
    {
        const int Side = TiledSymmetric.Side;
        var rows = new SparseRows(matrix, byItem: true);
        var inverse = SparseGram.Of(rows, new SparseRows(matrix, byItem: false), [], workers, cancellation);
        for (var item = 0; item < matrix.Items; item++)
        {
            inverse.Diagonal(item) += system.Penalties[item];
        }
        SymmetricInverse.Invert(inverse, workers, cancellation);
        var scales = new float[matrix.Items];
        for (var item = 0; item < matrix.Items; item++)
        {
            scales[item] = -system.Gains[item] / Math.Max(inverse.Diagonal(item), system.Floor(item));
        }
        var parts = new NeighbourLists.Part[inverse.Tiles];
        Parallel.For(
            0,
            inverse.Tiles,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => (Lists: new NeighbourLists(matrix.Items, keep), Rows: new float[Side * inverse.Tiles * Side]),
            (tileRow, _, worker) =>
            {
                inverse.CopyRows(tileRow, worker.Rows);
                for (var r = 0; r < Math.Min(Side, matrix.Items - (tileRow * Side)); r++)
                {
                    var row = worker.Rows.AsSpan(r * inverse.Tiles * Side, matrix.Items);
                    for (var item = 0; item < row.Length; item++)
                    {
                        var value = row[item] * scales[item];
                        if (value != 0 && item != (tileRow * Side) + r)
                        {
                            worker.Lists.Offer(item, value);
                        }
                    }
                    worker.Lists.End();
                }
                parts[tileRow] = worker.Lists.Take();
                return worker;
            },
            static _ => { }
        );
        return NeighbourLists.Join(matrix.Items, parts);
    }
}
