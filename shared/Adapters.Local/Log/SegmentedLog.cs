using Microsoft.Extensions.Logging;
using Nocturne.Ports;

namespace Nocturne.Adapters.Local;

/// <summary>An appended frame.</summary>
/// <param name="Address">The log address of the payload's first byte; larger for every later append, for ever.</param>
/// <param name="Durable">Completes when the frame is durable.</param>
internal readonly record struct LogAppend(long Address, Task Durable);

/// <summary>
/// An append-only log in segment files: the storage under documents, objects and messages. Frames are atomic, checked
/// by CRC-32C and made durable in groups by one writer thread, so that many appenders share one flush.
/// </summary>
/// <remarks>
/// The log is one address space in bytes that is never reused: segments are dropped at its start, after their live
/// frames were appended again at its end. The newest <see cref="SegmentedLogOptions.RecentBytes"/> are a ring in
/// memory: appends are copied into it, the writer writes from it, and reads of recent addresses are served by it
/// without a lock. A failed write ends the log: it refuses everything until it is opened again.
/// </remarks>
internal sealed partial class SegmentedLog : IAsyncDisposable
{
    private readonly SegmentedLogOptions _options;
    private readonly string _folder;
    private readonly ILogger _logger;
    private readonly FolderLock _folderLock;
    private readonly byte[] _ring;
    private readonly long _ringStart; // the ring holds nothing before this address
    private readonly Thread _writer;

    // Guards every field below that is not marked otherwise; the writer waits on it for work, appenders for room.
    // A Monitor and not a Lock, because both wait.
    private readonly object _gate = new();
    private readonly Queue<long> _pendingSegments = new(); // starts of segments whose files the writer will create
    private long _tail; // end of the appended bytes
    private long _segmentStart; // of the segment that holds _tail
    private long _groupStart; // of the group that appends join now
    private long _writingEnd; // end of the group being written
    private TaskCompletionSource _group = NewGroup();
    private TaskCompletionSource? _writing;
    private bool _urgent; // somebody waits for the open group
    private bool _closing;
    private bool _appended;
    private Exception? _failure;

    // Written under _gate (or by the writer), read anywhere.
    private long _reserved; // end of the bytes that may already have been copied into the ring
    private long _durable;
    private Segment[] _segments; // replaced, never changed

    private SegmentedLog(
        string folder,
        SegmentedLogOptions options,
        ILogger logger,
        FolderLock folderLock,
        Segment[] segments,
        long tail,
        LogRecovery recovery
    )
    {
        _folder = folder;
        _options = options;
        _logger = logger;
        _folderLock = folderLock;
        _segments = segments;
        _ring = GC.AllocateUninitializedArray<byte>(options.RecentBytes);
        _ringStart = _tail = _reserved = _durable = _groupStart = _writingEnd = tail;
        _segmentStart = segments[^1].Start;
        Recovery = recovery;
        _writer = new Thread(Write) { IsBackground = true, Name = $"log {Path.GetFileName(folder)}" };
        _writer.Start();
    }

    /// <summary>What opening found.</summary>
    public LogRecovery Recovery { get; }

    /// <summary>Bytes of all segments.</summary>
    public long TotalBytes => Volatile.Read(ref _durable) - Volatile.Read(ref _segments)[0].Start;

    /// <summary>Number of segment files.</summary>
    public int SegmentCount => Volatile.Read(ref _segments).Length;

    /// <summary>The bound of a segment file.</summary>
    public int SegmentBytes => _options.SegmentBytes;

    /// <summary>Bytes of the longest payload that can be appended.</summary>
    public int MaxPayloadBytes => _ring.Length - Frame.HeaderBytes;

