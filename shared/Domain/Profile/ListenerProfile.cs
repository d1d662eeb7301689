using System.Text;

namespace Nocturne.Domain;

/// <summary>A play among the latest.</summary>
/// <param name="StartedAt">When it started.</param>
/// <param name="Item">What was played.</param>
/// <param name="ItemKind">Its kind.</param>
/// <param name="Artist">Its artist, as the play says.</param>
/// <param name="IsStream">Whether it counts as a stream.</param>
/// <param name="IsSkip">Whether the listener skipped it.</param>
public readonly record struct RecentPlay(
    Instant StartedAt,
    ItemId Item,
    ItemKind ItemKind,
    ArtistId? Artist,
    bool IsStream,
    bool IsSkip
);

/// <summary>An item shown among the latest.</summary>
/// <param name="StartedAt">When it was shown.</param>
/// <param name="Item">What was shown.</param>
/// <param name="Playlist">Where.</param>
/// <param name="Slot">At which place, from 0.</param>
public readonly record struct RecentImpression(Instant StartedAt, ItemId Item, string Playlist, int Slot);

/// <summary>
/// A listener's profile: what serving needs, read from the head document alone. A function of the set of the
/// listener's events: order, batching and duplicates do not show in it.
/// </summary>
public sealed class ListenerProfile
{
    private readonly ListenerHead _head;

    private ListenerProfile(ListenerId listener, ListenerHead head)
    {
        Listener = listener;
        _head = head;
    }

    /// <summary>Whose profile.</summary>
    public ListenerId Listener { get; }

    /// <summary>Counts over the whole kept history.</summary>
    public Totals Totals => _head.Totals;

    /// <summary>Streams by UTC hour of the week: 168 counts from Monday 00:00.</summary>
    public IReadOnlyList<long> StreamsByHourOfWeek => _head.Hours;

    /// <summary>Streams by UTC hour of the day: 24 counts.</summary>
    public IReadOnlyList<long> StreamsByHour =>
        [.. Enumerable.Range(0, 24).Select(hour => Enumerable.Range(0, 7).Sum(day => _head.Hours[(day * 24) + hour]))];

    /// <summary>Streams by UTC weekday: 7 counts from Monday.</summary>
    public IReadOnlyList<long> StreamsByWeekday =>
        [.. Enumerable.Range(0, 7).Select(day => Enumerable.Range(0, 24).Sum(hour => _head.Hours[(day * 24) + hour]))];

    /// <summary>The latest plays that count towards the taste, the latest first; at most 32.</summary>
    public IEnumerable<RecentPlay> RecentPlays => Enumerable.Reverse(_head.RecentPlays).Select(ReadPlay);

    /// <summary>The latest impressions, the latest first; at most 16.</summary>
    public IEnumerable<RecentImpression> RecentImpressions =>
        Enumerable.Reverse(_head.RecentImpressions).Select(ReadImpression);

    /// <summary>The month of the latest play in the taste; null without plays.</summary>
    public Month? LatestMonth => _head.Latest;

    /// <summary>The items most listened to, by short then long weight; the strongest of each horizon, not all.</summary>
    public IReadOnlyList<Affinity> Items =>
        Merge(Affinities.Read(_head.LatestAffinities).Items, Affinities.Read(_head.EarlierAffinities).Items);

    /// <summary>The artists most listened to, likewise.</summary>
    public IReadOnlyList<Affinity> Artists =>
        Merge(Affinities.Read(_head.LatestAffinities).Artists, Affinities.Read(_head.EarlierAffinities).Artists);

    /// <summary>What is excluded from the taste.</summary>
    public IReadOnlyList<(ExcludeTarget Target, string Value)> Excludes
    {
        get
        {
            var reader = new PackedReader(_head.Excludes.Span);
            var excludes = new (ExcludeTarget, string)[reader.Count()];
            for (var i = 0; i < excludes.Length; i++)
            {
                var subject = reader.Bytes();
                excludes[i] = ((ExcludeTarget)subject[0], Encoding.UTF8.GetString(subject[1..]));
            }
            return excludes;
        }
    }

    /// <summary>The latest opinions, follows and settings; the rest is in the listener's <see cref="Statements"/>.</summary>
    public StatementsSummary Statements => StatementsSummary.Read(_head.StatementsSummary);

    /// <summary>Reads a head document.</summary>
    /// <exception cref="InvalidDataException">Not a head, or of a later version.</exception>
    public static ListenerProfile Read(ListenerId listener, ReadOnlyMemory<byte> data) =>
        new(listener, ListenerHead.Read(data));

