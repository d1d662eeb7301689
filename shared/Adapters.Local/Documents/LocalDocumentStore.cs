using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Ports;

namespace Nocturne.Adapters.Local;

/// <summary>Options of a <see cref="LocalDocumentStore"/>.</summary>
public sealed record LocalDocumentStoreOptions
{
    /// <summary>
    /// The log below. Its <see cref="SegmentedLogOptions.RecentBytes"/> bound what is served from memory: what was
    /// written last; older documents are read from the file, that is from the operating system's cache.
    /// </summary>
    public SegmentedLogOptions Log { get; init; } = new();

    /// <summary>The clock that expires documents.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Counts operations; null for none.</summary>
    public OperationCounters? Counters { get; init; }

    /// <summary>Makes writes fail at times; null for none.</summary>
    public Chaos? Chaos { get; init; }

    /// <summary>Where recovery and compaction are logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}

/// <summary>
/// Documents in a folder: a log of commits, and an index in memory of where each document's bytes are. Keeps about
/// 150 bytes of memory a document.
/// </summary>
/// <remarks>
/// A version is the log address of the commit. What has been committed but is not durable yet is in the index already,
/// so that later commits are checked against it; a reader that meets it waits until it is durable.
/// </remarks>
public sealed class LocalDocumentStore : IDocumentStore, IAsyncDisposable
{
    private const int ListPage = 128;

    // A commit of the largest size with its keys must fit the log's ring.
    private const int LeastRecentBytes = 16 << 20;

    private readonly SegmentedLog _log;
    private readonly Compactor _compactor;
    private readonly TimeProvider _time;
    private readonly OperationCounters _counters;
    private readonly Chaos? _chaos;

    // Guards the index, and that the order of the log is the order of changes to the index.
    private readonly Lock _gate = new();
    private readonly DocumentIndex _index = new();
    private long _lastDelete; // log address of the newest delete: until it is durable, absence is not either
    private volatile bool _disposed;

    /// <summary>Opens a folder, creating it if need be.</summary>
    /// <exception cref="FolderInUseException">It is open already.</exception>
    /// <exception cref="LogCorruptException">A file in it is damaged.</exception>
    public LocalDocumentStore(string folder, LocalDocumentStoreOptions? options = null)
    {
        options ??= new LocalDocumentStoreOptions();
        if (options.Log.RecentBytes < LeastRecentBytes)
        {
            throw new ArgumentException(
                $"Log.RecentBytes is {options.Log.RecentBytes}; documents need at least {LeastRecentBytes}.",
                nameof(options)
            );
        }
        _time = options.Time;
        _counters = options.Counters ?? new OperationCounters();
        _chaos = options.Chaos;
        _log = SegmentedLog.Open(folder, options.Log, Replay, options.Logger);
        _index.RemoveWhere(stored => IsExpired(stored));
        _compactor = new Compactor(_log, () => _index.LiveBytes, Carry, options.Logger);
    }

    /// <summary>What opening found.</summary>
    public LogRecovery Recovery => _log.Recovery;

    /// <summary>Number of documents, expired ones that are not removed yet included.</summary>
    public int Count => _index.Count;

    /// <summary>Bytes of the files.</summary>
    public long FileBytes => _log.TotalBytes;