    /// <summary>Opens a folder, showing every frame in order to <paramref name="replay"/>.</summary>
    /// <exception cref="FolderInUseException">The folder is open already.</exception>
    /// <exception cref="LogCorruptException">A completed frame is damaged.</exception>
    public static SegmentedLog Open(string folder, SegmentedLogOptions options, FrameVisitor replay, ILogger logger)
    {
        if (!System.Numerics.BitOperations.IsPow2(options.RecentBytes) || options.RecentBytes < 4096)
        {
            throw new ArgumentException(
                $"RecentBytes is {options.RecentBytes}; it must be a power of two of at least 4,096.",
                nameof(options)
            );
        }
        var folderLock = FolderLock.Take(folder);
        var segments = new List<Segment>();
        try
        {
            segments = Segment.OpenAll(folder);
            var recovery = default(LogRecovery);
            for (var i = 0; i < segments.Count; i++)
            {
                recovery += Recover(segments[i], i + 1 < segments.Count ? segments[i + 1] : null, replay);
            }
            if (segments.Count == 0)
            {
                segments.Add(Segment.Create(folder, 0));
            }
            if (recovery.TruncatedBytes > 0)
            {
                LogTornEnd(logger, segments[^1].Path, recovery.TruncatedBytes);
            }
            var tail = segments[^1].Start + RandomAccess.GetLength(segments[^1].Handle);
            return new SegmentedLog(folder, options, logger, folderLock, [.. segments], tail, recovery);
        }
        catch
        {
            segments.ForEach(s => s.Dispose());
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Appends one frame, in the order of calls. Waits only while the ring has no room, that is while the disk is
    /// slower than the appenders by <see cref="SegmentedLogOptions.RecentBytes"/>.
    /// </summary>
    /// <param name="payload">The frame's content; copied.</param>
    /// <param name="lazily">Nobody waits for it: it may share a later group's flush.</param>
    /// <exception cref="StoreUnavailableException">The log has failed or is closed.</exception>
    /// <exception cref="LimitExceededException">The payload is over <see cref="MaxPayloadBytes"/>.</exception>
    public LogAppend Append(ReadOnlySpan<byte> payload, bool lazily = false)
    {
        if (payload.Length > MaxPayloadBytes)
        {
            throw new LimitExceededException(
                $"A record of {payload.Length} bytes does not fit the log's {MaxPayloadBytes}."
            );
        }
        var crc = Crc32C.Compute(payload);
        var frameBytes = Frame.HeaderBytes + payload.Length;
        Span<byte> header = stackalloc byte[Frame.HeaderBytes];
        lock (_gate)
        {
            ThrowIfUnusable();
            while (_tail + frameBytes - _durable > _ring.Length)
            {
                _urgent = true;
                Monitor.PulseAll(_gate);
                Monitor.Wait(_gate);
                ThrowIfUnusable();
            }
            var start = _tail;
            if (start > _segmentStart && start + frameBytes - _segmentStart > _options.SegmentBytes)
            {
                // A group that crosses files is two groups: the first file is flushed before the second exists.
                _pendingSegments.Enqueue(start);
                _segmentStart = _groupStart = start;
            }
            Frame.WriteHeader(header, start, payload.Length, crc, (int)(start - _groupStart));

            // Readers that copy from the ring check _reserved afterwards: it must move before the bytes do.
            Volatile.Write(ref _reserved, start + frameBytes);
            Interlocked.MemoryBarrier();
            CopyIntoRing(start, header);
            CopyIntoRing(start + Frame.HeaderBytes, payload);
            _appended = true;

            var idle = _tail == _durable && _writing is null;
            _tail = start + frameBytes;
            if (idle || (!lazily && !_urgent))
            {
                _urgent |= !lazily;
                Monitor.PulseAll(_gate);
            }
            return new LogAppend(start + Frame.HeaderBytes, _group.Task);
        }
    }

    /// <summary>Whether everything before <paramref name="address"/> is durable.</summary>
    public bool IsDurable(long address) => address <= Volatile.Read(ref _durable);

    /// <summary>Completes when everything before <paramref name="address"/> is durable.</summary>
    public Task WhenDurableAsync(long address)
    {
        if (IsDurable(address))
        {
            return Task.CompletedTask;
        }
        lock (_gate)
        {
            if (address <= _durable)
            {
                return Task.CompletedTask;
            }
            if (_writing is not null && address <= _writingEnd)
            {
                return _writing.Task;
            }
            _urgent = true;
            Monitor.PulseAll(_gate);
            return _group.Task;
        }
    }

    /// <summary>Completes when everything appended before the call is durable.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            return WhenDurableAsync(_tail);
        }
    }

