namespace Nocturne.Recommending;

/// <summary>Asks the components of a blend once a row, and keeps what brought their scores to one scale.</summary>
internal sealed class BlendRanker : RowRanker
{
    private readonly Blend _blend;
    private readonly RowRanker[] _rankers;
    private readonly float[] _weights;
    private readonly int[][] _items;
    private readonly float[][] _scores;
    private readonly (int Count, float Shift, float Scale)[] _found;

    // By item the components that list it, a bit each.
    private readonly uint[] _listedBy;

    // Where an item of the row stands in it; of other items it says nothing.
    private readonly int[] _positions;
    private readonly GreatestKeys _best = new(0);
    private int[] _contributors = [];
    private float[] _terms = [];
    private float[] _parts = [];

    // A bit each in a mask.
    private const int MostComponents = 32;

    public BlendRanker(Blend blend, RecommendationScratch scratch)
        : base(blend, scratch)
    {
        if (blend.Components.Count > MostComponents)
        {
            throw new ArgumentException($"A blend has at most {MostComponents} components.", nameof(blend));
        }
        _blend = blend;
        _rankers = [.. blend.Components.Select(component => component.NewRanker(scratch))];
        _weights = new float[_rankers.Length];
        var depth = Math.Min(Blend.Depth, blend.Items);
        _items = [.. _rankers.Select(_ => new int[depth])];
        _scores = [.. _rankers.Select(_ => new float[depth])];
        _found = new (int, float, float)[_rankers.Length];
        _positions = new int[blend.Items];
        _listedBy = new uint[blend.Items];
    }

    public override void Begin(ListenerRow row, ReadOnlySpan<int> excluded)
    {
        base.Begin(row, excluded);
        for (var i = 0; i < row.Items.Length; i++)
        {
            _positions[row.Items[i]] = i;
        }
        _blend.Weights.At(row.Items.Length, _weights);
        for (var c = 0; c < _rankers.Length; c++)
        {
            foreach (var item in _items[c].AsSpan(0, _found[c].Count))
            {
                _listedBy[item] = 0;
            }
            _found[c] = default;
        }
        for (var c = 0; c < _rankers.Length; c++)
        {
            if (_weights[c] == 0)
            {
                continue;
            }
            _rankers[c].Begin(row, excluded);
            var count = _rankers[c].Top(_items[c], _scores[c]);
            var (shift, scale) = Blend.Affine(_scores[c].AsSpan(0, count));
            _found[c] = (count, shift, scale);
            foreach (var item in _items[c].AsSpan(0, count))
            {
                _listedBy[item] |= 1u << c;
            }
        }
    }

    public override void Expect(ListenerRow row)
    {
        _blend.Weights.At(row.Items.Length, _weights);
        for (var c = 0; c < _rankers.Length; c++)
        {
            if (_weights[c] != 0)
            {
                _rankers[c].Expect(row);
            }
        }
        _blend.Weights.At(Row.Items.Length, _weights);
    }

    public override int Top(Span<int> items, Span<float> scores)
    {
        var blending = Scratch.Blending;
        var sums = blending.Sums;
        var length = Row.Items.Length;
        for (var c = 0; c < _rankers.Length; c++)
        {
            var (count, shift, scale) = _found[c];
            for (var i = 0; i < count; i++)
            {
                ref var sum = ref sums[_items[c][i]];
                sum = sum == 0 ? _blend.OffsetOf(_items[c][i], length) : sum;
                sum += _weights[c] * (_scores[c][i] - shift) * scale;
            }
        }
        // An item is offered by the first component that lists it; the others then find its sum gone.
        _best.Clear(Math.Min(items.Length, scores.Length));
        for (var c = 0; c < _rankers.Length; c++)
        {
            for (var i = 0; i < _found[c].Count; i++)
            {
                var item = _items[c][i];
                if (sums[item] != 0)
                {
                    _best.Offer(GreatestKeys.KeyOf(sums[item], item));
                    sums[item] = 0;
                }
            }
        }
        return _best.Sorted(items, scores);
    }

    public override int Explain(int item, Span<int> contributors, Span<float> terms, out float bias) =>
        TopItems.OfParts(Row.Items, Parts(item, out bias), contributors, terms);

    public override int ExplainUnordered(int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        var row = Row.Items;
        var parts = Parts(item, out bias);
        var count = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            // Without a branch on it, for no predictor foresees that.
            (contributors[count], terms[count]) = (row[i], parts[i]);
            count += parts[i] != 0 ? 1 : 0;
        }
        return count;
    }

    private ReadOnlySpan<float> Parts(int item, out float bias)
    {
        var row = Row;
        if (_parts.Length < row.Items.Length)
        {
            var size = row.Items.Length * 2;
            (_contributors, _terms, _parts) = (new int[size], new float[size], new float[size]);
        }
        var parts = _parts.AsSpan(0, row.Items.Length);
        parts.Clear();
        bias = 0;
        for (var c = 0; c < _rankers.Length; c++)
        {
            if ((_listedBy[item] & (1u << c)) == 0)
            {
                continue;
            }
            var (_, shift, scale) = _found[c];
            var factor = _weights[c] * scale;
            if (!_rankers[c].TryAddParts(item, factor, parts, out var componentBias))
            {
                var contributing = _rankers[c].Explain(item, _contributors, _terms, out componentBias);
                for (var i = 0; i < contributing; i++)
                {
                    parts[_positions[_contributors[i]]] += factor * _terms[i];
                }
            }
            bias += factor * (componentBias - shift);
        }
        bias += _listedBy[item] != 0 ? _blend.OffsetOf(item, row.Items.Length) : 0;
        return parts;
    }
}
