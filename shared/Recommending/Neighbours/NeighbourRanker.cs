using System.Runtime.CompilerServices;

namespace Nocturne.Recommending;

/// <summary>
/// Explains the items that it ranked from one walk over the row's lists, instead of looking each item up in every list.
/// </summary>
internal sealed class NeighbourRanker(NeighbourModel model, RecommendationScratch scratch) : RowRanker(model, scratch)
{
    // What was ranked, and where each item stands in it, from 1.
    private int[] _ranked = [];
    private int _count;
    private readonly int[] _places = new int[model.Items];

    // A bit for each item that has a place: a list's items mostly have none, and bits stay in the first-level cache.
    private readonly ulong[] _hasPlace = new ulong[(model.Items / 64) + 1];

    // For each place the latest of its terms, from 1, which names the one before.
    private int[] _heads = [];
    private readonly List<(int Before, int Entry, float Term)> _terms = [];

    // Where a list names what was ranked.
    private int[] _named = [];
    private bool _isIndexed;

    public override void Begin(ListenerRow row, ReadOnlySpan<int> excluded)
    {
        base.Begin(row, excluded);
        Forget();
    }

    public override int Top(Span<int> items, Span<float> scores)
    {
        Forget();
        var count = base.Top(items, scores);
        if (_ranked.Length < count)
        {
            (_ranked, _heads) = (new int[items.Length], new int[items.Length]);
        }
        items[..count].CopyTo(_ranked);
        _count = count;
        return count;
    }

    internal override bool TryAddParts(int item, float factor, Span<float> parts, out float bias)
    {
        if (!_isIndexed)
        {
            Index();
        }
        var place = _places[item];
        if (place == 0)
        {
            return base.TryAddParts(item, factor, parts, out bias);
        }
        bias = 0;
        for (var at = _heads[place - 1]; at > 0; at = _terms[at - 1].Before)
        {
            parts[_terms[at - 1].Entry] += factor * _terms[at - 1].Term;
        }
        return true;
    }

    private void Forget()
    {
        if (_isIndexed)
        {
            foreach (var item in _ranked.AsSpan(0, _count))
            {
                _places[item] = 0;
                _hasPlace[item >> 6] = 0;
            }
        }
        _terms.Clear();
        (_count, _isIndexed) = (0, false);
    }

    private void Index()
    {
        _isIndexed = true;
        for (var place = 0; place < _count; place++)
        {
            var item = _ranked[place];
            _places[item] = place + 1;
            _hasPlace[item >> 6] |= 1ul << item;
            _heads[place] = 0;
        }
        var row = Row;
        for (var entry = 0; entry < row.Items.Length; entry++)
        {
            var weight = NeighbourModel.Weight(row.Weights[entry]);
            if (weight == 0)
            {
                continue;
            }
            if (entry + 1 < row.Items.Length)
            {
                model.Prefetch(row.Items[entry + 1]);
            }
            var neighbours = model.NeighboursOf(row.Items[entry]);
            var similarities = model.SimilaritiesOf(row.Items[entry]);
            foreach (var at in Named(neighbours))
            {
                ref var head = ref _heads[_places[neighbours[at]] - 1];
                _terms.Add((head, entry, weight * similarities[at]));
                head = _terms.Count;
            }
        }
    }

    /// <summary>Which of a list's items have a place; without a branch on it, for no predictor foresees that.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // so that all of it stays in registers
    private ReadOnlySpan<int> Named(ReadOnlySpan<int> neighbours)
    {
        if (_named.Length < neighbours.Length)
        {
            _named = new int[neighbours.Length * 2];
        }
        var named = _named;
        var hasPlace = _hasPlace;
        var count = 0;
        for (var n = 0; n < neighbours.Length && n < named.Length; n++)
        {
            named[count] = n;
            count += (int)(hasPlace[neighbours[n] >> 6] >> neighbours[n] & 1);
        }
        return named.AsSpan(0, count);
    }
}
