namespace Nocturne.LocalHost.Evaluating.Playlists;

/// <summary>What is counted of one recipe's playlists, over listeners and windows.</summary>
/// <remarks>
/// All are means over lists but recall, which is one over cases, whether the recipe made a list for them or not, and
/// coverage, one over windows: the share of the items that could be recommended that are in any list.
/// </remarks>
/// <param name="recipe">Its name.</param>
internal sealed class RecipeMeasures(string recipe)
{
    private readonly HashSet<int> _shown = [];
    private double _precision;
    private double _recall;
    private double _unheard;
    private double _diversity;
    private double _novelty;
    private double _coverage;
    private int _cases;
    private int _windows;

    /// <summary>The recipe.</summary>
    public string Recipe { get; } = recipe;

    /// <summary>How many lists it made.</summary>
    public int Lists { get; private set; }

    /// <summary>How many tracks are in them.</summary>
    public long Tracks { get; private set; }

    /// <summary>The share of a list that the listener plays after the cut.</summary>
    public double Precision => Mean(_precision);

    /// <summary>The share of what a listener plays after the cut that is in any of the recipe's lists.</summary>
    public double Recall => _cases == 0 ? 0 : _recall / _cases;

    /// <summary>The share of a list that the listener did not play before the cut.</summary>
    public double Unheard => Mean(_unheard);

    /// <summary>Artists of a list over its tracks; an unknown artist is one of their own.</summary>
    public double ArtistDiversity => Mean(_diversity);

    /// <summary>The mean over a list's tracks of -log2 of the share of listeners who played them before the cut.</summary>
    public double Novelty => Mean(_novelty);

    /// <summary>The share of items that are in any list of a window.</summary>
    public double Coverage => _windows == 0 ? 0 : _coverage / _windows;

    /// <summary>Adds one listener's lists of a window.</summary>
    /// <param name="lists">Items by number; each list without duplicates and not empty.</param>
    /// <param name="relevant">What the listener plays after the cut, ascending.</param>
    /// <param name="beyond">How much more they play that was unknown before it.</param>
    /// <param name="own">What they played before it, ascending.</param>
    /// <param name="items">What is known of items.</param>
    public void Add(
        IReadOnlyList<int[]> lists,
        ReadOnlySpan<int> relevant,
        int beyond,
        ReadOnlySpan<int> own,
        WindowItems items
    )
    {
        var hits = new HashSet<int>();
        foreach (var list in lists)
        {
            var (hit, unheard, unknown) = (0, 0, 0);
            var bits = 0d;
            var artists = new HashSet<int>();
            foreach (var item in list)
            {
                _shown.Add(item);
                if (relevant.BinarySearch(item) >= 0)
                {
                    hit++;
                    hits.Add(item);
                }
                unheard += own.BinarySearch(item) < 0 ? 1 : 0;
                unknown += items.ArtistOf(item) < 0 ? 1 : 0;
                artists.Add(items.ArtistOf(item));
                bits += items.BitsOf(item);
            }
            Lists++;
            Tracks += list.Length;
            _precision += (double)hit / list.Length;
            _unheard += (double)unheard / list.Length;
            _diversity += (double)(artists.Count - (unknown > 0 ? 1 : 0) + unknown) / list.Length;
            _novelty += bits / list.Length;
        }
        _cases++;
        _recall += (double)hits.Count / (relevant.Length + beyond);
    }

    /// <summary>Ends a window.</summary>
    public void EndWindow(int items)
    {
        _windows++;
        _coverage += (double)_shown.Count / Math.Max(1, items);
        _shown.Clear();
    }

    private double Mean(double sum) => Lists == 0 ? 0 : sum / Lists;
}

/// <summary>What is known of a window's items.</summary>
/// <param name="artists">Each item's artist, -1 where unknown; null where none is known.</param>
/// <param name="listenersOf">How many listeners played an item before the cut.</param>
/// <param name="listeners">How many played anything.</param>
internal sealed class WindowItems(IReadOnlyList<int>? artists, Func<int, int> listenersOf, int listeners)
{
    /// <summary>An item's artist.</summary>
    public int ArtistOf(int item) => artists is null ? -1 : artists[item];

    /// <summary>How surprising an item is: -log2 of its share of listeners.</summary>
    public double BitsOf(int item) => Math.Log2((double)listeners / Math.Max(1, listenersOf(item)));

    /// <summary>The most items of one artist.</summary>
    public int MostOfOneArtist(ReadOnlySpan<int> list)
    {
        var counts = new Dictionary<int, int>();
        var most = 0;
        foreach (var item in list)
        {
            if (ArtistOf(item) is var artist and >= 0)
            {
                most = Math.Max(most, counts[artist] = counts.GetValueOrDefault(artist) + 1);
            }
        }
        return most;
    }
}
