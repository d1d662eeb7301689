namespace Nocturne.Recommending;

/// <summary>What is played near what: for every item those that the same listeners play within the same hour or so.</summary>
/// <remarks>
/// A pair of plays of one listener, t days and n plays apart, counts 1 / ((1 + t/r)(1 + n/10)), where the neighbour
/// came first times 0.7. An item's counts are divided by their sum and a little more, so that few pairs say little.
/// Costs plays × <see cref="MostSteps"/>.
/// </remarks>
internal static class PlayedTogether
{
    private const float Reach = 0.5f / 24;
    private const float LongestReach = 3 * Reach;
    private const int MostSteps = 20;
    private const float StepDecay = 0.1f;
    private const float Backward = 0.7f;
    private const float Shrinkage = 5;
    private const int Keep = 100;
    private const int PartitionItems = 512;

    // Of a radio's hundred thousand plays so many say what they have to say.
    private const int MostPlaysOfItem = 20_000;

    public static Neighbourhoods Fit(InteractionMatrix matrix, int workers, CancellationToken cancellation)
    {
        var (starts, rows, positions) = Index(matrix);
        var parts = new NeighbourLists.Part[(matrix.Items + PartitionItems - 1) / PartitionItems];
        Parallel.For(
            0,
            parts.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            () => (Sums: new SparseSums(matrix.Items), Lists: new NeighbourLists(matrix.Items, Keep)),
            (partition, _, scratch) =>
            {
                var first = partition * PartitionItems;
                for (var item = first; item < Math.Min(first + PartitionItems, matrix.Items); item++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var end = Math.Min(starts[item + 1], starts[item] + MostPlaysOfItem);
                    for (var at = starts[item]; at < end; at++)
                    {
                        Add(matrix.Row(rows[at]), positions[at], scratch.Sums);
                    }
                    var total = Shrinkage;
                    var found = scratch.Sums.Items.AsSpan(0, scratch.Sums.Count);
                    foreach (var other in found)
                    {
                        total += scratch.Sums[other];
                    }
                    foreach (var other in found)
                    {
                        scratch.Lists.Offer(other, scratch.Sums.Take(other) / total);
                    }
                    scratch.Sums.Reset();
                    scratch.Lists.End();
                }
                parts[partition] = scratch.Lists.Take();
                return scratch;
            },
            static _ => { }
        );
        return NeighbourLists.Join(matrix.Items, parts);
    }

    private static void Add(ListenerRow row, int play, SparseSums sums)
    {
        var entries = row.PlayEntries;
        var ages = row.PlayAges;
        var own = entries[play];
        // Newest first: what came after has lower positions.
        for (var other = play - 1; other >= Math.Max(0, play - MostSteps); other--)
        {
            if (!TryAdd(row, own, entries[other], ages[play] - ages[other], play - other, 1, sums))
            {
                break;
            }
        }
        for (var other = play + 1; other < Math.Min(entries.Length, play + 1 + MostSteps); other++)
        {
            if (!TryAdd(row, own, entries[other], ages[other] - ages[play], other - play, Backward, sums))
            {
                break;
            }
        }
    }

    private static bool TryAdd(
        ListenerRow row,
        int own,
        int entry,
        float apart,
        int steps,
        float factor,
        SparseSums sums
    )
    {
        if (apart > LongestReach)
        {
            return false;
        }
        if (entry != own && row.Weights[entry] >= 0)
        {
            sums.Add(row.Items[entry], factor / ((1 + (apart / Reach)) * (1 + (StepDecay * steps))));
        }
        return true;
    }

    /// <summary>Every item's plays: the row and the position in it, in the order of rows.</summary>
    private static (int[] Starts, int[] Rows, int[] Positions) Index(InteractionMatrix matrix)
    {
        var starts = new int[matrix.Items + 1];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            foreach (var entry in row.PlayEntries)
            {
                starts[row.Items[entry] + 1]++;
            }
        }
        for (var item = 0; item < matrix.Items; item++)
        {
            starts[item + 1] += starts[item];
        }
        var next = starts.ToArray();
        var (rows, positions) = (new int[starts[^1]], new int[starts[^1]]);
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            for (var play = 0; play < row.PlayEntries.Length; play++)
            {
                var at = next[row.Items[row.PlayEntries[play]]]++;
                (rows[at], positions[at]) = (listener, play);
            }
        }
        return (starts, rows, positions);
    }
}
