namespace Nocturne.Recommending;

/// <summary>What a row's plays come to.</summary>
internal static class RowPlaySums
{
    /// <summary>
    /// For each entry of a row the decayed sum of its plays; in a row without plays its weight. 0 where the weight is
    /// negative: what the listener does not want is not wanted for having been played.
    /// </summary>
    public static void Of(ListenerRow row, PlayDecay decay, Span<float> sums)
    {
        const float MostWeight = 1e6f;
        sums = sums[..row.Items.Length];
        sums.Clear();
        for (var i = 0; i < row.PlayEntries.Length; i++)
        {
            sums[row.PlayEntries[i]] += decay.Of(row.PlayAges[i]);
        }
        for (var i = 0; i < sums.Length; i++)
        {
            if (row.PlayEntries.IsEmpty)
            {
                sums[i] = Math.Clamp(row.Weights[i], 0, MostWeight);
            }
            else if (row.Weights[i] < 0)
            {
                sums[i] = 0;
            }
        }
    }

    /// <summary>
    /// For each item how many listeners it has, one who last played it some time ago counting by <paramref
    /// name="decay"/>; where plays are not known everyone counts whole.
    /// </summary>
    public static double[] Listeners(InteractionMatrix matrix, PlayDecay decay)
    {
        var listeners = new double[matrix.Items];
        var newest = new float[matrix.LongestRow()];
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            AddListener(matrix, listener, decay, newest, listeners);
        }
        return listeners;
    }

    /// <summary>Counts one listener; see <see cref="Listeners"/>.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="listener">The listener.</param>
    /// <param name="decay">How they count.</param>
    /// <param name="newest">Room for the longest row.</param>
    /// <param name="listeners">What they are added to, by item.</param>
    public static void AddListener(
        InteractionMatrix matrix,
        int listener,
        PlayDecay decay,
        Span<float> newest,
        double[] listeners
    )
    {
        var row = matrix.Row(listener);
        newest[..row.Items.Length].Fill(matrix.HasPlays ? 0 : 1);
        // From the oldest on, so that the newest stays.
        for (var i = row.PlayEntries.Length - 1; i >= 0; i--)
        {
            newest[row.PlayEntries[i]] = decay.Of(row.PlayAges[i]);
        }
        for (var i = 0; i < row.Items.Length; i++)
        {
            listeners[row.Items[i]] += row.Weights[i] < 0 ? 0 : newest[i];
        }
    }
}
