using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>
/// Cuts a stream into chunks, each as large as allowed but the last. It reads one byte ahead, to know the last one.
/// </summary>
internal sealed class ChunkReader(Stream content, int chunkBytes)
{
    /// <summary>Most objects are small: the buffer begins with this and doubles up to a chunk.</summary>
    private const int FirstBuffer = 64 << 10;

    private byte[] _buffer = new byte[Math.Min(FirstBuffer, chunkBytes + 1)];
    private int _filled;

    /// <summary>The chunk that was read last; valid until the next one is.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>Whether it is the last.</summary>
    public bool IsLast { get; private set; }

    /// <summary>Bytes up to the end of <see cref="Current"/>.</summary>
    public long Bytes { get; private set; }

    /// <summary>Their checksum.</summary>
    public uint Crc { get; private set; }

    /// <summary>Reads the next chunk.</summary>
    public async ValueTask NextAsync(CancellationToken cancellationToken)
    {
        // What was read ahead comes first.
        if (Current.Length > 0)
        {
            _filled -= Current.Length;
            // A request that was answered early may still read the old buffer.
            var next = new byte[_buffer.Length];
            _buffer.AsSpan(Current.Length, _filled).CopyTo(next);
            _buffer = next;
        }
        while (_filled <= chunkBytes)
        {
            if (_filled == _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, chunkBytes + 1));
            }
            var read = await content.ReadAsync(_buffer.AsMemory(_filled), cancellationToken);
            if (read == 0)
            {
                break;
            }
            _filled += read;
        }
        IsLast = _filled <= chunkBytes;
        Current = _buffer.AsMemory(0, Math.Min(_filled, chunkBytes));
        Bytes += Current.Length;
        Crc = Crc32C.Append(Crc, Current.Span);
    }
}
