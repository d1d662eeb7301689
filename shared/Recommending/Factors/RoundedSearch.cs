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

    // The most of what items score at least.
    private readonly GreatestKeys _least = new(0);
    private int _most;

    // Items that may be among the best, and what each can score at most.
    private int[] _reached = new int[FirstReached];
    private float[] _atMost = new float[FirstReached];
    private int _reachedCount;

    private readonly GreatestKeys _best = new(0);

    // Numbers of the rounded vector, four in each, and what else is known of it.
    public Span<int> Query => _query.AsSpan(0, Groups);

    public RoundedQuery Rounded;

    public ReadOnlySpan<float> Vector => _vector;

    /// <summary>How many are looked for.</summary>
    public int Keep { get; private set; }

    /// <summary>How many were reached that score at least the level.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// What an item has to be able to score to be reached. Proven where <see cref="Count"/> is as many as are looked for,
    /// else a guess.
    /// </summary>
    public float Level { get; private set; }

    private int Groups { get; set; }

    public void Begin(ReadOnlySpan<float> x, ReadOnlySpan<int> excluded, int keep, int groups, int items)
    {
        if (_query.Length < groups || _vector.Length != x.Length)
        {
            (_query, _vector) = (new int[groups], new float[x.Length]);
        }
        x.CopyTo(_vector);
        Exclude(excluded, items);
        (Groups, Keep) = (groups, keep);
        BeginAt(float.NegativeInfinity, keep);
    }

    /// <summary>Begins the items anew, at a level of which it is to be seen whether enough score that much.</summary>
    /// <param name="level">The level.</param>
    /// <param name="most">How many are enough: the level rises to what the last of these scores.</param>
    public void BeginAt(float level, int most)
    {
        (Level, Count, _reachedCount, _most) = (level, 0, 0, most);
        _least.Clear(most);
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
        if (_reachedCount == _reached.Length)
        {
            Array.Resize(ref _reached, _reachedCount * 2);
            Array.Resize(ref _atMost, _reachedCount * 2);
        }
        (_reached[_reachedCount], _atMost[_reachedCount]) = (item, high);
        _reachedCount++;
        if (low >= Level)
        {
            Count++;
            if (_least.Offer(GreatestKeys.KeyOf(low, item)))
            {
                Level = Math.Max(Level, GreatestKeys.ScoreOf(_least.Least));
            }
        }
    }

    /// <summary>Room for the best of those that are scored.</summary>
    public GreatestKeys Best()
    {
        _best.Clear(Keep);
        return _best;
    }

    /// <summary>Those that were reached and, by the level that was proven, may be among the best.</summary>
    public ReadOnlySpan<int> ThatReachTheLevel()
    {
        var count = 0;
        for (var i = 0; i < _reachedCount; i++)
        {
            _reached[count] = _reached[i];
            count += _atMost[i] >= Level ? 1 : 0;
        }
        return _reached.AsSpan(0, count);
    }

    /// <summary>Raises the level to what the K-th of those that were reached scores at least.</summary>
    /// <returns>False where fewer score the level.</returns>
    public bool TryProve()
    {
        if (Count < _most)
        {
            return false;
        }
        Level = GreatestKeys.ScoreOf(_least.TrimmedLeast());
        return true;
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
