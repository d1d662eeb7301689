using System.Buffers;

namespace Nocturne.Privacy;

/// <summary>
/// Lets what writes synchronously write to a response, which takes no synchronous writes: those are kept and written
/// before the next asynchronous one. A zip writes its headers and an entry's last block so.
/// </summary>
/// <param name="inner">Where to; not disposed.</param>
internal sealed class DrainedStream(Stream inner) : Stream
{
    private readonly ArrayBufferWriter<byte> _kept = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes what is kept.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        if (_kept.WrittenCount > 0)
        {
            await inner.WriteAsync(_kept.WrittenMemory, cancellationToken);
            _kept.ResetWrittenCount();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => _kept.Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => _kept.Write(buffer);

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        await DrainAsync(cancellationToken);
        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
