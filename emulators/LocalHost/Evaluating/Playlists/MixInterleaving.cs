using Nocturne.Playlists;

namespace Nocturne.LocalHost.Evaluating.Playlists;

/// <summary>A listener's Daily Mixes as one list.</summary>
internal static class MixInterleaving
{
    /// <summary>
    /// The first tracks of all mixes by their numbers, then the second ones, and so on: somebody who hears a little of
    /// every mix. A track that was there before is passed over.
    /// </summary>
    /// <param name="playlists">A night's playlists; what is no Daily Mix is passed over.</param>
    /// <param name="numberOf">A track's number.</param>
    /// <param name="most">How many tracks are wanted.</param>
    public static int[] Of(IEnumerable<Playlist> playlists, Func<PlaylistTrack, int> numberOf, int most)
    {
        var mixes = playlists
            .Where(playlist => PlaylistRecipe.DailyMix.Makes(playlist.Kind))
            .OrderBy(playlist => playlist.Kind.Value.Length)
            .ThenBy(playlist => playlist.Kind.Value, StringComparer.Ordinal)
            .ToList();
        var items = new List<int>(most);
        var longest = mixes.Count == 0 ? 0 : mixes.Max(mix => mix.Tracks.Count);
        for (var place = 0; place < longest && items.Count < most; place++)
        {
            foreach (var mix in mixes)
            {
                if (
                    place < mix.Tracks.Count
                    && items.Count < most
                    && numberOf(mix.Tracks[place]) is var number
                    && !items.Contains(number)
                )
                {
                    items.Add(number);
                }
            }
        }
        return [.. items];
    }
}
