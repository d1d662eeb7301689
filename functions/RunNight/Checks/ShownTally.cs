using Nocturne.Nights;
using Nocturne.Playlists;

namespace Nocturne.RunNight.Checks;

/// <summary>Counts what playlists show while a shard is composed; safe for concurrent use.</summary>
internal sealed class ShownTally
{
    // Guards _shown, which is added to once a listener.
    private readonly Lock _lock = new();
    private readonly ShownItems _shown = new();

    /// <summary>Adds a listener's playlists.</summary>
    public void Add(ListenerTaste taste, IReadOnlyList<Playlist> playlists)
    {
        var own = taste.Items.Select(item => item.Item).ToHashSet();
        lock (_lock)
        {
            foreach (var playlist in playlists)
            {
                var kind = playlist.Kind.Value;
                _shown.Recipes[kind] = _shown.Recipes.GetValueOrDefault(kind) + Describe(playlist, own);
                foreach (var track in playlist.Tracks)
                {
                    _shown.Slots[track.Item.Value] = _shown.Slots.GetValueOrDefault(track.Item.Value) + 1;
                }
            }
        }
    }

    /// <summary>All that was added; nothing is added afterwards.</summary>
    public ShownItems Finish() => _shown;

    private static RecipeCounts Describe(Playlist playlist, HashSet<Domain.ItemId> own)
    {
        var artists = playlist.Tracks.Select(track => track.Artist?.Value ?? track.ArtistName).OfType<string>();
        return new RecipeCounts(
            1,
            playlist.Tracks.Count,
            playlist.Tracks.Count(track => !own.Contains(track.Item)),
            artists.Distinct(StringComparer.Ordinal).Count(),
            playlist.Trace?.Slots.Count(slot => slot.Chosen > 0) ?? 0,
            playlist.Tracks.Sum(track => track.Reason.Score / (decimal)FixedPoint.One)
        );
    }
}
