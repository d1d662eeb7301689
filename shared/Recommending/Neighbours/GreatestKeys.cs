using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nocturne.Recommending;

/// <summary>The K greatest of a stream of distinct keys.</summary>
/// <remarks>
/// Keys over the least that is still of use are gathered, and every time there are twice K the lesser half is put
/// away by a quickselect: a few operations a key, where a heap takes log K. What is kept does not depend on the order.
/// </remarks>
internal sealed class GreatestKeys
{
    private const int InsertionLength = 12;
    private const int Run = 8;
    private int _keep;
    private ulong[] _keys;
    private ulong[] _sorting;
    private int _count;
    private ulong _floor;

    /// <summary>Allocates for the greatest <paramref name="keep"/>.</summary>
    public GreatestKeys(int keep)
    {
        _keep = keep;
        _keys = new ulong[Math.Max(2 * keep, 1)];
        _sorting = new ulong[keep];
    }

    public void Clear() => (_count, _floor) = (0, 0);

    /// <summary>Starts anew, to keep so many.</summary>
    public void Clear(int keep)
    {
        if (_sorting.Length < keep)
        {
            (_keys, _sorting) = (new ulong[2 * keep], new ulong[keep]);
        }
        _keep = keep;
        Clear();
    }

    /// <summary>The least of those kept when the lesser half was last put away; 0 before.</summary>
    public ulong Least => _floor;

    /// <summary>The key of an item by its score: the greater score, then the lower item.</summary>
    public static ulong KeyOf(float score, int item)
    {
        // The bits of positive numbers are in their order, those of negative ones in the opposite.
        var bits = BitConverter.SingleToInt32Bits(score);
        var ordered = (uint)(bits ^ ((bits >> 31) | int.MinValue));
        return ((ulong)ordered << 32) | ~(uint)item;
    }

    public static float ScoreOf(ulong key)
    {
        var ordered = (int)(key >> 32);
        return BitConverter.Int32BitsToSingle(ordered ^ (~(ordered >> 31) | int.MinValue));
    }

    /// <returns>Whether the lesser half was put away.</returns>
    public bool Offer(ulong key)
    {
        if (key <= _floor)
        {
            return false;
        }
        _keys[_count++] = key;
        if (_count < Math.Max(2 * _keep, 1))
        {
            return false;
        }
        Halve();
        return true;
    }

    /// <summary>The least of those kept, of which there are enough.</summary>
    public ulong TrimmedLeast()
    {
        Halve();
        return _floor;
    }

    /// <summary>Those kept, greatest first; good until the next change.</summary>
    public ReadOnlySpan<ulong> Sorted()
    {
        if (_count > _keep)
        {
            Halve();
        }
        return Merge(_keys.AsSpan(0, _count), _sorting.AsSpan(0, _count));
    }

    /// <summary>Those kept, by their keys of items and scores, greatest first.</summary>
    /// <returns>How many there are.</returns>
    public int Sorted(Span<int> items, Span<float> scores)
    {
        var keys = Sorted();
        for (var i = 0; i < keys.Length; i++)
        {
            (items[i], scores[i]) = ((int)~(uint)keys[i], ScoreOf(keys[i]));
        }
        return keys.Length;
    }

    /// <summary>
    /// Sorts greatest first, by counting in runs of eight and merging these, without a branch on a comparison: half of
    /// those are mispredicted, and lists are short enough for that to be most of the time.
    /// </summary>
    private static Span<ulong> Merge(Span<ulong> from, Span<ulong> to)
    {
        for (var start = 0; start < from.Length; start += Run)
        {
            var run = from[start..Math.Min(start + Run, from.Length)];
            foreach (var key in run)
            {
                var rank = start;
                foreach (var other in run)
                {
                    rank += other > key ? 1 : 0;
                }
                to[rank] = key;
            }
        }
        for (var run = Run; run < from.Length; run *= 2)
        {
            var sorted = to;
            to = from;
            from = sorted;
            for (var start = 0; start < from.Length; start += 2 * run)
            {
                var end = Math.Min(start + (2 * run), from.Length);
                Merge(from[start..end], Math.Min(run, end - start), to[start..end]);
            }
        }
        return to;
    }

    /// <summary>
    /// Merges two runs from both ends at once: what is taken next depends on what was taken last, and so there are two
    /// such chains instead of one.
    /// </summary>
    private static void Merge(ReadOnlySpan<ulong> from, int middle, Span<ulong> to)
    {
        ref var source = ref MemoryMarshal.GetReference(from);
        ref var target = ref MemoryMarshal.GetReference(to);
        var (left, right) = (0, middle);
        var (lastLeft, lastRight) = (middle - 1, from.Length - 1);
        // Neither end can have used up the shorter run.
        var both = Math.Min(middle, from.Length - middle);
        for (var at = 0; at < both; at++)
        {
            var (a, b) = (Unsafe.Add(ref source, left), Unsafe.Add(ref source, right));
            var takesLeft = a > b ? 1 : 0;
            Unsafe.Add(ref target, at) = b ^ ((a ^ b) & (0UL - (ulong)takesLeft));
            left += takesLeft;
            right += 1 - takesLeft;
            (a, b) = (Unsafe.Add(ref source, lastLeft), Unsafe.Add(ref source, lastRight));
            takesLeft = a < b ? 1 : 0;
            Unsafe.Add(ref target, to.Length - 1 - at) = b ^ ((a ^ b) & (0UL - (ulong)takesLeft));
            lastLeft -= takesLeft;
            lastRight -= 1 - takesLeft;
        }
        var next = both;
        while (left <= lastLeft && right <= lastRight)
        {
            to[next++] = from[left] > from[right] ? from[left++] : from[right++];
        }
        from[left..(lastLeft + 1)].CopyTo(to[next..]);
        from[right..(lastRight + 1)].CopyTo(to[(next + lastLeft + 1 - left)..]);
    }

    private void Halve()
    {
        if (_count > _keep)
        {
            Select(_keys.AsSpan(0, _count), _keep);
            _count = _keep;
        }
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
