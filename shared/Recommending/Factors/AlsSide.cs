namespace Nocturne.Recommending;

/// <summary>Half an epoch: the vectors of all rows of one side, given those of the other.</summary>
internal static class AlsSide
{
    // Entries per unit of parallel work, about: enough to hide scheduling, few enough to balance long rows.
    private const int PartitionEntries = 8_192;

    /// <summary>Solves every row; no row's result depends on the number of workers.</summary>
    public static void Solve(
        SparseRows rows,
        AlsRowSolver solver,
        bool exactly,
        FactorMatrix target,
        int workers,
        CancellationToken cancellation
    )
    {
        var bounds = Partition(rows);
        Parallel.For(
            0,
            bounds.Count - 1,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new AlsRowSolver.Scratch(target.Dimensions),
            (partition, _, scratch) =>
            {
                for (var row = bounds[partition]; row < bounds[partition + 1]; row++)
                {
                    if (row + 1 < rows.Count)
                    {
                        solver.Prefetch(rows.Columns(row + 1));
                    }
                    if (exactly)
                    {
                        solver.Solve(rows.Columns(row), rows.Weights(row), scratch, target.Row(row));
                    }
                    else
                    {
                        solver.Improve(rows.Columns(row), rows.Weights(row), scratch, target.Row(row));
                    }
                }
                return scratch;
            },
            static _ => { }
        );
    }

    private static List<int> Partition(SparseRows rows)
    {
        var bounds = new List<int> { 0 };
        var entries = 0L;
        for (var row = 0; row < rows.Count; row++)
        {
            entries += rows.Columns(row).Length + 1;
            if (entries >= PartitionEntries || row == rows.Count - 1)
            {
                bounds.Add(row + 1);
                entries = 0;
            }
        }
        return bounds;
    }
}
