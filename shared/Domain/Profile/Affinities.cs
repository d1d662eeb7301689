using System.Text;

namespace Nocturne.Domain;

/// <summary>How much a listener is drawn to an item or an artist.</summary>
/// <param name="Id">The item's or artist's id.</param>
/// <param name="Short">Streams on the short horizon as of the day of the latest play, in units of <see cref="Horizons.One"/>.</param>
/// <param name="Long">Streams on the long horizon, in units of <see cref="Horizons.One"/>.</param>
public readonly record struct Affinity(string Id, long Short, long Long);

/// <summary>The strongest items and artists of some months, packed as a section of the head.</summary>
internal static class Affinities
{
    public const int MaxItems = 64;
    public const int MaxArtists = 32;

    /// <summary>Bytes of one packed list; a list ends at the first entry that would pass it.</summary>
    public const int MaxListBytes = 5 << 10;

    /// <summary>The section for one month by itself, strongest on the short horizon first.</summary>
    public static byte[] OfMonth(MonthTally tally)
    {
        var items = new Sums(tally.Entries.Length);
        var artists = new Sums(tally.Entries.Length);
        foreach (var entry in tally.Entries)
        {
            Add(items, artists, entry, entry.Short, entry.Streams * Horizons.One);
        }
        return Pack(items, artists, byLong: false);
    }

    /// <summary>The section for the months before <paramref name="now"/>, seen from it; strongest on the long horizon first.</summary>
    public static byte[] OfEarlier(IEnumerable<(Month Month, MonthTally Tally)> months, Month now)
    {
        var items = new Sums(256);
        var artists = new Sums(256);
        foreach (var (month, tally) in months)
        {
            foreach (var entry in tally.Entries)
            {
                Add(
                    items,
                    artists,
                    entry,
                    Horizons.ShortLater(entry.Short, month, now),
                    Horizons.LongWeight(entry.Streams, month, now)
                );
            }
        }
        return Pack(items, artists, byLong: true);
    }

    /// <summary>Reads a section.</summary>
    public static (List<Affinity> Items, List<Affinity> Artists) Read(ReadOnlyMemory<byte> section)
    {
        var reader = new PackedReader(section.Span);
        return (ReadList(ref reader), ReadList(ref reader));
    }

    private static void Add(Sums items, Sums artists, MonthTally.Entry entry, long shortWeight, long longWeight)
    {
        if (shortWeight == 0 && longWeight == 0)
        {
            return;
        }
        var reader = new PackedReader(entry.Key.Span);
        reader.Byte();
        var item = reader.Bytes();
        items.Add(entry.Key.Slice(reader.Position - item.Length, item.Length), shortWeight, longWeight);
        var artist = reader.Bytes();
        if (!artist.IsEmpty)
        {
            artists.Add(entry.Key.Slice(reader.Position - artist.Length, artist.Length), shortWeight, longWeight);
        }
    }

    private static byte[] Pack(Sums items, Sums artists, bool byLong)
    {
        var writer = new PackedWriter(2_048);
        PackList(writer, items, MaxItems, byLong);
        PackList(writer, artists, MaxArtists, byLong);
        return writer.ToArray();
    }

    private static void PackList(PackedWriter writer, Sums sums, int count, bool byLong)
    {
        var list = new PackedWriter(1_024);
        var packed = 0;
        foreach (var sum in sums.Strongest(count, byLong))
        {
            if (list.Length + sum.Id.Length + 20 > MaxListBytes)
            {
                break;
            }
            list.Bytes(sum.Id.Span);
            list.Varint(byLong ? sum.Other : sum.Ranking);
            list.Varint(byLong ? sum.Ranking : sum.Other);
            packed++;
        }
        writer.Varint(packed);
        writer.Raw(list.Written);
    }

    private static List<Affinity> ReadList(ref PackedReader reader)
    {
        var list = new List<Affinity>(reader.Count());
        for (var left = list.Capacity; left > 0; left--)
        {
            list.Add(new Affinity(reader.Text()!, reader.Varint(), reader.Varint()));
        }
        return list;
    }

    /// <summary>Sums by id, without making strings of the ids.</summary>
    private sealed class Sums(int capacity)
    {
        private readonly Dictionary<ReadOnlyMemory<byte>, (long Short, long Long)> _sums = new(
            capacity,
            BytesComparer.Instance
        );

        public void Add(ReadOnlyMemory<byte> id, long shortWeight, long longWeight)
        {
            ref var sum = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                _sums,
                id,
                out _
            );
            sum.Short += shortWeight;
            sum.Long += longWeight;
        }

        /// <summary>The strongest <paramref name="count"/>, strongest first; most months have many more items.</summary>
        public List<Sum> Strongest(int count, bool byLong)
        {
            var strongest = new List<Sum>(count + 1);
            foreach (var (id, (shortWeight, longWeight)) in _sums)
            {
                var sum = byLong ? new Sum(id, longWeight, shortWeight) : new Sum(id, shortWeight, longWeight);
                if (strongest.Count == count && Sum.StrongestFirst.Compare(strongest[^1], sum) <= 0)
                {
                    continue;
                }
                var place = strongest.BinarySearch(sum, Sum.StrongestFirst);
                strongest.Insert(place < 0 ? ~place : place, sum);
                if (strongest.Count > count)
                {
                    strongest.RemoveAt(count);
                }
            }
            return strongest;
        }
    }

    /// <summary>Two weights of an id: the one that ranks, and the other.</summary>
    private readonly record struct Sum(ReadOnlyMemory<byte> Id, long Ranking, long Other)
    {
        /// <summary>Strongest first; ties by the other weight, then the id.</summary>
        public static IComparer<Sum> StrongestFirst { get; } =
            Comparer<Sum>.Create(
                static (a, b) =>
                    a.Ranking != b.Ranking ? b.Ranking.CompareTo(a.Ranking)
                    : a.Other != b.Other ? b.Other.CompareTo(a.Other)
                    : a.Id.Span.SequenceCompareTo(b.Id.Span)
            );
    }
}

/// <summary>Compares byte strings by content.</summary>
internal sealed class BytesComparer : IEqualityComparer<ReadOnlyMemory<byte>>
{
    public static BytesComparer Instance { get; } = new();

    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<byte> obj)
    {
        var hash = default(HashCode);
        hash.AddBytes(obj.Span);
        return hash.ToHashCode();
    }
}
