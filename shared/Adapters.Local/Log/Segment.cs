using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Nocturne.Ports;

namespace Nocturne.Adapters.Local;

/// <summary>Sees one frame's payload and the log address of its first byte; the span is valid during the call.</summary>
internal delegate void FrameVisitor(long address, ReadOnlySpan<byte> payload);

/// <summary>One file of a <see cref="SegmentedLog"/>, named by the log address of its first byte.</summary>
internal sealed class Segment : IDisposable
{
    private const string Extension = ".log";
    private const int ScanBufferBytes = 1 << 20;

    private Segment(string path, long start, SafeFileHandle handle)
    {
        Path = path;
        Start = start;
        Handle = handle;
    }

    public string Path { get; }

    /// <summary>The log address of the file's first byte.</summary>
    public long Start { get; }

    public SafeFileHandle Handle { get; }

    public static Segment Create(string folder, long start)
    {
        var path = System.IO.Path.Combine(folder, start.ToString("x16", CultureInfo.InvariantCulture) + Extension);
        return new Segment(path, start, Open(path, FileMode.CreateNew));
    }

    /// <summary>All segments of a folder, oldest first.</summary>
    public static List<Segment> OpenAll(string folder)
    {
        var segments = new List<Segment>();
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            var name = System.IO.Path.GetFileNameWithoutExtension(path.AsSpan());
            if (long.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start))
            {
                segments.Add(new Segment(path, start, Open(path, FileMode.Open)));
            }
        }
        segments.Sort((a, b) => a.Start.CompareTo(b.Start));
        return segments;
    }

    /// <summary>Shows all whole frames that are not empty, in order.</summary>
    /// <returns>The number of frames and the length of the valid part; shorter than the file where the rest is not a frame.</returns>
    public (long Frames, long ValidBytes) Scan(FrameVisitor visitor)
    {
        var fileLength = RandomAccess.GetLength(Handle);
        var buffer = new byte[ScanBufferBytes];
        long frames = 0;
        long offset = 0; // in the file, of buffer[0]
        var filled = 0;
        while (true)
        {
            filled += ReadFully(offset + filled, buffer.AsSpan(filled));
            var at = 0;
            var needed = Frame.HeaderBytes;
            while (filled - at >= Frame.HeaderBytes)
            {
                var frame = buffer.AsSpan(at, filled - at);
                if (
                    !Frame.TryReadHeader(frame, Start + offset + at, out var length, out var crc, out _)
                    || offset + at + Frame.HeaderBytes + length > fileLength
                )
                {
                    return (frames, offset + at);
                }
                needed = Frame.HeaderBytes + length;
                if (frame.Length < needed)
                {
                    break;
                }
                var payload = frame.Slice(Frame.HeaderBytes, length);
                if (Crc32C.Compute(payload) != crc)
                {
                    return (frames, offset + at);
                }
                if (length > 0) // an empty frame only marks a complete end
                {
                    visitor(Start + offset + at + Frame.HeaderBytes, payload);
                    frames++;
                }
                at += needed;
                needed = Frame.HeaderBytes;
            }
            if (offset + filled >= fileLength)
            {
                return (frames, offset + at);
            }
            var rest = buffer.AsSpan(at, filled - at);
            var next = needed > buffer.Length ? new byte[needed] : buffer;
            rest.CopyTo(next);
            buffer = next;
            offset += at;
            filled = rest.Length;
        }
    }

    /// <summary>
    /// Whether a whole frame after <paramref name="offset"/> belongs to a later group: then the group at
    /// <paramref name="offset"/> had been completed, and what is there is damage and not a torn end.
    /// </summary>
    public bool HasLaterGroupAfter(long offset)
    {
        var rest = new byte[RandomAccess.GetLength(Handle) - offset];
        ReadFully(offset, rest);
        for (var at = 1; at + Frame.HeaderBytes <= rest.Length; at++)
        {
            var address = Start + offset + at;
            if (
                Frame.TryReadHeader(rest.AsSpan(at), address, out var length, out var crc, out var distance)
                && address - distance > Start + offset
                && length <= rest.Length - at - Frame.HeaderBytes
                && Crc32C.Compute(rest.AsSpan(at + Frame.HeaderBytes, length)) == crc
            )
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Reads until the span is full or the file ends; returns the bytes read.</summary>
    public int ReadFully(long offset, Span<byte> destination)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = RandomAccess.Read(Handle, destination[total..], offset + total);
            if (read == 0)
            {
                break;
            }
            total += read;
        }
        return total;
    }

    public void Dispose() => Handle.Dispose();

    private static SafeFileHandle Open(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
}
