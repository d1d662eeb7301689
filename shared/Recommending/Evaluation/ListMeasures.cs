using System.Runtime.InteropServices;

namespace Nocturne.Recommending;

/// <summary>Measures lists beyond their hits, against the training data of one fold.</summary>
internal sealed class ListMeasures
{
    /// <summary>Lists whose diversity is measured: the error of a mean over so many is below 0.3 %.</summary>
    public const int MaxDiversityCases = 10_000;

    /// <summary>How many measures there are.</summary>
    public static readonly int Count = Enum.GetValues<CaseMeasure>().Length;

    private const double CalibrationSmoothing = 0.01;
    private const int Tiers = 3;

    private readonly InteractionMatrix _matrix;
    private readonly IReadOnlyList<int>? _artists;
    private readonly InteractionMatrix? _features;
    private readonly double[] _information;
    private readonly double[] _inverseNorms;
    private readonly byte[] _tiers;
    private readonly int _groups;

    public ListMeasures(InteractionMatrix matrix, IReadOnlyList<int>? artists, InteractionMatrix? features)
    {
        _matrix = matrix;
        _artists = artists;
        _features = features;
        _groups = features?.Items ?? (artists is null ? Tiers : artists.Append(-1).Max() + 1);
        _information = new double[matrix.Items];
        _inverseNorms = new double[matrix.Items];
        for (var item = 0; item < matrix.Items; item++)
        {
            var count = Math.Max(1, matrix.ColumnListeners(item).Length);
            _information[item] = Logarithm.Base2((double)Math.Max(1, matrix.Listeners) / count);
            _inverseNorms[item] = 1 / Math.Sqrt(count);
        }
        _tiers = TiersOf(matrix);
    }

    /// <summary>Items that can be recommended: those that anyone has.</summary>
    public int Candidates
    {
        get
        {
            var candidates = 0;
            for (var item = 0; item < _matrix.Items; item++)
            {
                candidates += _matrix.ColumnListeners(item).IsEmpty ? 0 : 1;
            }
            return candidates;
        }
    }

    public Scratch NewScratch() => new(_matrix.Listeners, _groups);

    /// <summary>Measures one list.</summary>
    /// <param name="list">Items, best first.</param>
    /// <param name="history">What the listener had before, with weights.</param>
    /// <param name="relevant">Relevant items that can be ranked, ascending.</param>
    /// <param name="beyond">How many more are relevant.</param>
    /// <param name="withDiversity">Whether this case belongs to the sample.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="at">The case's place in <paramref name="series"/>.</param>
    /// <param name="series">A row for each <see cref="CaseMeasure"/>.</param>
    public void Measure(
        ReadOnlySpan<int> list,
        ListenerRow history,
        ReadOnlySpan<int> relevant,
        int beyond,
        bool withDiversity,
        Scratch scratch,
        int at,
        float[][] series
    )
    {
        Tiered(list, relevant, beyond, at, series);
        var information = 0d;
        foreach (var item in list)
        {
            information += _information[item];
        }
        Put(CaseMeasure.Novelty, list.IsEmpty ? double.NaN : information / list.Length);
        Put(CaseMeasure.Diversity, withDiversity ? Diversity(list, scratch) : double.NaN);
        Put(CaseMeasure.Calibration, Divergence(list, history, scratch));
        Put(CaseMeasure.ListPopularity, Popularity(list));
        Put(CaseMeasure.HistoryPopularity, Popularity(history.Items));

        void Put(CaseMeasure measure, double value) => series[(int)measure][at] = (float)value;
    }

    private void Tiered(ReadOnlySpan<int> list, ReadOnlySpan<int> relevant, int beyond, int at, float[][] series)
    {
        Span<int> wanted = stackalloc int[Tiers];
        Span<int> hits = stackalloc int[Tiers];
        wanted.Clear();
        hits.Clear();
        wanted[Tiers - 1] = beyond;
        foreach (var item in relevant)
        {
            wanted[_tiers[item]]++;
        }
        foreach (var item in list)
        {
            if (relevant.BinarySearch(item) >= 0)
            {
                hits[_tiers[item]]++;
            }
        }
        for (var tier = 0; tier < Tiers; tier++)
        {
            series[(int)CaseMeasure.RecallHead + tier][at] =
                wanted[tier] == 0 ? float.NaN : (float)hits[tier] / wanted[tier];
        }
    }

    private double Popularity(ReadOnlySpan<int> items)
    {
        var sum = 0d;
        foreach (var item in items)
        {
            sum += _matrix.ColumnListeners(item).Length;
        }
        return items.IsEmpty ? double.NaN : sum / items.Length / _matrix.Listeners;
    }

