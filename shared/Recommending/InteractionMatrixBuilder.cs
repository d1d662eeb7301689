namespace Nocturne.Recommending;

/// <summary>What an <see cref="InteractionMatrix"/> may grow to; beyond it the builder refuses.</summary>
/// <remarks>
/// A night reads shards of unknown size into one matrix, so the machine's memory is stated here instead of being
/// found out: an entry costs 16 bytes once built and 24 at the peak of building.
/// </remarks>
public sealed record InteractionMatrixBounds
{
    /// <summary>The most rows. Default: 4 million.</summary>
    public int MaxListeners { get; init; } = 4_000_000;

    /// <summary>The most columns. Default: 2 million.</summary>
    public int MaxItems { get; init; } = 2_000_000;

    /// <summary>The most entries. Default: 100 million (1.6 GB built).</summary>
    public int MaxEntries { get; init; } = 100_000_000;
}

/// <summary>Builds an <see cref="InteractionMatrix"/> row by row, in one pass.</summary>
/// <remarks>Not thread-safe: the order of rows is the numbering of listeners.</remarks>
public sealed class InteractionMatrixBuilder
{
    private readonly InteractionMatrixBounds _bounds;
    private readonly int _items;
    private readonly List<long> _rowStarts = [0];
    private int[] _rowItems = new int[1024];
    private float[] _rowWeights = new float[1024];
    private int[] _order = [];
    private int _count;
    private PlaysBuilder? _plays;

    /// <summary>Starts a matrix of <paramref name="items"/> columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More items than the bounds allow.</exception>
    public InteractionMatrixBuilder(int items, InteractionMatrixBounds? bounds = null)
    {
        _bounds = bounds ?? new InteractionMatrixBounds();
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(items, _bounds.MaxItems);
        _items = items;
    }

    /// <summary>How many rows have been appended.</summary>
    public int Listeners => _rowStarts.Count - 1;

    /// <summary>How many entries have been appended, duplicates within a row counted once.</summary>
    public int Count => _count;

    /// <summary>Appends the next listener's row; items in any order, an item that occurs twice is summed.</summary>
    /// <param name="items">Item indices, each in [0, items).</param>
    /// <param name="weights">Their weights, finite, in the same order; negative where they speak against.</param>
    /// <returns>The listener's index.</returns>
    /// <exception cref="ArgumentException">Lengths differ, an item is out of range or a weight is not usable.</exception>
    /// <exception cref="InvalidOperationException">The matrix would exceed its bounds.</exception>
    public int AppendRow(ReadOnlySpan<int> items, ReadOnlySpan<float> weights)
    {
        CheckRow(items, weights);
        if (Listeners == _bounds.MaxListeners)
        {
            throw new InvalidOperationException(
                $"The matrix already has {Listeners} listeners: sample them, or raise {nameof(InteractionMatrixBounds)}.{nameof(InteractionMatrixBounds.MaxListeners)}."
            );
        }
        Reserve(items.Length);
        AppendSorted(items, weights);
        _rowStarts.Add(_count);
        return Listeners - 1;
    }

    /// <summary>
    /// Appends the next listener's row, and the plays behind it. A matrix has plays in all its rows or in none.
    /// </summary>
    /// <param name="items">As in <see cref="AppendRow(ReadOnlySpan{int}, ReadOnlySpan{float})"/>.</param>
    /// <param name="weights">As there.</param>
    /// <param name="playedItems">The items played, in any order; each has to be one of <paramref name="items"/>.</param>
    /// <param name="ages">The plays' ages in days, not negative.</param>
    /// <returns>The listener's index.</returns>
    /// <exception cref="ArgumentException">A play has no item in the row, or no usable age.</exception>
    public int AppendRow(
        ReadOnlySpan<int> items,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<int> playedItems,
        ReadOnlySpan<float> ages
    )
    {
        if (playedItems.Length != ages.Length)
        {
            throw new ArgumentException($"{playedItems.Length} plays have {ages.Length} ages.", nameof(ages));
        }
        if (_plays is null && Listeners > 0)
        {
            throw new InvalidOperationException("Rows without plays came before this one.");
        }
        _plays ??= new PlaysBuilder();
        var listener = AppendRow(items, weights);
        var start = (int)_rowStarts[listener];
        _plays.Append(_rowItems.AsSpan(start, _count - start), playedItems, ages);
        return listener;
    }

