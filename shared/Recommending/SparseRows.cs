namespace Nocturne.Recommending;

/// <summary>One side of an <see cref="InteractionMatrix"/>: its listeners as rows, or its items.</summary>
internal readonly struct SparseRows(InteractionMatrix matrix, bool byItem)
{
    /// <summary>How many rows there are.</summary>
    public int Count => byItem ? matrix.Items : matrix.Listeners;

    /// <summary>The columns of one row, ascending.</summary>
    public ReadOnlySpan<int> Columns(int row) => byItem ? matrix.ColumnListeners(row) : matrix.RowItems(row);

    /// <summary>Their weights.</summary>
    public ReadOnlySpan<float> Weights(int row) => byItem ? matrix.ColumnWeights(row) : matrix.RowWeights(row);
}
