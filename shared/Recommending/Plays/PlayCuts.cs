namespace Nocturne.Recommending;

/// <summary>Earlier cuts of a matrix's own plays: what was known then, and what was played next.</summary>
internal static class PlayCuts
{
    private const int MostSteps = 4_096;

    /// <summary>
    /// The ages of usable cuts, newest first, half a horizon apart: something is held out, and in the two horizons
    /// before there was as much, so that the listeners' latest days are known as they will be.
    /// </summary>
    public static IReadOnlyList<float> Ages(InteractionMatrix matrix, float horizonDays)
    {
        var step = horizonDays / 2;
        var counts = new long[MostSteps + 4];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            foreach (var age in matrix.Row(listener).PlayAges)
            {
                if (age < step * MostSteps)
                {
                    counts[(int)(age / step)]++;
                }
            }
        }
        var ages = new List<float>();
        for (var at = 2; at < MostSteps; at++)
        {
            var held = counts[at - 2] + counts[at - 1];
            if (held > 0 && counts[at] + counts[at + 1] + counts[at + 2] + counts[at + 3] >= held)
            {
                ages.Add(at * step);
            }
        }
        return ages;
    }

    /// <summary>The plays that were at least so old, with their ages then; every listener keeps their row.</summary>
    public static InteractionMatrix Before(InteractionMatrix matrix, float age)
    {
        var builder = new InteractionMatrixBuilder(matrix.Items);
        var (items, weights) = (new List<int>(), new List<float>());
        var (played, ages) = (new List<int>(), new List<float>());
        var last = Array.Empty<float>();
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            items.Clear();
            weights.Clear();
            played.Clear();
            ages.Clear();
            last = last.Length < row.Items.Length ? new float[row.Items.Length] : last;
            last.AsSpan(0, row.Items.Length).Fill(-1);
            for (var play = 0; play < row.PlayEntries.Length; play++)
            {
                var entry = row.PlayEntries[play];
                if (row.PlayAges[play] >= age)
                {
                    last[entry] = row.PlayAges[play];
                    played.Add(row.Items[entry]);
                    ages.Add(row.PlayAges[play] - age);
                }
            }
            for (var entry = 0; entry < row.Items.Length; entry++)
            {
                if (last[entry] >= 0)
                {
                    items.Add(row.Items[entry]);
                    weights.Add(row.Weights[entry]);
                }
            }
            builder.AppendRow(
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(items),
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(weights),
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(played),
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ages)
            );
        }
        return builder.Build();
    }

    /// <summary>The items that a listener, known before, played within a horizon after the cut; ascending.</summary>
    public static int[] Next(ListenerRow row, float age, float horizonDays)
    {
        var isKnown = row.PlayAges.Length > 0 && row.PlayAges[^1] >= age;
        var next = new SortedSet<int>();
        for (var play = 0; isKnown && play < row.PlayEntries.Length && row.PlayAges[play] < age; play++)
        {
            var entry = row.PlayEntries[play];
            if (row.PlayAges[play] >= age - horizonDays && row.Weights[entry] >= 0)
            {
                next.Add(row.Items[entry]);
            }
        }
        return [.. next];
    }
}