    /// <inheritdoc/>
    public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Document?>(cancellationToken);
        }
        return TryGet(key, out var document, out var pending)
            ? new ValueTask<Document?>(document)
            : GetWhenDurableAsync(key, pending, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Document?>> GetManyAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    )
    {
        var documents = new Document?[keys.Count];
        for (var i = 0; i < documents.Length; i++)
        {
            documents[i] = await GetAsync(keys[i], cancellationToken);
        }
        return documents;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var dataBytes = Check(writes);
        if (writes.Count == 0)
        {
            return;
        }
        if (_chaos is not null && _chaos.Strikes(Mishap.WriteLost))
        {
            throw new StoreUnavailableException("Chaos: the commit was not made.");
        }

        var (durable, deletes) = Apply(writes);
        await durable;

        _counters.CountCommit(writes.Count - deletes, deletes, dataBytes);
        _compactor.Consider();
        if (_chaos is not null && _chaos.Strikes(Mishap.WriteUnanswered))
        {
            throw new StoreUnavailableException("Chaos: the commit was made, but not confirmed.");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Document> ListAsync(
        string collection,
        string? fromInclusive,
        string? toExclusive,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var page = new OrderedIndex<StoredDocument>.Entry[ListPage];
        var from = fromInclusive ?? "";
        var after = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (count, deleted) = CopyPage(collection, from, after, page);
            await _log.WhenDurableAsync(deleted);
            for (var i = 0; i < count; i++)
            {
                var (id, stored) = (page[i].Name, page[i].Value);
                if (toExclusive is not null && Utf8Order.Compare(id, toExclusive) >= 0)
                {
                    yield break;
                }
                await _log.WhenDurableAsync(stored.Address);
                var key = DocumentKey.Of(collection, id);
                var document =
                    IsExpired(stored) ? null
                    : TryRead(stored, out var data) ? ToDocument(key, stored, data)
                    : await GetAsync(key, cancellationToken); // compaction moved it since the page was taken
                if (document is not null)
                {
                    _counters.CountDocumentReads(1, document.Data.Length);
                    yield return document;
                }
            }
            if (count < page.Length)
            {
                yield break;
            }
            (from, after) = (page[count - 1].Name, true);
        }
    }

    /// <summary>Completes the writes under way and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await _compactor.DisposeAsync();
        await _log.DisposeAsync();
        _disposed = true;
    }

