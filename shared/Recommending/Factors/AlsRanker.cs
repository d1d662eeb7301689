namespace Nocturne.Recommending;

/// <summary>
/// Solves a row's system once for all explanations of the row, and looks for the best items of expected rows together.
/// </summary>
internal sealed class AlsRanker(ImplicitAls model, AlsRowSolver solver, RecommendationScratch scratch)
    : RowRanker(model, scratch)
{
    // More of them make the items no cheaper to read, and what they keep leaves the cache.
    private const int MostExpected = 8;

    // An expected row may leave out so many items beside its own before it has to be looked at by itself.
    private const int Spare = 32;

    private readonly AlsRowSolver.Scratch _solving = new(model.Vectors.Dimensions);
    private readonly Expected[] _expected = [.. Enumerable.Range(0, MostExpected).Select(_ => new Expected())];
    private readonly List<RoundedSearch> _searches = new(MostExpected);
    private int _nextExpected;
    private int[] _items = [];
    private float[] _scores = [];
    private float[] _parts = [];
    private bool _isPrepared;

    public override void Begin(ListenerRow row, ReadOnlySpan<int> excluded)
    {
        base.Begin(row, excluded);
        _isPrepared = false;
    }

    public override void Expect(ListenerRow row)
    {
        _expected[_nextExpected].Take(row);
        _nextExpected = (_nextExpected + 1) % MostExpected;
    }

    public override int Top(Span<int> items, Span<float> scores)
    {
        var row = Row;
        foreach (var expected in _expected)
        {
            if (expected.Is(row) && model.IsRounded(items.Length + Spare))
            {
                var found = TopOf(expected, items, scores);
                expected.Forget();
                return found >= 0 ? found : base.Top(items, scores);
            }
        }
        return base.Top(items, scores);
    }

    public override int Explain(int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        bias = 0;
        var parts = Parts(item);
        var gain = model.GainOf(item);
        foreach (ref var part in parts)
        {
            part *= gain;
        }
        return TopItems.OfParts(Row.Items, parts, contributors, terms);
    }

    internal override bool TryAddParts(int item, float factor, Span<float> parts, out float bias)
    {
        bias = 0;
        DenseKernels.AddParts(parts, Parts(item), model.GainOf(item), factor);
        return true;
    }

    /// <summary>
    /// The best of an expected row: of a few more than are wanted, found without the row's own items, those that are not
    /// excluded. -1 where these are not enough to tell.
    /// </summary>
    private int TopOf(Expected expected, Span<int> items, Span<float> scores)
    {
        if (expected.State == SearchState.Waiting)
        {
            Search(items.Length + Spare);
        }
        var keep = expected.Search.Keep;
        var (marks, marked) = (Scratch.Marks, Scratch.Mark(Excluded));
        if (expected.State != SearchState.Done || keep < items.Length || !AreMarked(Row.Items, marks, marked))
        {
            return -1;
        }
        if (_items.Length < keep)
        {
            (_items, _scores) = (new int[keep], new float[keep]);
        }
        var found = model.Rounded.Finish(expected.Search, _items, _scores);
        var count = 0;
        for (var i = 0; i < found && count < items.Length; i++)
        {
            if (marks[_items[i]] != marked)
            {
                (items[count], scores[count]) = (_items[i], _scores[i]);
                count++;
            }
        }
        return count == items.Length ? count : -1;
    }

    private void Search(int keep)
    {
        _searches.Clear();
        Span<float> x = stackalloc float[model.Vectors.Stride];
        foreach (var expected in _expected)
        {
            if (expected.State != SearchState.Waiting)
            {
                continue;
            }
            solver.Solve(expected.Items, expected.Weights, _solving, x);
            expected.State = SearchState.Failed;
            if (model.Rounded.TryBegin(expected.Search, x, expected.Items, keep))
            {
                expected.State = SearchState.Done;
                _searches.Add(expected.Search);
            }
        }
        model.Rounded.Run(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_searches));
        // The memory that explanations are prepared in was used.
        _isPrepared = false;
    }

    private static bool AreMarked(ReadOnlySpan<int> items, int[] marks, int marked)
    {
        foreach (var item in items)
        {
            if (marks[item] != marked)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Each entry's part, but for the item's gain.</summary>
    private Span<float> Parts(int item)
    {
        var row = Row;
        if (!_isPrepared)
        {
            solver.PrepareExplaining(row.Items, row.Weights, _solving);
            _isPrepared = true;
        }
        if (_parts.Length < row.Items.Length)
        {
            _parts = new float[row.Items.Length * 2];
        }
        var parts = _parts.AsSpan(0, row.Items.Length);
        solver.ExplainPrepared(row.Items, row.Weights, item, _solving, parts);
        return parts;
    }

    private enum SearchState
    {
        None,
        Waiting,
        Done,
        Failed,
    }

    /// <summary>A row that was announced.</summary>
    private sealed class Expected
    {
        private int[] _items = [];
        private float[] _weights = [];
        private int _count;

        public SearchState State { get; set; }

        public RoundedSearch Search { get; } = new();

        public ReadOnlySpan<int> Items => _items.AsSpan(0, _count);

        public ReadOnlySpan<float> Weights => _weights.AsSpan(0, _count);

        public void Take(ListenerRow row)
        {
            _count = row.Items.Length;
            if (_items.Length < _count)
            {
                (_items, _weights) = (new int[_count * 2], new float[_count * 2]);
            }
            row.Items.CopyTo(_items);
            row.Weights.CopyTo(_weights);
            State = SearchState.Waiting;
        }

        public void Forget() => State = SearchState.None;

        public bool Is(ListenerRow row) =>
            State != SearchState.None && row.Items.SequenceEqual(Items) && row.Weights.SequenceEqual(Weights);
    }
}
