using System.Runtime.InteropServices;

namespace Nocturne.Adapters.Local;

/// <summary>What a completed append survives.</summary>
public enum LogDurability
{
    /// <summary>The end of the process, however sudden: the bytes are with the operating system.</summary>
    Process,

    /// <summary>The end of the machine's power as well: one flush to disk for each group of appends.</summary>
    Disk,
}

/// <summary>Options of a <see cref="SegmentedLog"/>.</summary>
public sealed record SegmentedLogOptions
{
    /// <summary>What a completed append survives.</summary>
    public LogDurability Durability { get; init; } = LogDurability.Disk;

    /// <summary>
    /// Bytes after which a new segment file is begun: large enough that files are few, small enough that dropping the
    /// oldest one moves little. A larger frame has a segment of its own.
    /// </summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Bytes of the newest frames kept in memory, a power of two: the room for appends that are not durable yet, the
    /// bound of one frame, and the cache that serves reads of what was just written.
    /// </summary>
    public int RecentBytes { get; init; } = 32 << 20;

    /// <summary>
    /// How long an append that nobody waits for may wait for company, before it is written by itself.
    /// </summary>
    public TimeSpan LazyDelay { get; init; } = TimeSpan.FromMilliseconds(5);
}

/// <summary>What opening a log found.</summary>
/// <param name="Records">Frames read.</param>
/// <param name="Bytes">Bytes of valid frames.</param>
/// <param name="TruncatedBytes">Bytes of a torn last group of appends, which had not completed and were removed.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LogRecovery(long Records, long Bytes, long TruncatedBytes)
{
    /// <summary>Both together.</summary>
    public static LogRecovery operator +(LogRecovery a, LogRecovery b) =>
        new(a.Records + b.Records, a.Bytes + b.Bytes, a.TruncatedBytes + b.TruncatedBytes);
}
