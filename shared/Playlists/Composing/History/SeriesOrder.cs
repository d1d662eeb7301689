using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>The catalogue's series, shows and books, each with its episodes or chapters in their order.</summary>
/// <remarks>
/// A show is an artist (or, without one, a name in the album's place); a book is an author's album, for an author has
/// several. A series is in the order of numbers where all have one, else of release days, those without first; ties by
/// number and index. Immutable; music is in none.
/// </remarks>
internal sealed class SeriesOrder
{
    // By item, only of those in a series: most of a catalogue is music.
    private readonly Dictionary<int, (int Series, int Place)> _placeOf = [];
    private readonly List<int[]> _series = [];

    public SeriesOrder(Catalogue catalogue)
    {
        var members = new Dictionary<(ItemKind Kind, int Artist, string? Album), List<int>>();
        var keys = new List<(ItemKind, int, string?)>();
        for (var index = 0; index < catalogue.Count; index++)
        {
            if (KeyOf(catalogue, index) is not { } key)
            {
                continue;
            }
            if (!members.TryGetValue(key, out var list))
            {
                members.Add(key, list = []);
                keys.Add(key);
            }
            list.Add(index);
        }
        foreach (var key in keys)
        {
            var list = members[key];
            var isNumbered = list.TrueForAll(index => catalogue[index].Number is not null);
            list.Sort((a, b) => Compare(catalogue, isNumbered, a, b));
            for (var place = 0; place < list.Count; place++)
            {
                _placeOf.Add(list[place], (_series.Count, place));
            }
            _series.Add([.. list]);
        }
    }

    /// <summary>The series that an item is in, and where; -1 for one that is in none.</summary>
    public (int Series, int Place) PlaceOf(int index) => _placeOf.TryGetValue(index, out var place) ? place : (-1, -1);

    /// <summary>A series in its order.</summary>
    public ReadOnlySpan<int> ItemsOf(int series) => _series[series];

    private static (ItemKind, int, string?)? KeyOf(Catalogue catalogue, int index)
    {
        var track = catalogue[index];
        var artist = catalogue.ArtistOf(index);
        return track.Kind switch
        {
            ItemKind.Episode when artist >= 0 => (track.Kind, artist, null),
            ItemKind.Episode when track.Album is not null => (track.Kind, -1, track.Album),
            ItemKind.Chapter when artist >= 0 || track.Album is not null => (track.Kind, artist, track.Album),
            _ => null,
        };
    }

    private static int Compare(Catalogue catalogue, bool isNumbered, int a, int b)
    {
        var (left, right) = (catalogue[a], catalogue[b]);
        var order = isNumbered ? 0 : Nullable.Compare(left.Released, right.Released);
        order = order != 0 ? order : Nullable.Compare(left.Number, right.Number);
        order = order != 0 ? order : Nullable.Compare(left.Released, right.Released);
        return order != 0 ? order : a.CompareTo(b);
    }
}
