using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>Options of a <see cref="LocalObjectStore"/>.</summary>
public sealed record LocalObjectStoreOptions
{
    /// <summary>The log below, of metadata and small contents.</summary>
    public SegmentedLogOptions Log { get; init; } = new() { RecentBytes = 8 << 20 };

    /// <summary>The buckets that exist.</summary>
    public IReadOnlyList<Bucket> Buckets { get; init; } = NocturneTopology.Buckets;

    /// <summary>Counts operations; null for none.</summary>
    public OperationCounters? Counters { get; init; }

    /// <summary>Makes writes fail at times; null for none.</summary>
    public Chaos? Chaos { get; init; }

    /// <summary>Where recovery and compaction are logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}

/// <summary>
/// Objects in a folder: a log of metadata and small contents, an index in memory, and a plain file for every content
/// that is large or newline-delimited JSON (the archive is thus readable as it is).
/// </summary>
/// <remarks>
/// A generation is the log address of its record. A file is complete and durable before the record that names it is
/// appended, and a file that no record names is removed at the next opening. A file is deleted after the record that
/// replaces it is durable; who has it open keeps reading it.
/// </remarks>
public sealed partial class LocalObjectStore : IObjectStore, IAsyncDisposable
{
    /// <summary>Contents up to this many bytes are kept in the log, unless they are newline-delimited JSON.</summary>
    public const int MaxInlineBytes = 64 << 10;

    private const string NdjsonType = "application/x-ndjson";
    private const string IndexFolder = ".index";
    private const int MaxNameBytes = 1024;
    private const int ListPage = 1000; // Cloud Storage's own, so that listings are counted alike
    private const int CopyBytes = 256 << 10;

    private readonly SegmentedLog _log;
    private readonly Compactor _compactor;
    private readonly ObjectFiles _files;
    private readonly LogDurability _durability;
    private readonly OperationCounters _counters;
    private readonly Chaos? _chaos;

    // Guards the index, and that the order of the log is the order of changes to the index.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OrderedIndex<StoredObject>> _buckets;
    private long _lastDelete; // log address of the newest delete: until it is durable, absence is not either
    private long _liveBytes;
    private volatile bool _disposed;

    /// <summary>Opens a folder, creating it if need be.</summary>
    /// <exception cref="FolderInUseException">It is open already.</exception>
    /// <exception cref="LogCorruptException">A file of the log is damaged.</exception>
    public LocalObjectStore(string folder, LocalObjectStoreOptions? options = null)
    {
        options ??= new LocalObjectStoreOptions();
        _buckets = options.Buckets.ToDictionary(
            b => b.Name,
            _ => new OrderedIndex<StoredObject>(),
            StringComparer.Ordinal
        );
        _durability = options.Log.Durability;
        _counters = options.Counters ?? new OperationCounters();
        _chaos = options.Chaos;
        _log = SegmentedLog.Open(Path.Combine(folder, IndexFolder), options.Log, Replay, options.Logger);
        _files = new ObjectFiles(folder);
        OrphansRemoved = RemoveOrphans();
        if (OrphansRemoved > 0)
        {
            LogOrphans(options.Logger, OrphansRemoved, folder);
        }
        _compactor = new Compactor(_log, () => Volatile.Read(ref _liveBytes), Carry, options.Logger);
    }

    /// <summary>What opening the log found.</summary>
    public LogRecovery Recovery => _log.Recovery;

