using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Profiles;

namespace Nocturne.RunNight.Snapshots;

/// <summary>What a night knows of a listener's dealings with one item.</summary>
/// <param name="Item">The item.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Artist">Its artist, as most streams say.</param>
/// <param name="Plays">All plays.</param>
/// <param name="Streams">Streams.</param>
/// <param name="Skips">Skips.</param>
/// <param name="Short">Streams on the short horizon as of the run's date, in units of <see cref="Horizons.One"/>.</param>
/// <param name="Long">Streams on the long horizon.</param>
internal readonly record struct SnapshotItem(
    ItemId Item,
    ItemKind Kind,
    ArtistId? Artist,
    long Plays,
    long Streams,
    long Skips,
    long Short,
    long Long
);

/// <summary>A listener in a night's snapshot: pinned, so that whatever comes after does not change the night.</summary>
internal sealed record SnapshotListener(
    ListenerId Listener,
    string? Market,
    bool? AllowsExplicit,
    IReadOnlyList<SnapshotItem> Items,
    IReadOnlyList<ItemId> Liked,
    IReadOnlyList<ItemId> Hated,
    IReadOnlyList<ArtistId> HatedArtists,
    IReadOnlyList<ArtistId> Follows
)
{
    /// <summary>A listener as of a date; months after it do not count.</summary>
    public static SnapshotListener Of(ListenerReading reading, DateOnly date)
    {
        var items = new Dictionary<ItemId, (SnapshotItem Sum, long ArtistStreams)>();
        foreach (var (month, tally) in reading.Tallies)
        {
            if (month.FirstDay > date)
            {
                continue;
            }
            foreach (var item in tally.Items)
            {
                var (known, artistStreams) = items.GetValueOrDefault(
                    item.Item,
                    (new SnapshotItem(item.Item, item.ItemKind, item.Artist, 0, 0, 0, 0, 0), -1)
                );
                var artistLeads = item.Streams > artistStreams;
                items[item.Item] = (
                    known with
                    {
                        Artist = artistLeads ? item.Artist : known.Artist,
                        Plays = known.Plays + item.Plays,
                        Streams = known.Streams + item.Streams,
                        Skips = known.Skips + item.Skips,
                        Short = known.Short + Horizons.ShortLater(item.Short, month, date),
                        Long = known.Long + Horizons.LongWeight(item.Streams, month, Month.Of(date)),
                    },
                    artistLeads ? item.Streams : artistStreams
                );
            }
        }
        var statements = reading.Statements;
        var settings = statements.Settings(reading.Profile.Listener);
        return new SnapshotListener(
            reading.Profile.Listener,
            settings?.Market,
            settings?.Explicit,
            [.. items.Values.Select(item => item.Sum).OrderBy(item => item.Item.Value, StringComparer.Ordinal)],
            [.. statements.ItemOpinions.Where(opinion => opinion.Score > 0).Select(opinion => opinion.Item)],
            [.. statements.ItemOpinions.Where(opinion => opinion.Score < 0).Select(opinion => opinion.Item)],
            [.. statements.ArtistOpinions.Where(opinion => opinion.Score < 0).Select(opinion => opinion.Artist)],
            [.. statements.Follows]
        );
    }

    /// <summary>As composing takes it.</summary>
    public ListenerTaste ToTaste() =>
        new(Listener)
        {
            Items =
            [
                .. Items.Select(item => new TasteItem(
                    item.Item,
                    item.Artist,
                    item.Streams,
                    item.Skips,
                    item.Short * FixedPoint.One / Horizons.One,
                    item.Long * FixedPoint.One / Horizons.One
                )),
            ],
            Liked = Liked.ToHashSet(),
            Hated = Hated.ToHashSet(),
            HatedArtists = HatedArtists.ToHashSet(),
            FollowedArtists = Follows.ToHashSet(),
            Market = Market,
            AllowsExplicit = AllowsExplicit ?? true,
        };
}
