using System.Runtime.InteropServices;
using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Recommending;

namespace Nocturne.RunNight.Training;

/// <summary>A listener's taste as models take it: the same for training and for composing.</summary>
/// <remarks>
/// <para>
/// Weights are <see cref="EvidenceWeights"/> of the streams that the long horizon still remembers, the skips and the
/// opinions.
/// </para>
/// <para>
/// A profile holds sums of decayed streams, not the time of each. Models of recency get the plays that would leave
/// the same sums: as many as the short horizon counts (from 1 to <see cref="MostPlays"/>), all of the age at which
/// they would have decayed to it; where it has forgotten the item, those of the long horizon.
/// </para>
/// </remarks>
internal sealed class TasteRow
{
    private const int MostPlays = 8;
    private const double ShortHalfLifeDays = 7;
    private const double LongHalfLifeDays = 182.625;

    // The short horizon knows nothing of an item that is older than this.
    private const double ShortMemoryDays = 70;

    private readonly EvidenceWeights _evidence = new();
    private readonly HashSet<int> _liked = [];
    private readonly HashSet<int> _hated = [];
    private readonly List<Entry> _entries = [];

    // Each entry's item, and where the entry stands, in one number: those sort several times as fast.
    private readonly List<ulong> _order = [];
    private readonly List<int> _items = [];
    private readonly List<float> _weights = [];

    // The age of each play, and where its item stands: in one number, for the ages are not below 0 and their bits are in
    // their order.
    private readonly List<ulong> _plays = [];
    private readonly List<int> _playEntries = [];
    private readonly List<int> _playItems = [];
    private readonly List<float> _playAges = [];

    /// <summary>The items.</summary>
    public ReadOnlySpan<int> Items => CollectionsMarshal.AsSpan(_items);

    /// <summary>Their signed weights.</summary>
    public ReadOnlySpan<float> Weights => CollectionsMarshal.AsSpan(_weights);

    /// <summary>The items of the plays, newest first.</summary>
    public ReadOnlySpan<int> PlayItems => CollectionsMarshal.AsSpan(_playItems);

    /// <summary>The plays' ages in days.</summary>
    public ReadOnlySpan<float> PlayAges => CollectionsMarshal.AsSpan(_playAges);

    /// <summary>As models score it.</summary>
    public ListenerRow Row => new(Items, Weights, CollectionsMarshal.AsSpan(_playEntries), PlayAges);

    /// <summary>
    /// Takes the next listener. What has no number, says nothing or was taken out of the taste is left out; what a
    /// hated artist plays is hated.
    /// </summary>
    public void Read(ListenerTaste taste, Catalogue catalogue)
    {
        _entries.Clear();
        _items.Clear();
        _weights.Clear();
        _plays.Clear();
        _playEntries.Clear();
        _playItems.Clear();
        _playAges.Clear();
        Number(taste.Liked, catalogue, _liked);
        Number(taste.Hated, catalogue, _hated);
        var indices = taste.IndicesIn(catalogue);
        for (var i = 0; i < indices.Length; i++)
        {
            Add(taste.Items[i], indices[i], taste, catalogue);
        }
        // An opinion of what is no part of the history; what is counts first.
        foreach (var items in (ReadOnlySpan<IReadOnlySet<ItemId>>)[taste.Liked, taste.Hated])
        {
            foreach (var item in items)
            {
                Add(new TasteItem(item, null, 0, 0, 0, 0), catalogue.IndexOf(item), taste, catalogue);
            }
        }
        // By number, so that sums do not depend on the order in which a taste names its items.
        _order.Clear();
        for (var i = 0; i < _entries.Count; i++)
        {
            _order.Add(((ulong)(uint)_entries[i].Item << 32) | (uint)i);
        }
        _order.Sort();
        foreach (var key in _order)
        {
            var entry = _entries[(int)(uint)key];
            if (_items.Count > 0 && _items[^1] == entry.Item)
            {
                continue;
            }
            for (var play = 0; play < entry.Plays; play++)
            {
                _plays.Add(((ulong)BitConverter.SingleToUInt32Bits(entry.Age) << 32) | (uint)_items.Count);
            }
            _items.Add(entry.Item);
            _weights.Add(entry.Weight);
        }
        _plays.Sort();
        foreach (var play in _plays)
        {
            var entry = (int)(uint)play;
            _playAges.Add(BitConverter.UInt32BitsToSingle((uint)(play >> 32)));
            _playEntries.Add(entry);
            _playItems.Add(_items[entry]);
        }
    }

    /// <summary>Sets by number: they are asked for every item, and texts take long to hash.</summary>
    private static void Number(IReadOnlySet<ItemId> items, Catalogue catalogue, HashSet<int> indices)
    {
        indices.Clear();
        foreach (var item in items)
        {
            indices.Add(catalogue.IndexOf(item));
        }
    }

    private void Add(in TasteItem item, int index, ListenerTaste taste, Catalogue catalogue)
    {
        if (index < 0 || (taste.Excluded.Count > 0 && taste.Excluded.Contains(item.Item)))
        {
            return;
        }
        // Most hate no artist, and then the track is not looked at.
        var isHated =
            _hated.Contains(index)
            || (
                taste.HatedArtists.Count > 0
                && (catalogue[index].Artist ?? item.Artist) is { } by
                && taste.HatedArtists.Contains(by)
            );
        var opinion =
            isHated ? -1
            : _liked.Contains(index) ? 1
            : 0;
        // A stream that the long horizon has forgotten is still a stream, if hardly.
        var streams = item.Streams > 0 ? Math.Max(item.LongWeight, 1) / (double)FixedPoint.One : 0;
        var weight = _evidence.Of(new Evidence(streams, item.Skips, opinion));
        if (weight == 0)
        {
            return;
        }
        if (item.Streams <= 0 || opinion < 0)
        {
            _entries.Add(new Entry(index, weight, 0, 0));
            return;
        }
        var (sum, halfLife, least) =
            item.ShortWeight > 0
                ? (item.ShortWeight / (double)FixedPoint.One, ShortHalfLifeDays, 0)
                : (streams, LongHalfLifeDays, ShortMemoryDays);
        var plays = (int)Math.Clamp(Math.Round(sum), 1, Math.Min(MostPlays, item.Streams));
        _entries.Add(new Entry(index, weight, plays, (float)Math.Max(halfLife * Halvings(sum / plays), least)));
    }

    /// <summary>How often 1 halves to reach x, in between by a straight line: exact arithmetic everywhere.</summary>
    private static double Halvings(double x)
    {
        if (x >= 1)
        {
            return 0;
        }
        var doublings = Math.ILogB(1 / x);
        var power = Math.ScaleB(1, doublings);
        return doublings + (((1 / x) - power) / power);
    }

    /// <summary>An item of the row, and how many plays of one age speak for it.</summary>
    private readonly record struct Entry(int Item, float Weight, int Plays, float Age);
}
