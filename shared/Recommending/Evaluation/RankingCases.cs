namespace Nocturne.Recommending;

/// <summary>
/// What models are asked: for each case a row of the training matrix to rank items for, and the items that turned out
/// to be relevant.
/// </summary>
public sealed class RankingCases
{
    private readonly int[] _rows;
    private readonly int[] _listeners;
    private readonly int[] _starts;
    private readonly int[] _relevant;
    private readonly int[] _beyond;

    internal RankingCases(
        bool excludesOwn,
        int[] rows,
        int[] listeners,
        int[] starts,
        int[] relevant,
        int[] beyond,
        int dropped
    )
    {
        ExcludesOwn = excludesOwn;
        Dropped = dropped;
        _rows = rows;
        _listeners = listeners;
        _starts = starts;
        _relevant = relevant;
        _beyond = beyond;
    }

    /// <summary>How many there are.</summary>
    public int Count => _rows.Length;

    /// <summary>Whether a listener's own training items are left out of the ranking.</summary>
    public bool ExcludesOwn { get; }

    /// <summary>Listeners that had something relevant and no training row, and so are no case.</summary>
    public int Dropped { get; }

    /// <summary>The training row of a case.</summary>
    public int Row(int index) => _rows[index];

    /// <summary>Whose case it is: cases of one listener are not independent of each other.</summary>
    public int Listener(int index) => _listeners[index];

    /// <summary>The relevant items of a case that can be ranked, ascending; may be empty.</summary>
    public ReadOnlySpan<int> Relevant(int index) => _relevant.AsSpan(_starts[index].._starts[index + 1]);

    /// <summary>How many more items were relevant that nothing can rank; they count as misses.</summary>
    public int Beyond(int index) => _beyond[index];
}

/// <summary>Collects <see cref="RankingCases"/>.</summary>
/// <param name="excludesOwn">See <see cref="RankingCases.ExcludesOwn"/>.</param>
public sealed class RankingCasesBuilder(bool excludesOwn)
{
    private readonly List<int> _rows = [];
    private readonly List<int> _listeners = [];
    private readonly List<int> _starts = [0];
    private readonly List<int> _relevant = [];
    private readonly List<int> _beyond = [];

    /// <summary>How many cases there are.</summary>
    public int Count => _rows.Count;

    /// <summary>See <see cref="RankingCases.Dropped"/>.</summary>
    public int Dropped { get; set; }

    /// <summary>Adds a case; nothing where nothing is relevant.</summary>
    /// <param name="row">The training row.</param>
    /// <param name="listener">Whose case it is.</param>
    /// <param name="relevant">Relevant items of the training matrix, in any order, without duplicates.</param>
    /// <param name="beyond">How many more are relevant that are not in it.</param>
    public void Add(int row, int listener, ReadOnlySpan<int> relevant, int beyond = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(beyond);
        if (relevant.IsEmpty && beyond == 0)
        {
            return;
        }
        _rows.Add(row);
        _listeners.Add(listener);
        _beyond.Add(beyond);
        var sorted = relevant.ToArray();
        Array.Sort(sorted);
        _relevant.AddRange(sorted);
        _starts.Add(_relevant.Count);
    }

    /// <summary>All of them.</summary>
    public RankingCases Build() =>
        new(excludesOwn, [.. _rows], [.. _listeners], [.. _starts], [.. _relevant], [.. _beyond], Dropped);
}
