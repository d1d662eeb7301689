namespace Nocturne.Adapters.Local;

/// <summary>Reads messages' bodies one after the other, each ended by a newline, straight from the log.</summary>
internal sealed class ArchiveStream(MessageLog log, IReadOnlyList<Message> messages) : Stream
{
    private byte[] _record = [];
    private ReadOnlyMemory<byte> _rest; // of the current message
    private int _next;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            if (_rest.IsEmpty)
            {
                if (_next == messages.Count)
                {
                    break;
                }
                Load(messages[_next++]);
            }
            var count = Math.Min(_rest.Length, buffer.Length - total);
            _rest.Span[..count].CopyTo(buffer[total..]);
            _rest = _rest[count..];
            total += count;
        }
        return total;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<int>(cancellationToken)
            : new ValueTask<int>(Read(buffer.Span));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Load(Message message)
    {
        if (_record.Length <= message.Length)
        {
            _record = new byte[message.Length + 1];
        }
        if (!log.TryRead(message, _record))
        {
            return; // nobody needs it any more
        }
        var (_, dataStart) = MessageRecord.Read(_record.AsSpan(0, message.Length));
        var end = message.Length;
        if (end == dataStart || _record[end - 1] != '\n')
        {
            _record[end++] = (byte)'\n';
        }
        _rest = _record.AsMemory(dataStart, end - dataStart);
    }
}