    /// <summary>Σ over pairs of cosines is (‖Σ of the unit vectors‖² - their number) / 2: no pair is looked at.</summary>
    private double Diversity(ReadOnlySpan<int> list, Scratch scratch)
    {
        var sums = scratch.Listeners;
        var items = 0;
        foreach (var item in list)
        {
            var listeners = _matrix.ColumnListeners(item);
            items += listeners.IsEmpty ? 0 : 1;
            foreach (var listener in listeners)
            {
                sums[listener] += _inverseNorms[item];
            }
        }
        var square = 0d;
        foreach (var item in list)
        {
            foreach (var listener in _matrix.ColumnListeners(item))
            {
                square += sums[listener] * sums[listener];
                sums[listener] = 0;
            }
        }
        return items < 2 ? double.NaN : 1 - ((square - items) / (items * (items - 1d)));
    }

    private double Divergence(ReadOnlySpan<int> list, ListenerRow history, Scratch scratch)
    {
        var groups = scratch.Groups;
        groups.Clear();
        var wanted = 0d;
        var given = 0d;
        for (var i = 0; i < history.Items.Length; i++)
        {
            wanted += AddShares(history.Items[i], Math.Max(history.Weights[i], 0), groups, isHistory: true);
        }
        foreach (var item in list)
        {
            given += AddShares(item, 1, groups, isHistory: false);
        }
        if (!(wanted > 0 && double.IsFinite(wanted)) || list.IsEmpty)
        {
            return double.NaN;
        }
        var divergence = 0d;
        // In the order in which groups came up, so that the sum has one order.
        foreach (var (history1, list1) in groups.Shares)
        {
            var p = history1 / wanted;
            if (p > 0)
            {
                var q = given > 0 ? list1 / given : 0;
                divergence += p * Logarithm.Base2(p / (((1 - CalibrationSmoothing) * q) + (CalibrationSmoothing * p)));
            }
        }
        return divergence;
    }

    private double AddShares(int item, float weight, GroupSums groups, bool isHistory)
    {
        if (!(weight > 0))
        {
            return 0;
        }
        if (_features is null)
        {
            var group = _artists is null ? _tiers[item] : _artists[item];
            if (group < 0)
            {
                return 0;
            }
            groups.Add(group, weight, isHistory);
            return weight;
        }
        var features = _features.RowItems(item);
        foreach (var feature in features)
        {
            groups.Add(feature, weight / features.Length, isHistory);
        }
        return features.IsEmpty ? 0 : weight;
    }

    /// <summary>Items by popularity, cut where a third and two thirds of all interactions are reached.</summary>
    private static byte[] TiersOf(InteractionMatrix matrix)
    {
        var tiers = new byte[matrix.Items];
        var items = new int[matrix.Items];
        var keys = new long[matrix.Items];
        for (var item = 0; item < items.Length; item++)
        {
            items[item] = item;
            keys[item] = ((long)-matrix.ColumnListeners(item).Length << 32) + item;
        }
        Array.Sort(keys, items);
        var before = 0L;
        foreach (var item in items)
        {
            var count = matrix.ColumnListeners(item).Length;
            tiers[item] =
                count == 0 ? (byte)(Tiers - 1) : (byte)Math.Min(Tiers - 1, before * Tiers / Math.Max(1, matrix.Count));
            before += count;
        }
        return tiers;
    }

    /// <summary>Working memory of one worker.</summary>
    public sealed class Scratch(int listeners, int groups)
    {
        /// <summary>A sum for each listener; all zero between lists.</summary>
        public double[] Listeners { get; } = new double[listeners];

        public GroupSums Groups { get; } = new(groups);
    }

    /// <summary>Sums by group, of which few are in use at a time.</summary>
    public sealed class GroupSums(int groups)
    {
        private readonly int[] _places = new int[groups]; // one more than the group's place; 0: none
        private readonly List<(double History, double List)> _shares = [];
        private readonly List<int> _used = [];

        public IReadOnlyList<(double History, double List)> Shares => _shares;

        public void Add(int group, double weight, bool isHistory)
        {
            ref var place = ref _places[group];
            if (place == 0)
            {
                _shares.Add(default);
                _used.Add(group);
                place = _shares.Count;
            }
            ref var share = ref CollectionsMarshal.AsSpan(_shares)[place - 1];
            share = isHistory ? (share.History + weight, share.List) : (share.History, share.List + weight);
        }

        public void Clear()
        {
            foreach (var group in _used)
            {
                _places[group] = 0;
            }
            _used.Clear();
            _shares.Clear();
        }
    }
}
