using System.Buffers.Binary;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>A content that can be uploaded again from its start: one that can be sought, or that fits in one chunk.</summary>
internal sealed class RepeatableContent
{
    private const int PieceBytes = 64 << 10;

    private readonly Stream _stream;
    private bool _begun;

    private RepeatableContent(Stream stream) => _stream = stream;

    /// <summary>Whether <see cref="Begin"/> can be called again.</summary>
    public bool CanRepeat => _stream.CanSeek;

    /// <summary>Reads as much as it takes to know.</summary>
    public static async ValueTask<RepeatableContent> OfAsync(
        Stream content,
        int chunkBytes,
        CancellationToken cancellationToken
    )
    {
        // The client's uploader takes position 0 for the start of whatever can be sought.
        if (content is { CanSeek: true, Position: 0 })
        {
            return new RepeatableContent(content);
        }
        var head = new MemoryStream();
        var piece = new byte[PieceBytes];
        int read;
        do
        {
            read = await content.ReadAsync(piece, cancellationToken);
            await head.WriteAsync(piece.AsMemory(0, read), cancellationToken);
        } while (read > 0 && head.Length < chunkBytes);
        head.Position = 0;
        return new RepeatableContent(read == 0 ? head : new Prefixed(head, content));
    }

    /// <summary>
    /// The checksum, as Cloud Storage writes it, of a content that can be read twice; null of another. Sent along, it
    /// keeps a content that is damaged on the way from becoming an object.
    /// </summary>
    public async ValueTask<string?> Crc32CAsync(CancellationToken cancellationToken)
    {
        if (!CanRepeat)
        {
            return null;
        }
        var piece = new byte[PieceBytes];
        var crc = 0u;
        int read;
        while ((read = await _stream.ReadAsync(piece, cancellationToken)) > 0)
        {
            crc = Crc32C.Append(crc, piece.AsSpan(0, read));
        }
        _stream.Position = 0;
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, crc);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The content from its start.</summary>
    public Stream Begin()
    {
        if (_begun)
        {
            _stream.Position = 0;
        }
        _begun = true;
        return _stream;
    }

    /// <summary>What has been read of a stream, and then the rest of it.</summary>
    private sealed class Prefixed(MemoryStream head, Stream rest) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = head.Read(buffer, offset, count);
            return read > 0 || count == 0 ? read : rest.Read(buffer, offset, count);
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var read = await head.ReadAsync(buffer, cancellationToken);
            return read > 0 || buffer.Length == 0 ? read : await rest.ReadAsync(buffer, cancellationToken);
        }

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
