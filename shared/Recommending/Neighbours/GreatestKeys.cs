namespace Nocturne.Recommending;

/// <summary>The K greatest of a stream of distinct keys.</summary>
/// <remarks>
/// Keys over the least that is still of use are gathered, and every time there are twice K the lesser half is put
/// away by a quickselect: a few operations a key, where a heap takes log K. What is kept does not depend on the order.
/// </remarks>
internal sealed class GreatestKeys
{
    private const int InsertionLength = 12;
    private readonly int _keep;
    private readonly ulong[] _keys;
    private int _count;
    private ulong _floor;

    /// <summary>Allocates for the greatest <paramref name="keep"/>.</summary>
    public GreatestKeys(int keep)
    {
        _keep = keep;
        _keys = new ulong[Math.Max(2 * keep, 1)];
    }

    public void Clear() => (_count, _floor) = (0, 0);

    public void Offer(ulong key)
    {
        if (key <= _floor)
        {
            return;
        }
        _keys[_count++] = key;
        if (_count == _keys.Length)
        {
            Halve();
        }
    }

    /// <summary>Those kept, greatest first; good until the next change.</summary>
    public ReadOnlySpan<ulong> Sorted()
    {
        if (_count > _keep)
        {
            Halve();
        }
        var kept = _keys.AsSpan(0, _count);
        kept.Sort();
        kept.Reverse();
        return kept;
    }

    private void Halve()
    {
        Select(_keys.AsSpan(0, _count), _keep);
        _count = _keep;
        _floor = ulong.MaxValue;
        foreach (var key in _keys.AsSpan(0, _count))
        {
            _floor = Math.Min(_floor, key);
        }
    }

    /// <summary>Moves the greatest <paramref name="keep"/> to the front.</summary>
    private static void Select(Span<ulong> keys, int keep)
    {
        var (first, end) = (0, keys.Length);
        while (end - first > InsertionLength)
        {
            var pivot = Median(keys[first], keys[first + ((end - first) / 2)], keys[end - 1]);
            // Without a branch on the comparison, which no predictor foresees: greater ones go to the front.
            var split = first;
            for (var i = first; i < end; i++)
            {
                var key = keys[i];
                keys[i] = keys[split];
                keys[split] = key;
                split += key > pivot ? 1 : 0;
            }
            if (split == keep)
            {
                return;
            }
            if (split > keep)
            {
                end = split;
            }
            else
            {
                // The pivot is the greatest of the rest, so there is progress even if nothing was greater.
                var at = split + keys[split..end].IndexOf(pivot);
                (keys[split], keys[at]) = (keys[at], keys[split]);
                first = split + 1;
            }
        }
        keys[first..end].Sort(static (a, b) => b.CompareTo(a));
    }

    private static ulong Median(ulong a, ulong b, ulong c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