    /// <summary>
    /// Reads bytes of a durable payload. False where the segment was dropped: its live frames have moved, look the
    /// address up again.
    /// </summary>
    public bool TryRead(long address, Span<byte> destination)
    {
        if (address >= _ringStart && Volatile.Read(ref _reserved) - address <= _ring.Length)
        {
            CopyFromRing(address, destination);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _reserved) - address <= _ring.Length)
            {
                return true;
            }
        }
        var segment = Find(address);
        if (segment is null)
        {
            return false;
        }
        try
        {
            if (segment.ReadFully(address - segment.Start, destination) == destination.Length)
            {
                return true;
            }
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        throw CorruptAt(address, "it ends within a record");
    }

    /// <summary>The exception that names where <paramref name="address"/> is.</summary>
    public LogCorruptException CorruptAt(long address, string reason)
    {
        var segment = Find(address);
        return new LogCorruptException(segment?.Path ?? _folder, address - (segment?.Start ?? 0), reason);
    }

    /// <summary>
    /// Drops the oldest segment after <paramref name="carry"/> has seen all its frames and appended again what of
    /// them is still live. False where it is the only one.
    /// </summary>
    /// <remarks>One caller at a time.</remarks>
    public async Task<bool> CompactOldestAsync(FrameVisitor carry)
    {
        var segments = Volatile.Read(ref _segments);
        if (segments.Length < 2)
        {
            return false;
        }
        var oldest = segments[0];
        var length = segments[1].Start - oldest.Start;
        var (_, valid) = oldest.Scan(carry);
        if (valid != length)
        {
            throw new LogCorruptException(oldest.Path, valid, "a record's checksum does not match");
        }
        await FlushAsync();
        lock (_gate)
        {
            Volatile.Write(ref _segments, _segments[1..]);
        }
        File.Delete(oldest.Path);
        oldest.Dispose();
        LogDropped(_logger, oldest.Path, length);
        return true;
    }

    /// <summary>Writes what was appended, marks the end as complete, and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _failure) is null)
        {
            await FlushAsync();
        }
        lock (_gate)
        {
            if (_closing)
            {
                return;
            }
            if (_appended && _failure is null)
            {
                // An empty frame in a group of its own, after the flush: it proves that all before it had completed.
                _groupStart = _tail;
                Append([]);
            }
            _closing = true;
            Monitor.PulseAll(_gate);
        }
        await Task.Run(_writer.Join);
        foreach (var segment in _segments)
        {
            segment.Dispose();
        }
        _folderLock.Dispose();
    }

    private static LogRecovery Recover(Segment segment, Segment? next, FrameVisitor replay)
    {
        var (frames, valid) = segment.Scan(replay);
        var length = RandomAccess.GetLength(segment.Handle);
        if (next is not null && segment.Start + length != next.Start)
        {
            throw new LogCorruptException(
                segment.Path,
                valid,
                $"it ends at {length} where the next file, {Path.GetFileName(next.Path)}, begins at {next.Start - segment.Start}"
            );
        }
        if (valid < length)
        {
            if (next is not null || segment.HasLaterGroupAfter(valid))
            {
                throw new LogCorruptException(segment.Path, valid, "a record's checksum does not match");
            }
            RandomAccess.SetLength(segment.Handle, valid);
            RandomAccess.FlushToDisk(segment.Handle);
        }
        return new LogRecovery(frames, valid, length - valid);
    }

    private static TaskCompletionSource NewGroup() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Write()
    {
        while (true)
        {
            long from;
            long to;
            TaskCompletionSource group;
            lock (_gate)
            {
                while (_tail == _durable && !_closing)
                {
                    Monitor.Wait(_gate);
                }
                if (!_urgent && !_closing)
                {
                    Monitor.Wait(_gate, _options.LazyDelay);
                }
                if (_tail == _durable)
                {
                    return; // closing, and all is written
                }
                (from, to) = (_durable, _tail);
                _writing = group = _group;
                _writingEnd = to;
                _group = NewGroup();
                _groupStart = to;
                _urgent = false;
            }
            try
            {
                WriteRange(from, to);
            }
            catch (Exception e)
            {
                Fail(e, group);
                return;
            }
            lock (_gate)
            {
                Volatile.Write(ref _durable, to);
                _writing = null;
                Monitor.PulseAll(_gate);
            }
            group.SetResult();
        }
    }

    private void WriteRange(long from, long to)
    {
        while (from < to)
        {
            var end = to;
            var segment = _segments[^1];
            lock (_gate)
            {
                if (_pendingSegments.TryPeek(out var start) && start == from)
                {
                    _pendingSegments.Dequeue();
                    segment = Segment.Create(_folder, start);
                    Volatile.Write(ref _segments, [.. _segments, segment]);
                }
                if (_pendingSegments.TryPeek(out var next) && next < to)
                {
                    end = next;
                }
            }
            for (var at = from; at < end; )
            {
                var index = (int)(at & (_ring.Length - 1));
                var length = (int)Math.Min(end - at, _ring.Length - index);
                RandomAccess.Write(segment.Handle, _ring.AsSpan(index, length), at - segment.Start);
                at += length;
            }
            if (_options.Durability == LogDurability.Disk)
            {
                RandomAccess.FlushToDisk(segment.Handle);
            }
            from = end;
        }
    }

    private void Fail(Exception e, TaskCompletionSource group)
    {
        LogFailed(_logger, e, _folder);
        TaskCompletionSource open;
        lock (_gate)
        {
            _failure = e;
            open = _group;
            Monitor.PulseAll(_gate);
        }
        group.SetException(Unusable(e));
        open.SetException(Unusable(e));
    }

    private void ThrowIfUnusable()
    {
        if (_failure is not null)
        {
            throw Unusable(_failure);
        }
        if (_closing)
        {
            throw new StoreUnavailableException($"The log in '{_folder}' is closed.");
        }
    }

    private StoreUnavailableException Unusable(Exception e) =>
        new($"Writing to '{_folder}' failed: {e.Message} Make room or repair the disk, and start again.", e);

    private Segment? Find(long address)
    {
        var segments = Volatile.Read(ref _segments);
        var (low, high) = (0, segments.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (segments[middle].Start <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return high < 0 ? null : segments[high];
    }

    private void CopyIntoRing(long address, ReadOnlySpan<byte> bytes)
    {
        var index = (int)(address & (_ring.Length - 1));
        var first = Math.Min(bytes.Length, _ring.Length - index);
        bytes[..first].CopyTo(_ring.AsSpan(index));
        bytes[first..].CopyTo(_ring);
    }

    private void CopyFromRing(long address, Span<byte> destination)
    {
        var index = (int)(address & (_ring.Length - 1));
        var first = Math.Min(destination.Length, _ring.Length - index);
        _ring.AsSpan(index, first).CopyTo(destination);
        _ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "{File} ended within a group of records that had not completed; {Bytes} bytes were removed"
    )]
    private static partial void LogTornEnd(ILogger logger, string file, long bytes);

    [LoggerMessage(LogLevel.Error, "Writing to {Folder} failed; nothing more is accepted until it is opened again")]
    private static partial void LogFailed(ILogger logger, Exception e, string folder);

    [LoggerMessage(LogLevel.Debug, "Dropped {File} of {Bytes} bytes after its live records had moved on")]
    private static partial void LogDropped(ILogger logger, string file, long bytes);
}
