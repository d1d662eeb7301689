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
    /// <summary>
    /// The most items by name; a listener who heard more has the rest in <see cref="AlsoHeard"/>. What is left out has
    /// few or no streams left on the long horizon, and far fewer are seeds or favourites.
    /// </summary>
    public const int MaxItems = 4_096;

    /// <summary>The listener's IANA time zone.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Streams by UTC hour of the week.</summary>
    public IReadOnlyList<long> StreamsByHourOfWeek { get; init; } = [];

    /// <summary>The latest plays before the end of the run's date (UTC), the latest first.</summary>
    public IReadOnlyList<RecentPlay> RecentPlays { get; init; } = [];

    /// <summary>Episodes and chapters begun and not ended, the latest played first.</summary>
    public IReadOnlyList<UnfinishedItem> Unfinished { get; init; } = [];

    /// <summary>A packed <see cref="HeardSet"/> of the items that are not among <see cref="Items"/>; often empty.</summary>
    public ReadOnlyMemory<byte> AlsoHeard { get; init; }

    /// <summary>
    /// What the run's predecessor published and remembered, as far as this run needs it: a <see cref="PlaylistPack"/>;
    /// empty for a new listener.
    /// </summary>
    public ReadOnlyMemory<byte> Past { get; init; }

    /// <summary>
    /// A hash of the listener's documents as far as composing reads them, without what every night changes: the
    /// decay of weights, and the past.
    /// </summary>
    public ulong Fingerprint { get; init; }

    /// <summary>
    /// The object with what the predecessor published, if the listener has not changed since it was made; else empty.
    /// </summary>
    public string RestingObject { get; init; } = "";

    /// <summary>The model's epoch that it was made in; 0 without one.</summary>
    public int RestingEpoch { get; init; }

    /// <summary>Somebody of whom nothing is known.</summary>
    public static SnapshotListener Empty(ListenerId listener) => new(listener, null, null, [], [], [], [], []);

    /// <summary>A listener as of a date; months after it do not count.</summary>
    /// <param name="reading">The listener's documents.</param>
    /// <param name="date">The run's date.</param>
    /// <param name="cutOff">Items that truncated tallies do not name.</param>
    public static SnapshotListener Of(ListenerReading reading, DateOnly date, IEnumerable<ItemId>? cutOff = null)
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
        var named = items.Values.Select(item => item.Sum).ToList();
        var alsoHeard = (cutOff ?? []).Where(item => !items.ContainsKey(item)).ToHashSet();
        if (named.Count > MaxItems)
        {
            named.Sort(StrongestFirst);
            alsoHeard.UnionWith(named.Skip(MaxItems).Select(item => item.Item));
            named.RemoveRange(MaxItems, named.Count - MaxItems);
        }
        named.Sort(static (a, b) => string.CompareOrdinal(a.Item.Value, b.Item.Value));
        var end = Instant.FromDate(date.AddDays(1));
        var statements = reading.Statements;
        var settings = statements.Settings(reading.Profile.Listener);
        return new SnapshotListener(
            reading.Profile.Listener,
            settings?.Market,
            settings?.Explicit,
            named,
            [.. statements.ItemOpinions.Where(opinion => opinion.Score > 0).Select(opinion => opinion.Item)],
            [.. statements.ItemOpinions.Where(opinion => opinion.Score < 0).Select(opinion => opinion.Item)],
            [.. statements.ArtistOpinions.Where(opinion => opinion.Score < 0).Select(opinion => opinion.Artist)],
            [.. statements.Follows]
        )
        {
            TimeZone = settings?.TimeZone,
            StreamsByHourOfWeek = reading.Profile.StreamsByHourOfWeek,
            RecentPlays = [.. reading.Profile.RecentPlays.Where(play => play.StartedAt < end)],
            AlsoHeard = HeardSet.Of(alsoHeard).ToBytes(),
        };
    }

    /// <summary>As composing takes it.</summary>
    /// <param name="withPast">Whether to unpack what earlier nights published: training does not ask for it.</param>
    public ListenerTaste ToTaste(bool withPast = true)
    {
        var past = withPast && !Past.IsEmpty ? PlaylistPack.Read(Past) : null;
        return new ListenerTaste(Listener)
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
                )
                {
                    Kind = item.Kind,
                }),
            ],
            Liked = Liked.ToHashSet(),
            Hated = Hated.ToHashSet(),
            HatedArtists = HatedArtists.ToHashSet(),
            FollowedArtists = Follows.ToHashSet(),
            Market = Market,
            AllowsExplicit = AllowsExplicit ?? true,
            Heard = AlsoHeard.IsEmpty ? null : HeardSet.Read(AlsoHeard.Span).Contains,
            TimeZone = TimeZone,
            StreamsByHourOfWeek = StreamsByHourOfWeek,
            RecentPlays = RecentPlays,
            Unfinished = Unfinished,
            Memory = past?.Memory ?? ListenerMemory.Empty,
            Published = past?.Playlists ?? [],
        };
    }

    /// <summary>By what is left of the streams, then by plays; ties by id.</summary>
    private static int StrongestFirst(SnapshotItem a, SnapshotItem b) =>
        a.Long != b.Long ? b.Long.CompareTo(a.Long)
        : a.Short != b.Short ? b.Short.CompareTo(a.Short)
        : a.Plays != b.Plays ? b.Plays.CompareTo(a.Plays)
        : string.CompareOrdinal(a.Item.Value, b.Item.Value);
}
