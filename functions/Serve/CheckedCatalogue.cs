using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Nocturne.Nights;

namespace Nocturne.Serve;

/// <summary>
/// The lines of an uploaded catalogue, read from the request as they are written to the store: those that are lines of
/// a catalogue, in their canonical form. A night takes every line of an upload at its word.
/// </summary>
/// <remarks>Holds one line and one canonical line at a time, whatever the file's size.</remarks>
internal sealed class CheckedCatalogue(PipeReader body, long maxBytes) : Stream
{
    /// <summary>The longest line; genres and names fit many times.</summary>
    public const int MaxLineBytes = 64 << 10;

    /// <summary>How many refused lines an answer names; the rest is only counted.</summary>
    public const int MaxReported = 100;

    private readonly List<(int Line, string Reason)> _refused = [];
    private ReadOnlyMemory<byte> _pending;
    private int _line;
    private long _bytes;
    private bool _isRead;

    /// <summary>Lines that were taken.</summary>
    public int Items { get; private set; }

    /// <summary>Lines that were refused.</summary>
    public int Rejected { get; private set; }

    /// <summary>The first of them, with their reasons.</summary>
    public IReadOnlyList<(int Line, string Reason)> Refused => _refused;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="CatalogueRefusedException">Too large, or not a line of it is one of a catalogue.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_pending.IsEmpty && !_isRead)
        {
            await FillAsync(cancellationToken);
        }
        if (_pending.IsEmpty && Items == 0)
        {
            throw new CatalogueRefusedException(IsTooLarge: false);
        }
        var count = Math.Min(buffer.Length, _pending.Length);
        _pending[..count].CopyTo(buffer);
        _pending = _pending[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A request's body is read asynchronously.");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Reads on to the next line that is taken, or to the end.</summary>
    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var read = await ReadAsync(cancellationToken);
        var rest = read.Buffer;
        if (_bytes + rest.Length > maxBytes)
        {
            throw new CatalogueRefusedException(IsTooLarge: true);
        }
        while (_pending.IsEmpty && rest.PositionOf((byte)'\n') is { } end)
        {
            Take(rest.Slice(0, end));
            var next = rest.GetPosition(1, end);
            _bytes += rest.Slice(0, next).Length;
            rest = rest.Slice(next);
        }
        if (_pending.IsEmpty && read.IsCompleted)
        {
            Take(rest);
            _bytes += rest.Length;
            rest = rest.Slice(rest.End);
            _isRead = true;
        }
        else if (_pending.IsEmpty && rest.Length > MaxLineBytes)
        {
            // Nothing of a catalogue is that long, and what is not ended is not held.
            throw new CatalogueRefusedException(IsTooLarge: false);
        }
        body.AdvanceTo(rest.Start, _pending.IsEmpty ? rest.End : rest.Start);
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(cancellationToken);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // The server counts too, and a store would take this for a failure of its own.
            throw new CatalogueRefusedException(IsTooLarge: true);
        }
    }

    private void Take(ReadOnlySequence<byte> line)
    {
        _line++;
        if (line.Length > MaxLineBytes)
        {
            Refuse($"A line has at most {MaxLineBytes} bytes.");
            return;
        }
        var bytes = line.ToArray().AsSpan().Trim(" \t\r"u8);
        if (_line == 1 && bytes.StartsWith("\uFEFF"u8))
        {
            bytes = bytes[3..];
        }
        if (bytes.IsEmpty)
        {
            return;
        }
        try
        {
            _pending = (byte[])[.. CatalogueLine.Parse(bytes).ToBytes(), (byte)'\n'];
            Items++;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException)
        {
            // The second is the reader's answer to an escaped lone surrogate.
            Refuse(e is FormatException ? e.Message : "Not text.");
        }
    }

    private void Refuse(string reason)
    {
        Rejected++;
        if (_refused.Count < MaxReported)
        {
            _refused.Add((_line, reason));
        }
    }
}

/// <summary>An uploaded catalogue that is not kept; the file that was there before stays.</summary>
/// <param name="IsTooLarge">Because it is too large; else because no line of it is one of a catalogue.</param>
internal sealed class CatalogueRefusedException(bool IsTooLarge) : Exception("The catalogue is refused.")
{
    public bool IsTooLarge { get; } = IsTooLarge;
}