    private List<Affinity> Merge(List<Affinity> latest, List<Affinity> earlier)
    {
        if (_head.Latest is not { } month || _head.RecentPlays.Count == 0)
        {
            return [];
        }
        var today = HistoryRow.StartOf(_head.RecentPlays[^1].Key.Span).Date;
        var sums = new Dictionary<string, Affinity>(StringComparer.Ordinal);
        foreach (var affinity in latest.Concat(earlier))
        {
            var known = sums.GetValueOrDefault(affinity.Id, new Affinity(affinity.Id, 0, 0));
            sums[affinity.Id] = known with { Short = known.Short + affinity.Short, Long = known.Long + affinity.Long };
        }
        return
        [
            .. sums
                .Values.Select(sum => sum with { Short = Horizons.ShortLater(sum.Short, month, today) })
                .OrderByDescending(affinity => affinity.Short)
                .ThenByDescending(affinity => affinity.Long)
                .ThenBy(affinity => affinity.Id, StringComparer.Ordinal),
        ];
    }

    private static RecentPlay ReadPlay(ListenerHead.RecentEntry entry)
    {
        var reader = new PackedReader(entry.Body.Span);
        var flags = reader.Byte();
        var kind = (ItemKind)reader.Byte();
        var item = new ItemId(reader.Text()!);
        var artist = reader.Text();
        return new RecentPlay(
            HistoryRow.StartOf(entry.Key.Span),
            item,
            kind,
            artist is null ? null : new ArtistId(artist),
            (flags & 1) != 0,
            (flags & 2) != 0
        );
    }

    private static RecentImpression ReadImpression(ListenerHead.RecentEntry entry)
    {
        var reader = new PackedReader(entry.Body.Span);
        return new RecentImpression(
            HistoryRow.StartOf(entry.Key.Span),
            new ItemId(reader.Text()!),
            reader.Text()!,
            reader.Count()
        );
    }
}

/// <summary>The part of a listener's statements that the head carries: the latest of each list.</summary>
/// <param name="LikedItems">Liked items, the latest first.</param>
/// <param name="HatedItems">Hated items, the latest first.</param>
/// <param name="HatedArtists">Hated artists, the latest first.</param>
/// <param name="Follows">Followed artists and shows, the latest first.</param>
/// <param name="TimeZone">The listener's IANA time zone.</param>
/// <param name="Market">The listener's market.</param>
/// <param name="Explicit">The listener's choice about explicit content.</param>
/// <param name="Languages">The listener's languages, best first.</param>
public sealed record StatementsSummary(
    IReadOnlyList<ItemId> LikedItems,
    IReadOnlyList<ItemId> HatedItems,
    IReadOnlyList<ArtistId> HatedArtists,
    IReadOnlyList<ArtistId> Follows,
    string? TimeZone,
    string? Market,
    bool? Explicit,
    IReadOnlyList<string> Languages
)
{
    /// <summary>Bytes of one list in the head.</summary>
    public const int MaxListBytes = 2 << 10;

    internal static byte[] Pack(Statements statements, ListenerId listener)
    {
        if (statements.IsEmpty)
        {
            return [];
        }
        var writer = new PackedWriter(512);
        PackList(writer, statements.ItemOpinions.Where(o => o.Score > 0).Select(o => o.Item.Value));
        PackList(writer, statements.ItemOpinions.Where(o => o.Score < 0).Select(o => o.Item.Value));
        PackList(writer, statements.ArtistOpinions.Where(o => o.Score < 0).Select(o => o.Artist.Value));
        PackList(writer, statements.Follows.Select(artist => artist.Value));
        var settings = statements.Settings(listener);
        writer.Text(settings?.TimeZone);
        writer.Text(settings?.Market);
        writer.Byte(
            settings?.Explicit switch
            {
                null => 0,
                false => 1,
                true => 2,
            }
        );
        PackList(writer, settings?.Languages ?? []);
        return writer.ToArray();
    }

    internal static StatementsSummary Read(ReadOnlyMemory<byte> section)
    {
        if (section.IsEmpty)
        {
            return new StatementsSummary([], [], [], [], null, null, null, []);
        }
        var reader = new PackedReader(section.Span);
        return new StatementsSummary(
            [.. ReadList(ref reader).Select(text => new ItemId(text))],
            [.. ReadList(ref reader).Select(text => new ItemId(text))],
            [.. ReadList(ref reader).Select(text => new ArtistId(text))],
            [.. ReadList(ref reader).Select(text => new ArtistId(text))],
            reader.Text(),
            reader.Text(),
            reader.Byte() switch
            {
                1 => false,
                2 => true,
                _ => null,
            },
            ReadList(ref reader)
        );
    }

    private static void PackList(PackedWriter writer, IEnumerable<string> texts)
    {
        var bytes = 0;
        var kept = texts.TakeWhile(text => (bytes += Encoding.UTF8.GetByteCount(text) + 2) <= MaxListBytes).ToList();
        writer.Varint(kept.Count);
        kept.ForEach(writer.Text);
    }

    private static List<string> ReadList(ref PackedReader reader)
    {
        var texts = new List<string>();
        for (var left = reader.Count(); left > 0; left--)
        {
            texts.Add(reader.Text()!);
        }
        return texts;
    }
}
