namespace Nocturne.Importing.Reading;

/// <summary>What comes out of a compressed file, up to where no honest file goes.</summary>
internal sealed class BoundedStream(
    Stream inner,
    string name,
    Func<long> compressedBytes,
    ArchiveLimits limits,
    DecompressedBytes total
) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new ImportRefusedException(
                $"'{name}' is damaged or not whole ({e.Message}). Download it again; what came before the damage is imported, and again changes nothing.",
                e
            );
        }
        _read += read;
        total.Value += read;
        if (total.Value > limits.MaxBytes)
        {
            throw new ImportRefusedException(
                $"'{name}' and what came before it are more than {limits.MaxBytes >> 20} MiB uncompressed. Unpack the archive and import its files by themselves."
            );
        }
        if (_read > limits.FreeBytes && _read > limits.MaxRatio * Math.Max(1, compressedBytes()))
        {
            throw new ImportRefusedException(
                $"'{name}' becomes more than {limits.MaxRatio} times as large as it is compressed, as no history does. If it is one, unpack it and import it by itself."
            );
        }
        return read;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}

/// <summary>Bytes that have come out of an archive so far.</summary>
internal sealed class DecompressedBytes
{
    public long Value { get; set; }
}

/// <summary>Bytes that were read ahead, and then the rest of their stream.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : Stream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_prefix.IsEmpty)
        {
            return rest.Read(buffer);
        }
        var read = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..read].CopyTo(buffer);
        _prefix = _prefix[read..];
        return read;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