    /// <summary>Files that opening found without an object and removed.</summary>
    public int OrphansRemoved { get; }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo> PutAsync(
        ObjectKey key,
        Stream content,
        string contentType,
        long ifGeneration,
        CancellationToken cancellationToken
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(contentType);
        CheckName(key);
        CheckGeneration(key, ifGeneration);
        if (_chaos is not null && _chaos.Strikes(Mishap.WriteLost))
        {
            throw new StoreUnavailableException("Chaos: the object was not written.");
        }

        ObjectInfo info;
        var head = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            var filled = await content.ReadAtLeastAsync(
                head.AsMemory(0, MaxInlineBytes + 1),
                MaxInlineBytes + 1,
                throwOnEndOfStream: false,
                cancellationToken
            );
            var inline = filled <= MaxInlineBytes && !contentType.StartsWith(NdjsonType, StringComparison.Ordinal);
            info = inline
                ? await PublishAsync(
                    key,
                    NewObject(head.AsSpan(0, filled), contentType),
                    head.AsMemory(0, filled),
                    ifGeneration
                )
                : await PutFileAsync(key, head, filled, content, contentType, ifGeneration, cancellationToken);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException($"Writing {key} failed: {e.Message}", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }

        _counters.CountObjectWrite(info.Size);
        _compactor.Consider();
        if (_chaos is not null && _chaos.Strikes(Mishap.WriteUnanswered))
        {
            throw new StoreUnavailableException("Chaos: the object was written, but not confirmed.");
        }
        return info;
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo?> HeadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var stored = await FindDurableAsync(key, cancellationToken);
        _counters.CountObjectRead(0);
        return stored?.ToInfo(key);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectContent?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FindDurableAsync(key, cancellationToken) is not { } stored)
            {
                _counters.CountObjectRead(0);
                return null;
            }
            if (TryOpen(key, stored) is { } stream)
            {
                _counters.CountObjectRead(stored.Size);
                return new ObjectContent(stored.ToInfo(key), stream);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(ObjectKey key, long ifGeneration, CancellationToken cancellationToken)
    {
        CheckName(key);
        cancellationToken.ThrowIfCancellationRequested();
        if (_chaos is not null && _chaos.Strikes(Mishap.WriteLost))
        {
            throw new StoreUnavailableException("Chaos: the object was not deleted.");
        }

        StoredObject existing;
        Task durable;
        lock (_gate)
        {
            ref var found = ref Index(key.Bucket).Find(key.Name);
            if (Unsafe.IsNullRef(ref found))
            {
                return false;
            }
            CheckGeneration(key, ifGeneration);
            existing = found;
            var payload = PayloadWriter.Begin();
            ObjectRecord.Delete(payload, key);
            var append = _log.Append(payload.Written);
            durable = append.Durable;
            _lastDelete = append.Address;
            Index(key.Bucket).Remove(key.Name);
            _liveBytes -= existing.RecordBytes;
        }
        await durable;
        DeleteFile(key.Bucket, existing);

        _counters.CountObjectDelete();
        _compactor.Consider();
        if (_chaos is not null && _chaos.Strikes(Mishap.WriteUnanswered))
        {
            throw new StoreUnavailableException("Chaos: the object was deleted, but that was not confirmed.");
        }
        return true;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string bucket,
        string prefix,
        string? startAfter,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var page = new OrderedIndex<StoredObject>.Entry[ListPage];
        var after = startAfter is not null && Utf8Order.Compare(startAfter, prefix) >= 0;
        var from = after ? startAfter! : prefix;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count;
            var newest = 0L;
            lock (_gate)
            {
                count = Index(bucket).CopyFrom(from, after, page);
                newest = _lastDelete;
            }
            foreach (var entry in page.AsSpan(0, count))
            {
                newest = Math.Max(newest, entry.Value.Record);
            }
            await _log.WhenDurableAsync(newest).WaitAsync(cancellationToken);
            _counters.CountObjectList();
            for (var i = 0; i < count; i++)
            {
                if (!page[i].Name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    yield break;
                }
                yield return page[i].Value.ToInfo(new ObjectKey(bucket, page[i].Name));
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

    private static void CheckName(ObjectKey key)
    {
        if (
            string.IsNullOrEmpty(key.Name)
            || Encoding.UTF8.GetByteCount(key.Name) > MaxNameBytes
            || key.Name.AsSpan().ContainsAny('\r', '\n', '\0')
        )
        {
            throw new ArgumentException(
                $"'{key}' is not an object name: 1 to {MaxNameBytes} bytes, without CR, LF or NUL.",
                nameof(key)
            );
        }
    }

    private static StoredObject NewObject(ReadOnlySpan<byte> content, string contentType) =>
        new()
        {
            Size = content.Length,
            Crc = Crc32C.Compute(content),
            ContentType = string.Intern(contentType),
        };

    private async Task<ObjectInfo> PutFileAsync(
        ObjectKey key,
        byte[] buffer,
        int filled,
        Stream content,
        string contentType,
        long ifGeneration,
        CancellationToken cancellationToken
    )
    {
        var temporary = _files.CreateTemporary();
        var path = temporary.Name;
        try
        {
            long size = 0;
            uint crc = 0;
            await using (temporary)
            {
                while (filled > 0)
                {
                    crc = Crc32C.Append(crc, buffer.AsSpan(0, filled));
                    size += filled;
                    await temporary.WriteAsync(buffer.AsMemory(0, filled), cancellationToken);
                    filled = await content.ReadAsync(buffer, cancellationToken);
                }
                temporary.Flush(flushToDisk: _durability == LogDurability.Disk);
            }
            var stored = new StoredObject
            {
                Size = size,
                Crc = crc,
                ContentType = string.Intern(contentType),
                File = _files.Publish(path, key.Bucket, key.Name),
            };
            try
            {
                return await PublishAsync(key, stored, default, ifGeneration);
            }
            catch (PreconditionFailedException)
            {
                _files.Delete(key.Bucket, stored.File);
                throw;
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<ObjectInfo> PublishAsync(
        ObjectKey key,
        StoredObject stored,
        ReadOnlyMemory<byte> content,
        long ifGeneration
    )
    {
        var (durable, replaced) = Append(key, ref stored, content.Span, ifGeneration);
        await durable;
        DeleteFile(key.Bucket, replaced);
        return stored.ToInfo(key);
    }

    private (Task Durable, StoredObject Replaced) Append(
        ObjectKey key,
        ref StoredObject stored,
        ReadOnlySpan<byte> content,
        long ifGeneration
    )
    {
        var payload = PayloadWriter.Begin();
        stored = ObjectRecord.Put(payload, key, stored, content);
        lock (_gate)
        {
            CheckGeneration(key, ifGeneration);
            var append = _log.Append(payload.Written);
            stored.Record = append.Address;
            stored.Content += append.Address;
            stored.Generation = append.Address;
            return (append.Durable, Set(key, stored));
        }
    }

    /// <summary>Adds or replaces; returns what was replaced.</summary>
    private StoredObject Set(ObjectKey key, in StoredObject stored)
    {
        var index = Index(key.Bucket);
        ref var found = ref index.Find(key.Name);
        var replaced = Unsafe.IsNullRef(ref found) ? default : found;
        if (replaced.Generation != 0)
        {
            _liveBytes -= replaced.RecordBytes;
        }
        index.Set(key.Name, stored);
        _liveBytes += stored.RecordBytes;
        return replaced;
    }

    private void CheckGeneration(ObjectKey key, long ifGeneration)
    {
        lock (_gate)
        {
            ref var found = ref Index(key.Bucket).Find(key.Name);
            var current = Unsafe.IsNullRef(ref found) ? IfGeneration.Absent : found.Generation;
            if (ifGeneration != IfGeneration.Any && ifGeneration != current)
            {
                throw new PreconditionFailedException(
                    $"{key} has generation {current} and not {ifGeneration} (0: there is none)."
                );
            }
        }
    }

    private async ValueTask<StoredObject?> FindDurableAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StoredObject? stored = null;
            var newest = 0L;
            lock (_gate)
            {
                ref var found = ref Index(key.Bucket).Find(key.Name);
                stored = Unsafe.IsNullRef(ref found) ? null : found;
                newest = stored?.Record ?? _lastDelete;
            }
            if (_log.IsDurable(newest))
            {
                return stored;
            }
            await _log.WhenDurableAsync(newest).WaitAsync(cancellationToken);
        }
    }

    /// <summary>Opens what was found; null where it has been replaced or moved since, so that it must be looked up again.</summary>
    private Stream? TryOpen(ObjectKey key, in StoredObject stored)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (stored.File is { } file)
        {
            try
            {
                // A path is used again after its object is gone; who is still current has opened its own file.
                var opened = _files.OpenRead(key.Bucket, file);
                if (IsCurrent(key, stored.Generation))
                {
                    return opened;
                }
                opened.Dispose();
                return null;
            }
            catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return IsCurrent(key, stored.Generation)
                    ? throw new StoreUnavailableException(
                        $"The file '{file}' of {key} is missing. Restore it from a copy.",
                        e
                    )
                    : null;
            }
        }
        var content = GC.AllocateUninitializedArray<byte>((int)stored.Size);
        if (!_log.TryRead(stored.Content, content))
        {
            return null;
        }
        return Crc32C.Compute(content) == stored.Crc
            ? new MemoryStream(content, writable: false)
            : throw _log.CorruptAt(stored.Content, "an object's checksum does not match");
    }

    private bool IsCurrent(ObjectKey key, long generation)
    {
        lock (_gate)
        {
            ref var found = ref Index(key.Bucket).Find(key.Name);
            return !Unsafe.IsNullRef(ref found) && found.Generation == generation;
        }
    }

    private OrderedIndex<StoredObject> Index(string bucket) =>
        _buckets.TryGetValue(bucket, out var index)
            ? index
            : throw new ArgumentException($"There is no bucket '{bucket}' in the topology.", nameof(bucket));

    private void DeleteFile(string bucket, in StoredObject stored)
    {
        if (stored.File is { } file)
        {
            _files.Delete(bucket, file);
        }
    }

    private int RemoveOrphans()
    {
        var removed = 0;
        var page = new OrderedIndex<StoredObject>.Entry[ListPage];
        foreach (var (bucket, index) in _buckets)
        {
            var live = new HashSet<string>(StringComparer.Ordinal);
            var (from, after) = ("", false);
            int count;
            do
            {
                count = index.CopyFrom(from, after, page);
                foreach (var entry in page.AsSpan(0, count))
                {
                    if (entry.Value.File is { } file)
                    {
                        live.Add(file);
                    }
                    (from, after) = (entry.Name, true);
                }
            } while (count == page.Length);
            removed += _files.RemoveOrphans(bucket, live);
        }
        return removed;
    }

    private void Replay(long address, ReadOnlySpan<byte> payload)
    {
        var record = ObjectRecord.Read(address, payload);
        if (!_buckets.TryGetValue(record.Key.Bucket, out var index))
        {
            // A bucket that left the topology: its objects come back with it, unless compaction comes first.
            return;
        }
        if (!record.IsDelete)
        {
            Set(record.Key, record.Stored);
            return;
        }
        ref var found = ref index.Find(record.Key.Name);
        if (!Unsafe.IsNullRef(ref found))
        {
            _liveBytes -= found.RecordBytes;
            index.Remove(record.Key.Name);
        }
    }

    private void Carry(long address, ReadOnlySpan<byte> payload)
    {
        var (isDelete, key, old) = ObjectRecord.Read(address, payload);
        lock (_gate)
        {
            if (isDelete || !_buckets.TryGetValue(key.Bucket, out var index))
            {
                return;
            }
            ref var current = ref index.Find(key.Name);
            if (Unsafe.IsNullRef(ref current) || current.Record != address)
            {
                return;
            }
            var content = old.File is null ? payload[(int)(old.Content - address)..] : default;
            var carried = PayloadWriter.Begin();
            var moved = ObjectRecord.Put(carried, key, current, content);
            var start = _log.Append(carried.Written, lazily: true).Address;
            current = moved with { Record = start, Content = start + moved.Content };
        }
    }

    [LoggerMessage(LogLevel.Information, "Removed {Count} files of interrupted writes from {Folder}")]
    private static partial void LogOrphans(ILogger logger, int count, string folder);
}
