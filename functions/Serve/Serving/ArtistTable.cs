using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.Serve.Serving;

/// <summary>Artists and shows by number, with their items, most listeners first.</summary>
internal sealed class ArtistTable
{
    private readonly int[] _starts;
    private readonly int[] _items;
    private readonly string?[] _ids;
    private readonly string?[] _names;
    private readonly bool[] _isShow;
    private readonly Dictionary<string, int> _byId;

    public ArtistTable(Catalogue catalogue, Func<int, long> listenersOf)
    {
        _starts = new int[catalogue.Artists + 1];
        for (var item = 0; item < catalogue.Count; item++)
        {
            if (catalogue.ArtistOf(item) is >= 0 and var artist)
            {
                _starts[artist + 1]++;
            }
        }
        for (var artist = 0; artist < catalogue.Artists; artist++)
        {
            _starts[artist + 1] += _starts[artist];
        }
        _items = new int[_starts[^1]];
        var filled = new int[catalogue.Artists];
        for (var item = 0; item < catalogue.Count; item++)
        {
            if (catalogue.ArtistOf(item) is >= 0 and var artist)
            {
                _items[_starts[artist] + filled[artist]++] = item;
            }
        }
        (_ids, _names) = (new string?[catalogue.Artists], new string?[catalogue.Artists]);
        _isShow = new bool[catalogue.Artists];
        _byId = new Dictionary<string, int>(catalogue.Artists, StringComparer.Ordinal);
        for (var artist = 0; artist < catalogue.Artists; artist++)
        {
            var items = _items.AsSpan(_starts[artist].._starts[artist + 1]);
            items.Sort(
                (a, b) => listenersOf(a) is var x && listenersOf(b) is var y && x != y ? y.CompareTo(x) : a.CompareTo(b)
            );
            Name(catalogue, artist, items);
        }
    }

    public int Count => _names.Length;

    /// <summary>The number of an artist; -1 for one that the catalogue does not have.</summary>
    public int NumberOf(string id) => _byId.GetValueOrDefault(id, -1);

    /// <summary>The id: the catalogue's, else the one that the name gives.</summary>
    public string? IdOf(int artist) => _ids[artist];

    public string? NameOf(int artist) => _names[artist];

    /// <summary>Whether it is a show or book: nothing of it is music.</summary>
    public bool IsShow(int artist) => _isShow[artist];

    /// <summary>Its items, most listeners first.</summary>
    public ReadOnlySpan<int> ItemsOf(int artist) => _items.AsSpan(_starts[artist].._starts[artist + 1]);

    private void Name(Catalogue catalogue, int artist, ReadOnlySpan<int> items)
    {
        var isShow = true;
        foreach (var item in items)
        {
            var track = catalogue[item];
            isShow &= track.Kind != ItemKind.Track;
            _ids[artist] ??= track.Artist?.Value;
            _names[artist] ??= track.ArtistName;
        }
        _isShow[artist] = isShow;
        if ((_ids[artist] ??= ItemNaming.ArtistOf(_names[artist])?.Value) is { } id)
        {
            _byId.TryAdd(id, artist);
        }
    }
}
