namespace Nocturne.Recommending;

/// <summary>
/// The heaviest of a stream of items, in the caller's two buffers: a binary heap whose root is the weakest kept.
/// </summary>
/// <remarks>
/// The order is total (higher score first, then the lower item), so what is kept does not depend on the order of
/// offers. Scores must not be NaN. One of them is O(log k) at most and a compare when it is too weak.
/// </remarks>
internal ref struct TopItems(Span<int> items, Span<float> scores, int count = 0)
{
    private readonly Span<int> _items = items;
    private readonly Span<float> _scores = scores;
    private readonly int _capacity = Math.Min(items.Length, scores.Length);

    /// <summary>How many are kept; one that goes on with what another left begins with that many.</summary>
    public int Count { get; private set; } = count;

    public void Offer(int item, float score)
    {
        if (Count < _capacity)
        {
            var at = Count++;
            while (at > 0)
            {
                var parent = (at - 1) / 2;
                if (!IsWeaker(item, score, _items[parent], _scores[parent]))
                {
                    break;
                }
                Move(parent, at);
                at = parent;
            }
            Put(at, item, score);
        }
        else if (_capacity > 0 && IsWeaker(_items[0], _scores[0], item, score))
        {
            SiftDown(item, score, Count);
        }
    }

    /// <summary>The best of dense scores: those that are not zero.</summary>
    /// <param name="all">A score for each item; zero says that nothing is known of it.</param>
    /// <param name="items">Receives items; at least one.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>How many there are.</returns>
    public static int Of(ReadOnlySpan<float> all, Span<int> items, Span<float> scores)
    {
        var top = new TopItems(items, scores);
        for (var item = 0; item < all.Length; item++)
        {
            // Later items lose ties, so one comparison sorts out nearly all of them.
            if ((top.Count < items.Length || all[item] > scores[0]) && all[item] != 0)
            {
                top.Offer(item, all[item]);
            }
        }
        return top.Sort();
    }

    /// <summary>The best of dense scores: those that are not zero, of items that are not marked.</summary>
    /// <param name="all">A score for each item; zero says that nothing is known of it.</param>
    /// <param name="marks">Marks of items.</param>
    /// <param name="marked">The mark of items to leave out.</param>
    /// <param name="items">Receives items.</param>
    /// <param name="scores">Receives their scores.</param>
    /// <returns>How many there are.</returns>
    public static int Of(ReadOnlySpan<float> all, int[] marks, int marked, Span<int> items, Span<float> scores)
    {
        var top = new TopItems(items, scores);
        var item = 0;
        for (; item < all.Length && top.Count < top._capacity; item++)
        {
            if (all[item] != 0 && marks[item] != marked)
            {
                top.Offer(item, all[item]);
            }
        }
        if (top._capacity > 0)
        {
            for (; item < all.Length; item++)
            {
                // Later items lose ties, so one comparison sorts out nearly all of them.
                if (all[item] > scores[0] && all[item] != 0 && marks[item] != marked)
                {
                    top.Offer(item, all[item]);
                }
            }
        }
        return top.Sort();
    }

    /// <summary>The parts of a sum that are not zero, largest first.</summary>
    public static int OfParts(ReadOnlySpan<int> of, ReadOnlySpan<float> parts, Span<int> items, Span<float> terms)
    {
        if (items.Length < of.Length || terms.Length < of.Length)
        {
            throw new ArgumentException($"A row of {of.Length} items may have as many contributors.", nameof(items));
        }
        var top = new TopItems(items[..of.Length], terms[..of.Length]);
        for (var i = 0; i < of.Length; i++)
        {
            if (parts[i] != 0)
            {
                top.Offer(of[i], parts[i]);
            }
        }
        return top.Sort();
    }

    /// <summary>Sorts what is kept, strongest first, and returns how many there are.</summary>
    public int Sort()
    {
        for (var end = Count - 1; end > 0; end--)
        {
            var (item, score) = (_items[end], _scores[end]);
            Move(0, end);
            SiftDown(item, score, end);
        }
        return Count;
    }

    /// <summary>Puts an entry in place of the root of the first <paramref name="size"/> ones.</summary>
    private readonly void SiftDown(int item, float score, int size)
    {
        var at = 0;
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= size)
            {
                break;
            }
            if (child + 1 < size && IsWeaker(_items[child + 1], _scores[child + 1], _items[child], _scores[child]))
            {
                child++;
            }
            if (!IsWeaker(_items[child], _scores[child], item, score))
            {
                break;
            }
            Move(child, at);
            at = child;
        }
        Put(at, item, score);
    }

    private static bool IsWeaker(int item, float score, int otherItem, float otherScore) =>
        score < otherScore || (score == otherScore && item > otherItem);

    private readonly void Move(int from, int to) => Put(to, _items[from], _scores[from]);

    private readonly void Put(int at, int item, float score)
    {
        _items[at] = item;
        _scores[at] = score;
    }
}
