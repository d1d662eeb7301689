namespace Nocturne.Recommending;

/// <summary>A rounded vector.</summary>
/// <param name="Step">t.</param>
/// <param name="Offset">What storing codes over 0 adds to every sum.</param>
/// <param name="Error">|f|, and a little more.</param>
/// <param name="Length">|x|, and a little more.</param>
internal readonly record struct RoundedQuery(float Step, int Offset, float Error, float Length);

/// <summary>
/// What one search of <see cref="RoundedFactors"/> looks for and has found. Memory of one worker, used again.
/// </summary>
internal sealed class RoundedSearch
{
    private const int FirstReached = 1024;

    private int[] _query = [];
    private float[] _vector = [];
    private int[] _excluded = [];
    private int _excludedCount;

    // A bit each, so that it is of no weight beside the tables that ranking uses.
    private ulong[] _isExcluded = [];

    // The least that the best can score: a heap, whose root is the level.
    private int[] _items = [];
    private float[] _scores = [];

    // Numbers of the rounded vector, four in each, and what else is known of it.
    public Span<int> Query => _query.AsSpan(0, Groups);

    public RoundedQuery Rounded;

    public ReadOnlySpan<float> Vector => _vector;

    /// <summary>How many are looked for.</summary>
    public int Keep { get; private set; }

    /// <summary>How many of them there are so far.</summary>
    public int Count { get; private set; }

    /// <summary>What an item has to be able to score to be among the best so far.</summary>
    public float Level { get; private set; }

    /// <summary>Items that may be among the best, and what each can score at most.</summary>
    public int[] Reached { get; private set; } = new int[FirstReached];

    public float[] Most { get; private set; } = new float[FirstReached];

    public int ReachedCount { get; private set; }

    private int Groups { get; set; }

    public void Begin(ReadOnlySpan<float> x, ReadOnlySpan<int> excluded, int keep, int groups, int items)
    {
        if (_query.Length < groups || _vector.Length != x.Length)
        {
            (_query, _vector) = (new int[groups], new float[x.Length]);
        }
        x.CopyTo(_vector);
        if (_items.Length < keep)
        {
            (_items, _scores) = (new int[keep], new float[keep]);
        }
        Exclude(excluded, items);
        (Groups, Keep, Count, ReachedCount) = (groups, keep, 0, 0);
        Level = float.NegativeInfinity;
    }

    /// <summary>Takes an item that can reach the level.</summary>
    /// <param name="item">It.</param>
    /// <param name="low">What it scores at least.</param>
    /// <param name="high">What it scores at most.</param>
    public void Reach(int item, float low, float high)
    {
        if ((_isExcluded[item >> 6] >> item & 1) != 0)
        {
            return;
        }
        if (ReachedCount == Reached.Length)
        {
            var (reached, most) = (Reached, Most);
            Array.Resize(ref reached, ReachedCount * 2);
            Array.Resize(ref most, ReachedCount * 2);
            (Reached, Most) = (reached, most);
        }
        (Reached[ReachedCount], Most[ReachedCount]) = (item, high);
        ReachedCount++;
        if (Count < Keep || low > Level)
        {
            var least = new TopItems(_items.AsSpan(0, Keep), _scores, Count);
            least.Offer(item, low);
            Count = least.Count;
            Level = Count < Keep ? Level : _scores[0];
        }
    }

    private void Exclude(ReadOnlySpan<int> excluded, int items)
    {
        if (_isExcluded.Length < (items / 64) + 1)
        {
            _isExcluded = new ulong[(items / 64) + 1];
        }
        foreach (var item in _excluded.AsSpan(0, _excludedCount))
        {
            _isExcluded[item >> 6] = 0;
        }
        if (_excluded.Length < excluded.Length)
        {
            _excluded = new int[excluded.Length * 2];
        }
        excluded.CopyTo(_excluded);
        _excludedCount = excluded.Length;
        foreach (var item in excluded)
        {
            _isExcluded[item >> 6] |= 1ul << item;
        }
    }
}
