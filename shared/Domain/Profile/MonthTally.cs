using System.Text;

namespace Nocturne.Domain;

/// <summary>What a listener did with one item in one month.</summary>
/// <param name="Item">The item.</param>
/// <param name="ItemKind">Its kind.</param>
/// <param name="Artist">Its artist, as the plays say.</param>
/// <param name="Plays">All plays, however short.</param>
/// <param name="Streams">Plays of 30 s and more.</param>
/// <param name="Skips">Plays that the listener ended early.</param>
/// <param name="Short">Streams on the short horizon, seen from the month's first day; see <see cref="Horizons"/>.</param>
public readonly record struct ItemTally(
    ItemId Item,
    ItemKind ItemKind,
    ArtistId? Artist,
    long Plays,
    long Streams,
    long Skips,
    long Short
);

/// <summary>Plays by item of one month: integers that add and subtract exactly.</summary>
/// <remarks>
/// Derived from the month's <see cref="HistoryDay"/>s. While everything fits into <see cref="MaxBytes"/> it is kept
/// up by adding and subtracting; when it does not, the items with the most streams are kept, and it must be made anew
/// from the days at every change (<see cref="IsTruncated"/>), for what was cut is not known. Either way it is the
/// same function of the days.
/// Packed: version (1), truncated, count, then entries in key order: item kind, item, artist, four varints.
/// </remarks>
public sealed class MonthTally
{
    /// <summary>The largest packed tally.</summary>
    public const int MaxBytes = 160 << 10;

    private const byte Version = 1;

    private readonly Entry[] _entries;

    private MonthTally(Entry[] entries, bool isTruncated)
    {
        _entries = entries;
        IsTruncated = isTruncated;
    }

    /// <summary>No plays.</summary>
    public static MonthTally Empty { get; } = new([], false);

    /// <summary>Whether items were cut off; such a tally cannot be added to.</summary>
    public bool IsTruncated { get; }

    /// <summary>Whether there are no plays.</summary>
    public bool IsEmpty => _entries.Length == 0;

    /// <summary>The items, in key order.</summary>
    public IEnumerable<ItemTally> Items => _entries.Select(entry => entry.ToItem());

    internal ReadOnlySpan<Entry> Entries => _entries;

    /// <summary>Reads a packed tally.</summary>
    /// <exception cref="InvalidDataException">Not a tally, or of a later version.</exception>
    public static MonthTally Read(ReadOnlyMemory<byte> data)
    {
        var reader = new PackedReader(data.Span);
        var version = reader.Byte();
        if (version != Version)
        {
            throw new InvalidDataException(
                $"A month's tally has version {version}; this build reads {Version}. Deploy the build that wrote it."
            );
        }
        var truncated = reader.Byte() == 1;
        var entries = new Entry[reader.Count()];
        for (var i = 0; i < entries.Length; i++)
        {
            var from = reader.Position;
            reader.Byte();
            reader.Bytes();
            reader.Bytes();
            var key = data[from..reader.Position];
            entries[i] = new Entry(key, reader.Varint(), reader.Varint(), reader.Varint(), reader.Varint());
        }
        return new MonthTally(entries, truncated);
    }

    /// <summary>The packed tally.</summary>
    public byte[] ToBytes()
    {
        var writer = new PackedWriter(64 + (_entries.Length * 48));
        writer.Byte(Version);
        writer.Byte(IsTruncated ? (byte)1 : (byte)0);
        writer.Varint(_entries.Length);
        foreach (var entry in _entries)
        {
            entry.Write(writer);
        }
        return writer.ToArray();
    }

    /// <summary>The tally with changes added (negative counts subtract); entries without plays go.</summary>
    internal MonthTally With(List<Entry> changes)
    {
        if (IsTruncated)
        {
            throw new InvalidOperationException("A truncated tally is made anew from its days, not added to.");
        }
        var sorted = changes.ToArray();
        Array.Sort(sorted, static (a, b) => a.Key.Span.SequenceCompareTo(b.Key.Span));
        var merged = new List<Entry>(_entries.Length + sorted.Length);
        for (int old = 0, next = 0; old < _entries.Length || next < sorted.Length; )
        {
            var order =
                old == _entries.Length ? 1
                : next == sorted.Length ? -1
                : _entries[old].Key.Span.SequenceCompareTo(sorted[next].Key.Span);
            var entry = order <= 0 ? _entries[old++] : new Entry(sorted[next].Key, 0, 0, 0, 0);
            while (next < sorted.Length && sorted[next].Key.Span.SequenceEqual(entry.Key.Span))
            {
                entry = entry.Plus(sorted[next++]);
            }
            if (entry.Plays != 0)
            {
                merged.Add(entry);
            }
        }
        return Bound(merged);
    }

    private static MonthTally Bound(List<Entry> entries)
    {
        var bytes = 16;
        foreach (var entry in entries)
        {
            bytes += entry.MaxPackedBytes;
        }
        if (bytes <= MaxBytes)
        {
            return new MonthTally([.. entries], false);
        }
        entries.Sort(
            static (a, b) =>
                b.Streams != a.Streams ? b.Streams.CompareTo(a.Streams)
                : b.Plays != a.Plays ? b.Plays.CompareTo(a.Plays)
                : a.Key.Span.SequenceCompareTo(b.Key.Span)
        );
        bytes = 16;
        var kept = entries.TakeWhile(entry => (bytes += entry.MaxPackedBytes) <= MaxBytes).ToArray();
        Array.Sort(kept, static (a, b) => a.Key.Span.SequenceCompareTo(b.Key.Span));
        return new MonthTally(kept, true);
    }

    /// <summary>An item's counts under its packed key.</summary>
    internal readonly record struct Entry(ReadOnlyMemory<byte> Key, long Plays, long Streams, long Skips, long Short)
    {
        public int MaxPackedBytes => Key.Length + 14; // counts of a bounded day: 3 bytes each at most, weights 5

        public ReadOnlySpan<byte> Artist
        {
            get
            {
                var reader = new PackedReader(Key.Span[1..]);
                reader.Bytes();
                return reader.Bytes();
            }
        }

        public Entry Plus(Entry other) =>
            this with
            {
                Plays = Plays + other.Plays,
                Streams = Streams + other.Streams,
                Skips = Skips + other.Skips,
                Short = Short + other.Short,
            };

        public void Write(PackedWriter writer)
        {
            writer.Raw(Key.Span);
            writer.Varint(Plays);
            writer.Varint(Streams);
            writer.Varint(Skips);
            writer.Varint(Short);
        }

        public ItemTally ToItem()
        {
            var reader = new PackedReader(Key.Span);
            var kind = (ItemKind)reader.Byte();
            var item = new ItemId(reader.Text()!);
            var artist = reader.Text();
            return new ItemTally(
                item,
                kind,
                artist is null ? null : new ArtistId(artist),
                Plays,
                Streams,
                Skips,
                Short
            );
        }
    }
}
