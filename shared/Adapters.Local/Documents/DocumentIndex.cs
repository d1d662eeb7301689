using System.Runtime.CompilerServices;

namespace Nocturne.Adapters.Local;

/// <summary>All documents by collection and id, in memory: about 150 bytes each with collections of a few, their data not included.</summary>
/// <remarks>Not safe for concurrent use, but for <see cref="Count"/> and <see cref="LiveBytes"/>.</remarks>
internal sealed class DocumentIndex
{
    private const int RecordOverheadBytes = 24; // lengths, expiry and the frame's share, roughly
    private const int ScanPage = 128;

    private readonly Dictionary<string, OrderedIndex<StoredDocument>> _collections = new(StringComparer.Ordinal);
    private long _liveBytes;
    private int _count;

    /// <summary>Number of documents.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the log that these documents take, roughly.</summary>
    public long LiveBytes => Volatile.Read(ref _liveBytes);

    /// <summary>A document, or a null reference; valid until the next change.</summary>
    public ref StoredDocument Find(string collection, string id)
    {
        if (_collections.TryGetValue(collection, out var index))
        {
            return ref index.Find(id);
        }
        return ref Unsafe.NullRef<StoredDocument>();
    }

    /// <summary>Adds or replaces.</summary>
    public void Set(string collection, string id, in StoredDocument stored)
    {
        if (!_collections.TryGetValue(collection, out var index))
        {
            _collections.Add(collection, index = new OrderedIndex<StoredDocument>());
        }
        ref var existing = ref index.Find(id);
        if (Unsafe.IsNullRef(ref existing))
        {
            index.Set(id, stored);
            _count++;
        }
        else
        {
            _liveBytes -= RecordBytes(collection, id, existing);
            existing = stored;
        }
        _liveBytes += RecordBytes(collection, id, stored);
    }

    /// <summary>Removes; removing nothing is no error.</summary>
    public void Remove(string collection, string id)
    {
        ref var existing = ref Find(collection, id);
        if (Unsafe.IsNullRef(ref existing))
        {
            return;
        }
        _liveBytes -= RecordBytes(collection, id, existing);
        _count--;
        var index = _collections[collection];
        index.Remove(id);
        if (index.Count == 0)
        {
            _collections.Remove(collection);
        }
    }

    /// <summary>See <see cref="OrderedIndex{TValue}.CopyFrom"/>.</summary>
    public int CopyFrom(
        string collection,
        string from,
        bool after,
        Span<OrderedIndex<StoredDocument>.Entry> destination
    ) => _collections.TryGetValue(collection, out var index) ? index.CopyFrom(from, after, destination) : 0;

    /// <summary>Removes all documents that match.</summary>
    public void RemoveWhere(Predicate<StoredDocument> matches)
    {
        var removed = new List<(string Collection, string Id)>();
        var page = new OrderedIndex<StoredDocument>.Entry[ScanPage];
        foreach (var (collection, index) in _collections)
        {
            var (from, after) = ("", false);
            int count;
            do
            {
                count = index.CopyFrom(from, after, page);
                foreach (var entry in page.AsSpan(0, count))
                {
                    if (matches(entry.Value))
                    {
                        removed.Add((collection, entry.Name));
                    }
                    (from, after) = (entry.Name, true);
                }
            } while (count == page.Length);
        }
        removed.ForEach(key => Remove(key.Collection, key.Id));
    }

    private static long RecordBytes(string collection, string id, in StoredDocument stored) =>
        stored.Length + collection.Length + id.Length + RecordOverheadBytes;
}
