using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists.Blends;

/// <summary>A taste as a direction: what two of them have in common is how alike the tastes are.</summary>
/// <remarks>
/// <para>
/// x_i = b_i + Σ_j b_j sim(j, i), where b_j is the root of the affinity with recording j and i is among the neighbours
/// of j: histories that share nothing are alike where their items are. v_i = x_i / √(1 + listeners of i): what everyone
/// plays says little of anyone (the correction of popularity). Scaled to length 1, so that the product of two is their
/// cosine.
/// </para>
/// <para>IEEE sums, products and roots in the order of the recordings: the same on every machine.</para>
/// </remarks>
public sealed class TasteVector
{
    private readonly int[] _items;
    private readonly double[] _values;

    private TasteVector(int[] items, double[] values)
    {
        _items = items;
        _values = values;
    }

    /// <summary>How alike two tastes are, in fixed point: 0 for nothing in common, 1 for the same.</summary>
    public long SimilarityTo(TasteVector other)
    {
        var sum = 0d;
        var (i, j) = (0, 0);
        while (i < _items.Length && j < other._items.Length)
        {
            if (_items[i] == other._items[j])
            {
                sum += _values[i++] * other._values[j++];
            }
            else if (_items[i] < other._items[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }
        return Math.Clamp(FixedPoint.Of(sum), 0, FixedPoint.One);
    }

    /// <summary>The vector of the listener that a composition has begun; null with too few items.</summary>
    internal static TasteVector? Of(Composition composition)
    {
        var parameters = composition.Parameters.Blend;
        var (catalogue, model) = (composition.Catalogue, composition.Model);
        var sums = new SortedDictionary<int, double>();
        var items = 0;
        foreach (var entry in composition.Music)
        {
            if (entry.Index >= catalogue.Count || items == parameters.MatchItems)
            {
                continue;
            }
            items++;
            var weight = Math.Sqrt(entry.Affinity / (double)FixedPoint.One);
            Add(entry.Recording, weight);
            var neighbours = model.NeighboursOf(entry.Index);
            var similarities = model.SimilaritiesOf(entry.Index);
            for (var i = 0; i < Math.Min(neighbours.Length, parameters.MatchNeighbours); i++)
            {
                Add(catalogue.RecordingOf(neighbours[i]), weight * similarities[i]);
            }
        }
        if (items < parameters.MatchMinimumItems)
        {
            return null;
        }
        var values = new double[sums.Count];
        var squares = 0d;
        var at = 0;
        foreach (var (item, sum) in sums)
        {
            var value = sum / Math.Sqrt(1 + (double)model.ListenersOf(item));
            squares += value * value;
            values[at++] = value;
        }
        var length = Math.Sqrt(squares);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] /= length;
        }
        return new TasteVector([.. sums.Keys], values);

        void Add(int recording, double weight) => sums[recording] = sums.GetValueOrDefault(recording) + weight;
    }
}
