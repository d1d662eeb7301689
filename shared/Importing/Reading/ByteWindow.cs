namespace Nocturne.Importing.Reading;

/// <summary>A stream's bytes, of which a bounded part is in memory, and the number of the line they are on.</summary>
internal sealed class ByteWindow(Stream stream)
{
    /// <summary>Bytes of the longest record: an event has 16 KiB, and a record of a history not many times that.</summary>
    public const int MaxRecord = 128 << 10;

    private const int Size = 4 * MaxRecord; // so that moving what is left costs little for each byte

    private readonly byte[] _buffer = new byte[Size];
    private int _start;
    private int _end;
    private bool _isEnded;

    /// <summary>The line of the first unread byte, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>What is in memory and not taken.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Whether nothing is left.</summary>
    public bool IsEmpty => _start == _end && !Fill();

    /// <summary>Reads more behind what is unread; false at the end, and where a record's bound is reached.</summary>
    public bool Fill()
    {
        if (_isEnded || Unread.Length >= Size - MaxRecord)
        {
            return false;
        }
        if (_end > Size - MaxRecord)
        {
            Unread.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        var read = stream.Read(_buffer, _end, Size - _end);
        _end += read;
        _isEnded = read == 0;
        return read > 0;
    }

    /// <summary>Reads until so many bytes are unread, or all.</summary>
    public ReadOnlySpan<byte> Peek(int bytes)
    {
        while (Unread.Length < bytes && Fill()) { }
        return Unread;
    }

    /// <summary>Takes bytes; they are valid until more are read.</summary>
    public ReadOnlyMemory<byte> Take(int bytes)
    {
        var taken = _buffer.AsMemory(_start, bytes);
        Line += taken.Span.Count((byte)'\n');
        _start += bytes;
        return taken;
    }

    /// <summary>Takes the bytes of a line and its end; false at the end. What is too long for a record is cut.</summary>
    public bool TryTakeLine(out ReadOnlyMemory<byte> line, out bool isCut)
    {
        line = default;
        isCut = false;
        var seen = 0;
        while (true)
        {
            var end = Unread[seen..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = TrimEnd(Take(seen + end + 1)[..^1]);
                isCut = line.Length > MaxRecord;
                return true;
            }
            seen = Unread.Length;
            if (Fill())
            {
                continue;
            }
            if (_isEnded)
            {
                var isLine = seen > 0;
                line = TrimEnd(Take(seen));
                isCut = line.Length > MaxRecord;
                return isLine;
            }
            isCut = true;
            line = Take(seen)[..MaxRecord].ToArray();
            SkipLine();
            return true;
        }
    }

    /// <summary>Takes everything to the end of the line.</summary>
    public void SkipLine()
    {
        while (true)
        {
            var end = Unread.IndexOf((byte)'\n');
            Take(end < 0 ? Unread.Length : end + 1);
            if (end >= 0 || !Fill())
            {
                return;
            }
        }
    }

    private static ReadOnlyMemory<byte> TrimEnd(ReadOnlyMemory<byte> line) =>
        line.Span is [.., (byte)'\r'] ? line[..^1] : line;
}
