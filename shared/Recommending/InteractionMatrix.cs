namespace Nocturne.Recommending;

/// <summary>
/// Who listened to what, and how much: a sparse matrix of listeners × items with float weights, readable by row
/// (a listener's items) and by column (an item's listeners).
/// </summary>
/// <remarks>
/// A positive weight is evidence that the listener likes the item, a negative one that they do not: see
/// <see cref="EvidenceWeights"/>.
/// Immutable and safe to read from any number of threads. Rows are ascending by item and columns ascending by
/// listener, without duplicates; both sides hold the same entries. Memory: 16 bytes an entry, 8 a listener and 8
/// an item. Built by <see cref="InteractionMatrixBuilder"/>.
/// </remarks>
public sealed class InteractionMatrix
{
    private readonly long[] _rowStarts;
    private readonly int[] _rowItems;
    private readonly float[] _rowWeights;
    private readonly long[] _columnStarts;
    private readonly int[] _columnListeners;
    private readonly float[] _columnWeights;
    private readonly RowPlays? _plays;
    private readonly int[]? _segments;

    internal InteractionMatrix(int items, long[] rowStarts, int[] rowItems, float[] rowWeights, RowPlays? plays = null)
    {
        _plays = plays;
        Items = items;
        Listeners = rowStarts.Length - 1;
        _rowStarts = rowStarts;
        _rowItems = rowItems;
        _rowWeights = rowWeights;
        (_columnStarts, _columnListeners, _columnWeights) = Transpose(items, rowStarts, rowItems, rowWeights);
    }

    private InteractionMatrix(InteractionMatrix other, int[] segments)
    {
        Listeners = other.Listeners;
        Items = other.Items;
        _rowStarts = other._rowStarts;
        _rowItems = other._rowItems;
        _rowWeights = other._rowWeights;
        _columnStarts = other._columnStarts;
        _columnListeners = other._columnListeners;
        _columnWeights = other._columnWeights;
        _plays = other._plays;
        _segments = segments;
    }

    /// <summary>The most segments: markets or clusters, not listeners.</summary>
    public const int MostSegments = 100_000;

    /// <summary>How many rows there are; listeners are 0 to this, exclusive.</summary>
    public int Listeners { get; }

    /// <summary>How many columns there are; items are 0 to this, exclusive.</summary>
    public int Items { get; }

    /// <summary>How many entries are stored.</summary>
    public long Count => _rowStarts[Listeners];

    /// <summary>The items of one listener, ascending.</summary>
    public ReadOnlySpan<int> RowItems(int listener) => Slice(_rowItems, _rowStarts, listener);

    /// <summary>The weights of <see cref="RowItems"/>, in the same order.</summary>
    public ReadOnlySpan<float> RowWeights(int listener) => Slice(_rowWeights, _rowStarts, listener);

    /// <summary>One listener's row.</summary>
    public ListenerRow Row(int listener) =>
        _plays is null
            ? new(RowItems(listener), RowWeights(listener)) { Segment = SegmentOf(listener) }
            : new(
                RowItems(listener),
                RowWeights(listener),
                Slice(_plays.Entries, _plays.Starts, listener),
                Slice(_plays.Ages, _plays.Starts, listener)
            )
            {
                Segment = SegmentOf(listener),
            };

    /// <summary>Whether rows say when their items were played.</summary>
    public bool HasPlays => _plays is not null;

    /// <summary>Segments are 0 to this, exclusive; 0 where none is known.</summary>
    public int Segments { get; private init; }

    /// <summary>The same matrix, in which listeners have segments (markets, clusters).</summary>
    /// <remarks>Matrices made of it by weights or size do not.</remarks>
    /// <param name="segments">One for each listener: from 0, or -1 where it is not known.</param>
    /// <exception cref="ArgumentException">There are not as many, or one is out of range.</exception>
    public InteractionMatrix WithSegments(IReadOnlyList<int> segments)
    {
        if (segments.Count != Listeners || segments.Any(segment => segment is < -1 or >= MostSegments))
        {
            throw new ArgumentException(
                $"{segments.Count} segments are given for {Listeners} listeners: one each is needed, from 0 to {MostSegments}, or -1.",
                nameof(segments)
            );
        }
        return new InteractionMatrix(this, [.. segments]) { Segments = segments.Count == 0 ? 0 : segments.Max() + 1 };
    }

    /// <summary>The listeners of one item, ascending.</summary>
    public ReadOnlySpan<int> ColumnListeners(int item) => Slice(_columnListeners, _columnStarts, item);

    /// <summary>The weights of <see cref="ColumnListeners"/>, in the same order.</summary>
    public ReadOnlySpan<float> ColumnWeights(int item) => Slice(_columnWeights, _columnStarts, item);

    /// <summary>The number of entries of the longest row.</summary>
    public int LongestRow()
    {
        var longest = 0L;
        for (var listener = 0; listener < Listeners; listener++)
        {
            longest = Math.Max(longest, _rowStarts[listener + 1] - _rowStarts[listener]);
        }
        return (int)longest;
    }

