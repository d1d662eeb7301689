namespace Nocturne.Recommending;

/// <summary>Who clicked what, session by session: flat arrays, sessions in the order in which they ended.</summary>
public sealed class SessionLog
{
    private const double ToDays = 1d / (24 * 60 * 60 * 1_000);

    private readonly int[] _starts;
    private readonly int[] _items;
    private readonly long[] _ends;

    private SessionLog(int itemCount, int[] starts, int[] items, long[] ends)
    {
        ItemCount = itemCount;
        _starts = starts;
        _items = items;
        _ends = ends;
    }

    /// <summary>How many sessions there are.</summary>
    public int Count => _ends.Length;

    /// <summary>How many clicks there are.</summary>
    public int Clicks => _items.Length;

    /// <summary>Items are 0 to this, exclusive.</summary>
    public int ItemCount { get; }

    /// <summary>The items of a session, first to last; -1 where one is outside the numbering.</summary>
    public ReadOnlySpan<int> this[int session] => _items.AsSpan(_starts[session].._starts[session + 1]);

    /// <summary>Orders clicks by session and time; those of one time keep their order.</summary>
    /// <param name="itemCount">Items are 0 to this, exclusive, or -1 where they are outside the numbering.</param>
    /// <param name="sessions">The clicks' sessions, dense numbers from 0.</param>
    /// <param name="times">Their times in milliseconds.</param>
    /// <param name="items">Their items.</param>
    /// <exception cref="ArgumentException">The arrays differ in length, or an item is out of range.</exception>
    public static SessionLog Of(
        int itemCount,
        ReadOnlySpan<int> sessions,
        ReadOnlySpan<long> times,
        ReadOnlySpan<int> items
    )
    {
        if (sessions.Length != times.Length || sessions.Length != items.Length)
        {
            throw new ArgumentException(
                $"{sessions.Length} sessions, {times.Length} times and {items.Length} items are no clicks.",
                nameof(sessions)
            );
        }
        var count = 0;
        for (var click = 0; click < items.Length; click++)
        {
            if (items[click] < -1 || items[click] >= itemCount || sessions[click] < 0)
            {
                throw new ArgumentException(
                    $"Click {click} is of item {items[click]}, outside 0 to {itemCount - 1}, or of session {sessions[click]}.",
                    nameof(items)
                );
            }
            count = Math.Max(count, sessions[click] + 1);
        }
        var ends = new long[count];
        Array.Fill(ends, long.MinValue);
        for (var click = 0; click < items.Length; click++)
        {
            ends[sessions[click]] = Math.Max(ends[sessions[click]], times[click]);
        }
        var order = Enumerable.Range(0, count).Where(session => ends[session] != long.MinValue).ToArray();
        Array.Sort(order, (a, b) => ends[a] != ends[b] ? ends[a].CompareTo(ends[b]) : a.CompareTo(b));
        return Gather(itemCount, order, ends, sessions, times, items);
    }

    /// <summary>The sessions that ended first, and a share of them that ended last.</summary>
    public (SessionLog Earlier, SessionLog Later) SplitAtEnd(double share)
    {
        var at = Count - (int)Math.Round(Math.Clamp(share, 0, 1) * Count);
        return (Part(0, at), Part(at, Count));
    }

    /// <summary>Sessions × items, each item of a session once.</summary>
    public InteractionMatrix ToMatrix()
    {
        var builder = new InteractionMatrixBuilder(ItemCount);
        var items = new HashSet<int>();
        for (var session = 0; session < Count; session++)
        {
            items.Clear();
            foreach (var item in this[session])
            {
                if (item >= 0)
                {
                    items.Add(item);
                }
            }
            var ones = new float[items.Count];
            Array.Fill(ones, 1);
            builder.AppendRow([.. items], ones);
        }
        return builder.Build();
    }

    /// <summary>How long before the last session's end a session ended, in days.</summary>
    internal double AgeInDays(int session) => (_ends[^1] - _ends[session]) * ToDays;

    private SessionLog Part(int from, int to) =>
        new(
            ItemCount,
            [.. _starts[from..(to + 1)].Select(start => start - _starts[from])],
            _items[_starts[from].._starts[to]],
            _ends[from..to]
        );

    private static SessionLog Gather(
        int itemCount,
        int[] order,
        long[] ends,
        ReadOnlySpan<int> sessions,
        ReadOnlySpan<long> times,
        ReadOnlySpan<int> items
    )
    {
        var places = new int[ends.Length];
        for (var place = 0; place < order.Length; place++)
        {
            places[order[place]] = place;
        }
        var starts = new int[order.Length + 1];
        foreach (var session in sessions)
        {
            starts[places[session] + 1]++;
        }
        for (var place = 0; place < order.Length; place++)
        {
            starts[place + 1] += starts[place];
        }
        var next = starts.AsSpan(0, order.Length).ToArray();
        var clicks = new int[items.Length];
        var keys = new (long Time, int Click)[items.Length];
        for (var click = 0; click < items.Length; click++)
        {
            keys[next[places[sessions[click]]]++] = (times[click], click);
        }
        for (var place = 0; place < order.Length; place++)
        {
            keys.AsSpan(starts[place]..starts[place + 1]).Sort();
        }
        for (var at = 0; at < clicks.Length; at++)
        {
            clicks[at] = items[keys[at].Click];
        }
        return new SessionLog(itemCount, starts, clicks, [.. order.Select(session => ends[session])]);
    }
}
