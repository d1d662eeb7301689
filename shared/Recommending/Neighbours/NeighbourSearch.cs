using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nocturne.Recommending;

/// <summary>How alike two items are, given the sum over the listeners they share.</summary>
internal interface ISimilarity
{
    /// <summary>The similarity; a pair of which it is not over 0, or not finite, are no neighbours.</summary>
    /// <param name="sum">Σ_u x_ui·x_uj.</param>
    /// <param name="item">The item whose list is made.</param>
    /// <param name="other">The other.</param>
    float Of(float sum, int item, int other);
}

/// <summary>For every item the K others of the highest similarity, over all pairs that share a listener.</summary>
/// <remarks>
/// One item's list is computed by one worker, its sums in listener order, so that the result has the same bytes for
/// any number of workers. Costs Σ over rows of length², and a selection over the pairs.
/// </remarks>
internal static class NeighbourSearch
{
    // Items per unit of parallel work: enough to hide scheduling, few enough that popular ones do not hold up.
    private const int PartitionItems = 64;

    /// <summary>Finds all lists.</summary>
    /// <param name="matrix">x: rows of weights that are not negative.</param>
    /// <param name="similarity">The measure.</param>
    /// <param name="keep">K.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static Neighbourhoods Run<TSimilarity>(
        InteractionMatrix matrix,
        TSimilarity similarity,
        int keep,
        int workers,
        CancellationToken cancellation
    )
        where TSimilarity : ISimilarity
    {
        var partitions = new NeighbourLists.Part[(matrix.Items + PartitionItems - 1) / PartitionItems];
        Parallel.For(
            0,
            partitions.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => new Scratch(matrix.Items, keep),
            (partition, _, scratch) =>
            {
                var first = partition * PartitionItems;
                for (var item = first; item < Math.Min(first + PartitionItems, matrix.Items); item++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Search(matrix, similarity, item, scratch);
                }
                partitions[partition] = scratch.Lists.Take();
                return scratch;
            },
            static _ => { }
        );
        return NeighbourLists.Join(matrix.Items, partitions);
    }

    private static void Search<TSimilarity>(InteractionMatrix matrix, TSimilarity similarity, int item, Scratch scratch)
        where TSimilarity : ISimilarity
    {
        // Items are checked when a matrix is built, so that here, 60 million times a fit, they need not be.
        ref var sums = ref MemoryMarshal.GetArrayDataReference(scratch.Sums);
        ref var touched = ref MemoryMarshal.GetArrayDataReference(scratch.Touched);
        var touchedCount = 0;
        var listeners = matrix.ColumnListeners(item);
        var weights = matrix.ColumnWeights(item);
        for (var l = 0; l < listeners.Length; l++)
        {
            var weight = weights[l];
            var others = matrix.RowItems(listeners[l]);
            var otherWeights = matrix.RowWeights(listeners[l])[..others.Length];
            for (var o = 0; o < others.Length; o++)
            {
                // Whether a sum is new is a coin toss to the branch predictor, so it is listed without a branch.
                ref var sum = ref Unsafe.Add(ref sums, others[o]);
                var before = sum;
                var after = before + (weight * otherWeights[o]);
                sum = after;
                Unsafe.Add(ref touched, touchedCount) = others[o];
                touchedCount += (before == 0) & (after > 0) ? 1 : 0;
            }
        }
        foreach (var other in scratch.Touched.AsSpan(0, touchedCount))
        {
            // Extreme weights may overflow to infinity or to 0/0: such a pair has no similarity to speak of.
            var similar = similarity.Of(Unsafe.Add(ref sums, other), item, other);
            Unsafe.Add(ref sums, other) = 0;
            if (similar > 0 && similar <= float.MaxValue && other != item)
            {
                scratch.Lists.Offer(other, similar);
            }
        }
        scratch.Lists.End();
    }

    private sealed class Scratch(int items, int keep)
    {
        public float[] Sums { get; } = new float[items];

        // One more than there are items: the place after the last is written before it is known to be needed.
        public int[] Touched { get; } = new int[items + 1];

        public NeighbourLists Lists { get; } = new(items, keep);
    }
}
