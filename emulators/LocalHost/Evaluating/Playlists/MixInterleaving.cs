using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.LocalHost.Evaluating.Playlists;

/// <summary>A listener's Daily Mixes as one list.</summary>
internal static class MixInterleaving
{
    /// <summary>
    /// Every mix is taken apart by what its tracks' reasons say: what the listener knows by affinity, what is near it by
    /// the model's score, and last what everyone plays; so the mixes are merged like rankings, and equals by their places
    /// in their mixes. A track that was there before, and one more of an artist than the cap, is passed over.
    /// </summary>
    /// <remarks>
    /// Playing order is no ranking: it spaces artists and bounds steps of sound. Recall asks for one.
    /// </remarks>
    /// <param name="playlists">A night's playlists; what is no Daily Mix is passed over.</param>
    /// <param name="artistCap">Tracks of one artist, at most.</param>
    /// <param name="most">How many tracks are wanted.</param>
    public static List<PlaylistTrack> Of(IEnumerable<Playlist> playlists, int artistCap, int most)
    {
        var tracks = playlists
            .Where(playlist => PlaylistRecipe.DailyMix.Makes(playlist.Kind))
            .OrderBy(playlist => playlist.Kind.Value, StringComparer.Ordinal)
            .SelectMany(mix => mix.Tracks.Index())
            .OrderBy(placed => ClassOf(placed.Item.Reason.Kind))
            .ThenByDescending(placed => placed.Item.Reason.Score)
            .ThenBy(placed => placed.Index);
        var items = new HashSet<ItemId>();
        var artists = new Dictionary<ArtistId, int>();
        var list = new List<PlaylistTrack>(most);
        foreach (var (_, track) in tracks)
        {
            if (list.Count == most)
            {
                break;
            }
            if (track.Artist is { } artist)
            {
                var count = artists.GetValueOrDefault(artist);
                if (count == artistCap)
                {
                    continue;
                }
                artists[artist] = count + (items.Contains(track.Item) ? 0 : 1);
            }
            if (items.Add(track.Item))
            {
                list.Add(track);
            }
        }
        return list;
    }

    private static int ClassOf(ReasonKind kind) =>
        kind switch
        {
            ReasonKind.Favourite => 0,
            ReasonKind.Popular => 2,
            _ => 1,
        };
}
