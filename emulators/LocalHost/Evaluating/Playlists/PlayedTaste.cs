using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.LocalHost.Evaluating.Playlists;

/// <summary>What a night would know of a listener from their plays alone, by the rules of profiles and snapshots.</summary>
/// <remarks>
/// Streams fade by <see cref="Horizons"/> as tallies do: by their day on the short horizon, by their month on the long
/// one; a snapshot of the date turns them into a taste. Every play counts as a stream of its track, for files of events
/// say no more; there are no skips, opinions or settings.
/// </remarks>
internal static class PlayedTaste
{
    /// <summary>Plays that a profile names one by one.</summary>
    public const int RecentPlays = 32;

    /// <summary>A taste as of a date.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="plays">All plays before, the oldest first.</param>
    /// <param name="date">The night's date, on which the last of them was or later.</param>
    public static ListenerTaste Of(
        ListenerId listener,
        IReadOnlyList<(Instant At, ItemId Item, ArtistId? Artist)> plays,
        DateOnly date
    )
    {
        var items = new SortedDictionary<string, SnapshotItem>(StringComparer.Ordinal);
        var hours = new long[7 * 24];
        foreach (var (at, item, artist) in plays)
        {
            var month = at.Month;
            var known = items.GetValueOrDefault(
                item.Value,
                new SnapshotItem(item, ItemKind.Track, artist, 0, 0, 0, 0, 0)
            );
            items[item.Value] = known with
            {
                Plays = known.Plays + 1,
                Streams = known.Streams + 1,
                Short = known.Short + Horizons.ShortLater(Horizons.ShortWeight(at.Date.Day), month, date),
                Long = known.Long + Horizons.LongWeight(1, month, Month.Of(date)),
            };
            hours[at.HourOfWeek]++;
        }
        return new SnapshotListener(listener, null, null, [.. items.Values], [], [], [], [])
        {
            StreamsByHourOfWeek = hours,
            RecentPlays =
            [
                .. plays
                    .Reverse()
                    .Take(RecentPlays)
                    .Select(play => new RecentPlay(play.At, play.Item, ItemKind.Track, play.Artist, true, false)),
            ],
        }.ToTaste();
    }
}