    /// <summary>
    /// The matrix in which each row keeps only its <paramref name="cap"/> heaviest entries (equal weights: the lower
    /// item), or this matrix if no row is longer.
    /// </summary>
    /// <remarks>
    /// A row of n items makes n² item pairs, so one enormous row (a radio station, a test account) would cost more
    /// than all others together and say little about taste; this bounds it, and depends on nothing but the row.
    /// </remarks>
    public InteractionMatrix WithRowsCapped(int cap)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cap);
        if (LongestRow() <= cap)
        {
            return this;
        }
        var starts = new long[Listeners + 1];
        for (var listener = 0; listener < Listeners; listener++)
        {
            starts[listener + 1] = starts[listener] + Math.Min(cap, RowItems(listener).Length);
        }
        var items = new int[starts[Listeners]];
        var weights = new float[starts[Listeners]];
        var heaviestItems = new int[cap];
        var heaviestWeights = new float[cap];
        for (var listener = 0; listener < Listeners; listener++)
        {
            var at = (int)starts[listener];
            var rowItems = RowItems(listener);
            var rowWeights = RowWeights(listener);
            if (rowItems.Length <= cap)
            {
                rowItems.CopyTo(items.AsSpan(at));
                rowWeights.CopyTo(weights.AsSpan(at));
                continue;
            }
            var top = new TopItems(heaviestItems, heaviestWeights);
            for (var i = 0; i < rowItems.Length; i++)
            {
                top.Offer(rowItems[i], rowWeights[i]);
            }
            var kept = top.Count;
            heaviestItems.AsSpan(0, kept).Sort(heaviestWeights.AsSpan(0, kept));
            heaviestItems.AsSpan(0, kept).CopyTo(items.AsSpan(at));
            heaviestWeights.AsSpan(0, kept).CopyTo(weights.AsSpan(at));
        }
        return new InteractionMatrix(Items, starts, items, weights);
    }

    /// <summary>The matrix without its negative entries, or this matrix if it has none.</summary>
    public InteractionMatrix WithoutNegatives()
    {
        if (!_rowWeights.AsSpan(0, (int)Count).ContainsAnyInRange(float.NegativeInfinity, -float.Epsilon))
        {
            return this;
        }
        var starts = new long[Listeners + 1];
        var items = new int[Count];
        var weights = new float[Count];
        var count = 0;
        for (var listener = 0; listener < Listeners; listener++)
        {
            var rowItems = RowItems(listener);
            var rowWeights = RowWeights(listener);
            for (var i = 0; i < rowItems.Length; i++)
            {
                if (rowWeights[i] >= 0)
                {
                    items[count] = rowItems[i];
                    weights[count++] = rowWeights[i];
                }
            }
            starts[listener + 1] = count;
        }
        Array.Resize(ref items, count);
        Array.Resize(ref weights, count);
        return new InteractionMatrix(Items, starts, items, weights);
    }

    /// <summary>The same entries with other weights, without plays.</summary>
    /// <param name="reweight">Given a listener and their weights, sets the new ones.</param>
    internal InteractionMatrix Reweighted(Action<int, ReadOnlySpan<float>, Span<float>> reweight)
    {
        var weights = new float[Count];
        for (var listener = 0; listener < Listeners; listener++)
        {
            var (start, end) = ((int)_rowStarts[listener], (int)_rowStarts[listener + 1]);
            reweight(listener, RowWeights(listener), weights.AsSpan(start..end));
        }
        return new InteractionMatrix(Items, _rowStarts, _rowItems, weights);
    }

    /// <summary>Counting sort by item; walking the rows in order leaves every column ascending by listener.</summary>
    private static (long[] Starts, int[] Listeners, float[] Weights) Transpose(
        int items,
        long[] rowStarts,
        int[] rowItems,
        float[] rowWeights
    )
    {
        var count = (int)rowStarts[^1];
        var starts = new long[items + 1];
        foreach (var item in rowItems.AsSpan(0, count))
        {
            starts[item + 1]++;
        }
        for (var item = 0; item < items; item++)
        {
            starts[item + 1] += starts[item];
        }
        var next = starts.AsSpan(0, items).ToArray();
        var listeners = new int[count];
        var weights = new float[count];
        for (var listener = 0; listener < rowStarts.Length - 1; listener++)
        {
            for (var i = (int)rowStarts[listener]; i < rowStarts[listener + 1]; i++)
            {
                var at = next[rowItems[i]]++;
                listeners[at] = listener;
                weights[at] = rowWeights[i];
            }
        }
        return (starts, listeners, weights);
    }

    private int SegmentOf(int listener) => _segments is null ? -1 : _segments[listener];

    private static ReadOnlySpan<T> Slice<T>(T[] values, long[] starts, int index) =>
        values.AsSpan((int)starts[index], (int)(starts[index + 1] - starts[index]));
}

/// <summary>The plays behind every row, newest first.</summary>
/// <param name="Starts">Where each listener's begin.</param>
/// <param name="Entries">The position of each play's item in its row.</param>
/// <param name="Ages">Its age in days.</param>
internal sealed record RowPlays(long[] Starts, int[] Entries, float[] Ages);