    private static long Check(IReadOnlyList<DocumentWrite> writes)
    {
        const int FewWrites = 16; // up to here comparing all pairs beats a set
        if (writes.Count > DocumentLimits.MaxCommitWrites)
        {
            throw new LimitExceededException(
                $"The commit has {writes.Count} writes; the limit is {DocumentLimits.MaxCommitWrites}."
            );
        }
        var seen = writes.Count > FewWrites ? new HashSet<DocumentKey>(writes.Count) : null;
        var total = 0L;
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            var length = write.Data?.Length ?? 0;
            if (length > DocumentLimits.MaxDocumentBytes)
            {
                throw new LimitExceededException(
                    $"{write.Key} has {length} bytes; the limit is {DocumentLimits.MaxDocumentBytes}."
                );
            }
            total += length;
            var twice = seen is not null && !seen.Add(write.Key);
            for (var j = 0; seen is null && j < i; j++)
            {
                twice |= writes[j].Key == write.Key;
            }
            if (twice)
            {
                throw new ArgumentException($"{write.Key} is written twice in one commit.", nameof(writes));
            }
        }
        return total <= DocumentLimits.MaxCommitBytes
            ? total
            : throw new LimitExceededException(
                $"The commit has {total} bytes; the limit is {DocumentLimits.MaxCommitBytes}."
            );
    }

    private (Task Durable, int Deletes) Apply(IReadOnlyList<DocumentWrite> writes)
    {
        var payload = PayloadWriter.Begin();
        Span<StoredDocument> stored =
            writes.Count <= 16 ? stackalloc StoredDocument[writes.Count] : new StoredDocument[writes.Count];
        var deletes = 0;
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            if (write.Data is { } data)
            {
                stored[i] = DocumentRecord.Put(payload, write.Key, write.ExpiresAt?.UtcTicks ?? 0, data.Span);
            }
            else
            {
                DocumentRecord.Delete(payload, write.Key);
                deletes++;
            }
        }
        lock (_gate)
        {
            for (var i = 0; i < writes.Count; i++)
            {
                if (writes[i].Expectation != DocumentExpectation.Anything)
                {
                    CheckExpectation(writes[i]);
                }
            }
            var append = _log.Append(payload.Written);
            for (var i = 0; i < writes.Count; i++)
            {
                var (key, data) = (writes[i].Key, writes[i].Data);
                if (data is null)
                {
                    _index.Remove(key.Collection, key.Id);
                    _lastDelete = append.Address;
                }
                else
                {
                    stored[i].Address += append.Address;
                    stored[i].Version = append.Address;
                    _index.Set(key.Collection, key.Id, stored[i]);
                }
            }
            return (append.Durable, deletes);
        }
    }

    private void CheckExpectation(DocumentWrite write)
    {
        ref var found = ref _index.Find(write.Key.Collection, write.Key.Id);
        var exists = !Unsafe.IsNullRef(ref found) && !IsExpired(found);
        if (
            write.Expectation == DocumentExpectation.Absent ? exists : !exists || found.Version != write.IfVersion.Value
        )
        {
            _counters.CountConflict();
            throw new DocumentConflictException($"{write.Key} was written by another. Read it again and try again.");
        }
    }

    private async ValueTask<Document?> GetWhenDurableAsync(
        DocumentKey key,
        Task pending,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            await pending.WaitAsync(cancellationToken);
            if (TryGet(key, out var document, out pending))
            {
                return document;
            }
        }
    }

    /// <summary>Reads what is durable; false with what to wait for where the newest state is not durable yet.</summary>
    private bool TryGet(DocumentKey key, out Document? document, out Task pending)
    {
        pending = Task.CompletedTask;
        while (true)
        {
            StoredDocument stored;
            var found = false;
            long newest;
            lock (_gate)
            {
                ref var entry = ref _index.Find(key.Collection, key.Id);
                found = !Unsafe.IsNullRef(ref entry);
                stored = found ? entry : default;
                newest = found ? stored.Address : _lastDelete;
            }
            if (!_log.IsDurable(newest))
            {
                document = null;
                pending = _log.WhenDurableAsync(newest);
                return false;
            }
            if (!found || IsExpired(stored))
            {
                _counters.CountDocumentReads(1, 0);
                document = null;
                return true;
            }
            if (TryRead(stored, out var data))
            {
                _counters.CountDocumentReads(1, data.Length);
                document = ToDocument(key, stored, data);
                return true;
            }
        }
    }

    /// <summary>Reads a document's bytes; false where compaction has moved them.</summary>
    private bool TryRead(in StoredDocument stored, out byte[] data)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        data = GC.AllocateUninitializedArray<byte>(stored.Length);
        try
        {
            if (!_log.TryRead(stored.Address, data))
            {
                return false;
            }
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException($"Reading a document failed: {e.Message}", e);
        }
        return Crc32C.Compute(data) == stored.Crc
            ? true
            : throw _log.CorruptAt(stored.Address, "a document's checksum does not match");
    }

    private static Document ToDocument(DocumentKey key, in StoredDocument stored, byte[] data) =>
        new(
            key,
            data,
            new DocumentVersion(stored.Version),
            stored.ExpiresTicks == 0 ? null : new DateTimeOffset(stored.ExpiresTicks, TimeSpan.Zero)
        );

    private (int Count, long LastDelete) CopyPage(
        string collection,
        string from,
        bool after,
        Span<OrderedIndex<StoredDocument>.Entry> page
    )
    {
        lock (_gate)
        {
            return (_index.CopyFrom(collection, from, after, page), _lastDelete);
        }
    }

    private bool IsExpired(in StoredDocument stored) =>
        stored.ExpiresTicks != 0 && stored.ExpiresTicks <= _time.GetUtcNow().UtcTicks;

    private void Replay(long address, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        while (!reader.AtEnd)
        {
            var record = DocumentRecord.Read(ref reader, address);
            if (record.IsDelete)
            {
                _index.Remove(record.Collection, record.Id);
            }
            else
            {
                _index.Set(record.Collection, record.Id, record.Stored);
            }
        }
    }

    /// <summary>Appends again what of an old commit is still the newest; deletes have nothing older left to hide.</summary>
    private void Carry(long address, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var carried = PayloadWriter.Begin();
        var moved = new List<DocumentRecord>();
        lock (_gate)
        {
            while (!reader.AtEnd)
            {
                var record = DocumentRecord.Read(ref reader, address);
                ref var current = ref _index.Find(record.Collection, record.Id);
                if (record.IsDelete || Unsafe.IsNullRef(ref current) || current.Address != record.Stored.Address)
                {
                    continue;
                }
                if (IsExpired(current))
                {
                    _index.Remove(record.Collection, record.Id);
                    continue;
                }
                var data = payload.Slice((int)(current.Address - address), current.Length);
                moved.Add(record with { Stored = DocumentRecord.Carry(carried, record, data) });
            }
            if (moved.Count == 0)
            {
                return;
            }
            var start = _log.Append(carried.Written, lazily: true).Address;
            foreach (var (_, collection, id, stored) in moved)
            {
                _index.Find(collection, id) = stored with { Address = start + stored.Address };
            }
        }
    }
}
