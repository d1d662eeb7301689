namespace Nocturne.Recommending;

/// <summary>From items to the sessions that <see cref="SessionNeighbours"/> keeps.</summary>
internal static class SessionIndex
{
    /// <summary>For every item its latest sessions, and where in them it is.</summary>
    /// <param name="items">How many items there are.</param>
    /// <param name="sample">Sessions that are kept of an item.</param>
    /// <param name="sessionStarts">Where each session begins, the latest session first.</param>
    /// <param name="sessionItems">Their items.</param>
    public static (int[] Starts, int[] Sessions, int[] Positions) Of(
        int items,
        int sample,
        int[] sessionStarts,
        int[] sessionItems
    )
    {
        var counts = new int[items];
        foreach (var item in sessionItems)
        {
            counts[item] = Math.Min(sample, counts[item] + 1);
        }
        var starts = new int[items + 1];
        for (var item = 0; item < items; item++)
        {
            starts[item + 1] = starts[item] + counts[item];
        }
        var next = starts.AsSpan(0, items).ToArray();
        var sessions = new int[starts[^1]];
        var positions = new int[starts[^1]];
        for (var session = 0; session < sessionStarts.Length - 1; session++)
        {
            for (var at = sessionStarts[session]; at < sessionStarts[session + 1]; at++)
            {
                var item = sessionItems[at];
                if (next[item] < starts[item + 1])
                {
                    positions[next[item]] = at - sessionStarts[session];
                    sessions[next[item]++] = session;
                }
            }
        }
        return (starts, sessions, positions);
    }
}
