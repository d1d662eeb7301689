namespace Nocturne.Recommending;

/// <summary>Values by group, in flat arrays: a counting sort that keeps their order.</summary>
internal sealed class Groups
{
    private readonly int[] _starts;
    private readonly int[] _values;

    private Groups(int[] starts, int[] values)
    {
        _starts = starts;
        _values = values;
    }

    /// <summary>The values of a group.</summary>
    public ReadOnlySpan<int> Of(int group) => _values.AsSpan(_starts[group].._starts[group + 1]);

    /// <summary>Groups the values <paramref name="from"/> up to, exclusive, <paramref name="to"/>.</summary>
    /// <param name="groups">How many groups there are.</param>
    /// <param name="from">The first.</param>
    /// <param name="to">Where they end.</param>
    /// <param name="groupOf">The group of a value.</param>
    public static Groups Of(int groups, int from, int to, Func<int, int> groupOf)
    {
        var starts = new int[groups + 1];
        for (var value = from; value < to; value++)
        {
            starts[groupOf(value) + 1]++;
        }
        for (var group = 0; group < groups; group++)
        {
            starts[group + 1] += starts[group];
        }
        var next = starts.AsSpan(0, groups).ToArray();
        var values = new int[to - from];
        for (var value = from; value < to; value++)
        {
            values[next[groupOf(value)]++] = value;
        }
        return new Groups(starts, values);
    }
}
