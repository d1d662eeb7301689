using System.Runtime.InteropServices;
using Nocturne.Serve.Serving;

namespace Nocturne.Serve.Items;

/// <summary>What is near an item or an artist, by the night's neighbours.</summary>
internal static class Similar
{
    // An artist's sound is in what people play of it; the rest costs time and says little.
    private const int TracksOfArtist = 20;

    /// <summary>Items like one, most alike first, each recording once, of the same kind of thing.</summary>
    public static IEnumerable<(int Item, float Similarity)> ItemsTo(ServingIndex index, int item, int most)
    {
        var seen = new HashSet<int> { index.Catalogue.RecordingOf(item) };
        var found = new List<(int, float)>(most);
        if (index.Neighbours is not { } model)
        {
            return found;
        }
        var neighbours = model.NeighboursOf(item);
        var similarities = model.SimilaritiesOf(item);
        for (var n = 0; n < neighbours.Length && found.Count < most; n++)
        {
            if (
                index.Catalogue[neighbours[n]].Kind == index.Catalogue[item].Kind
                && seen.Add(index.Catalogue.RecordingOf(neighbours[n]))
            )
            {
                found.Add((neighbours[n], similarities[n]));
            }
        }
        return found;
    }

    /// <summary>Artists whose items are near an artist's most played ones, nearest first.</summary>
    public static List<(int Artist, double Nearness)> ArtistsTo(ServingIndex index, int artist, int most)
    {
        var sums = new Dictionary<int, double>();
        var items = index.Artists.ItemsOf(artist);
        foreach (var item in items[..Math.Min(items.Length, TracksOfArtist)])
        {
            if (index.Neighbours is not { } model)
            {
                break;
            }
            var neighbours = model.NeighboursOf(item);
            var similarities = model.SimilaritiesOf(item);
            for (var n = 0; n < neighbours.Length; n++)
            {
                if (index.Catalogue.ArtistOf(neighbours[n]) is >= 0 and var other && other != artist)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(sums, other, out _) += similarities[n];
                }
            }
        }
        var found = sums.Select(sum => (Artist: sum.Key, Nearness: sum.Value)).ToList();
        found.Sort(
            (a, b) => a.Nearness != b.Nearness ? b.Nearness.CompareTo(a.Nearness) : a.Artist.CompareTo(b.Artist)
        );
        return found.Count > most ? found[..most] : found;
    }
}