    /// <summary>The matrix of all rows appended so far. The builder is spent afterwards.</summary>
    /// <exception cref="InvalidOperationException">Some rows came with plays and some without.</exception>
    public InteractionMatrix Build()
    {
        if (_plays is not null && _plays.Rows != Listeners)
        {
            throw new InvalidOperationException("Some rows came with plays and some without.");
        }
        Array.Resize(ref _rowItems, _count);
        Array.Resize(ref _rowWeights, _count);
        return new InteractionMatrix(_items, [.. _rowStarts], _rowItems, _rowWeights, _plays?.Build());
    }

    private void CheckRow(ReadOnlySpan<int> items, ReadOnlySpan<float> weights)
    {
        if (items.Length != weights.Length)
        {
            throw new ArgumentException(
                $"A row of {items.Length} items has {weights.Length} weights.",
                nameof(weights)
            );
        }
        for (var i = 0; i < items.Length; i++)
        {
            if ((uint)items[i] >= (uint)_items)
            {
                throw new ArgumentException($"Item {items[i]} is outside 0 to {_items - 1}.", nameof(items));
            }
            if (!float.IsFinite(weights[i]))
            {
                throw new ArgumentException(
                    $"The weight of item {items[i]} is {weights[i]}: weights are finite.",
                    nameof(weights)
                );
            }
        }
    }

    private void Reserve(int more)
    {
        if (_count + (long)more > _bounds.MaxEntries)
        {
            throw new InvalidOperationException(
                $"The matrix would have {_count + (long)more} entries: sample listeners, cap rows, or raise {nameof(InteractionMatrixBounds)}.{nameof(InteractionMatrixBounds.MaxEntries)}."
            );
        }
        if (_count + more > _rowItems.Length)
        {
            var size = (int)Math.Min(Math.Max(_rowItems.Length * 2L, _count + more), _bounds.MaxEntries);
            Array.Resize(ref _rowItems, size);
            Array.Resize(ref _rowWeights, size);
        }
    }

    /// <summary>Sorting (item, position) keeps equal items in their given order, so that sums have one order.</summary>
    private void AppendSorted(ReadOnlySpan<int> items, ReadOnlySpan<float> weights)
    {
        var length = items.Length;
        if (_order.Length < length)
        {
            _order = new int[Math.Max(length, _order.Length * 2)];
        }
        var sorted = _rowItems.AsSpan(_count, length);
        var order = _order.AsSpan(0, length);
        items.CopyTo(sorted);
        for (var i = 0; i < length; i++)
        {
            order[i] = i;
        }
        if (!IsAscending(items))
        {
            SortByItemThenPosition(items, order);
        }
        var start = _count;
        foreach (var position in order)
        {
            var item = items[position];
            if (_count > start && _rowItems[_count - 1] == item)
            {
                _rowWeights[_count - 1] += weights[position];
                continue;
            }
            _rowItems[_count] = item;
            _rowWeights[_count] = weights[position];
            _count++;
        }
    }

    private static bool IsAscending(ReadOnlySpan<int> items)
    {
        for (var i = 1; i < items.Length; i++)
        {
            if (items[i - 1] > items[i])
            {
                return false;
            }
        }
        return true;
    }

    private static void SortByItemThenPosition(ReadOnlySpan<int> items, Span<int> order)
    {
        Span<long> keys = items.Length <= 256 ? stackalloc long[items.Length] : new long[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            keys[i] = ((long)items[i] << 32) | (uint)i;
        }
        keys.Sort();
        for (var i = 0; i < keys.Length; i++)
        {
            order[i] = (int)keys[i];
        }
    }

    /// <summary>Gathers plays row by row, newest first, plays of one age by item.</summary>
    private sealed class PlaysBuilder
    {
        private readonly List<long> _starts = [0];
        private readonly List<int> _entries = [];
        private readonly List<float> _ages = [];

        public int Rows => _starts.Count - 1;

        public void Append(ReadOnlySpan<int> rowItems, ReadOnlySpan<int> playedItems, ReadOnlySpan<float> ages)
        {
            var plays = new (float Age, int Entry)[playedItems.Length];
            for (var i = 0; i < plays.Length; i++)
            {
                var entry = rowItems.BinarySearch(playedItems[i]);
                if (entry < 0 || !(ages[i] >= 0) || !float.IsFinite(ages[i]))
                {
                    throw new ArgumentException(
                        $"A play of item {playedItems[i]} at an age of {ages[i]} days does not belong to the row.",
                        nameof(playedItems)
                    );
                }
                plays[i] = (ages[i], entry);
            }
            Array.Sort(plays);
            foreach (var (age, entry) in plays)
            {
                _ages.Add(age);
                _entries.Add(entry);
            }
            _starts.Add(_entries.Count);
        }

        public RowPlays Build() => new([.. _starts], [.. _entries], [.. _ages]);
    }
}
