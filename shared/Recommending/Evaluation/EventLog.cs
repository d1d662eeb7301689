namespace Nocturne.Recommending;

/// <summary>Who played what when: flat arrays in the order of time.</summary>
public sealed class EventLog
{
    /// <summary>Takes events in any order; those of one time keep theirs. The arrays are taken over.</summary>
    /// <param name="times">Seconds since 1970.</param>
    /// <param name="listeners">Dense numbers from 0.</param>
    /// <param name="items">Dense numbers from 0.</param>
    /// <param name="itemKeys">A hash of every item's id: what ties are broken by, so that numbering is no clue.</param>
    /// <param name="artists">Every item's artist, from 0, or -1 where it is unknown; null if none is known.</param>
    /// <exception cref="ArgumentException">The events' arrays differ in length, or an item has no key or artist.</exception>
    public EventLog(long[] times, int[] listeners, int[] items, ulong[] itemKeys, int[]? artists = null)
    {
        if (times.Length != listeners.Length || times.Length != items.Length)
        {
            throw new ArgumentException(
                $"{times.Length} times, {listeners.Length} listeners and {items.Length} items are no events.",
                nameof(times)
            );
        }
        if (artists is not null && artists.Length != itemKeys.Length)
        {
            throw new ArgumentException($"{itemKeys.Length} items have {artists.Length} artists.", nameof(artists));
        }
        foreach (var item in items)
        {
            if ((uint)item >= (uint)itemKeys.Length)
            {
                throw new ArgumentException($"Item {item} is outside 0 to {itemKeys.Length - 1}.", nameof(items));
            }
        }
        if (!IsAscending(times))
        {
            var order = Enumerable.Range(0, times.Length).ToArray();
            Array.Sort(order, (a, b) => times[a] != times[b] ? times[a].CompareTo(times[b]) : a.CompareTo(b));
            listeners = [.. order.Select(i => listeners[i])];
            items = [.. order.Select(i => items[i])];
            times = [.. order.Select(i => times[i])];
        }
        Times = times;
        Listeners = listeners;
        Items = items;
        ItemKeys = itemKeys;
        Artists = artists;
        foreach (var listener in listeners)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(listener, nameof(listeners));
            ListenerCount = Math.Max(ListenerCount, listener + 1);
        }
    }

    /// <summary>How many events there are.</summary>
    public int Count => Times.Length;

    /// <summary>Listeners are 0 to this, exclusive.</summary>
    public int ListenerCount { get; }

    /// <summary>Items are 0 to this, exclusive.</summary>
    public int ItemCount => ItemKeys.Length;

    /// <summary>When, ascending.</summary>
    internal long[] Times { get; }

    internal int[] Listeners { get; }

    internal int[] Items { get; }

    internal ulong[] ItemKeys { get; }

    internal int[]? Artists { get; }

    /// <summary>The first event at or after a time.</summary>
    internal int At(long time)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Times[middle] < time ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    private static bool IsAscending(long[] times)
    {
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i - 1] > times[i])
            {
                return false;
            }
        }
        return true;
    }
}
