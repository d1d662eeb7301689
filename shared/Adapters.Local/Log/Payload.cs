using System.Buffers.Binary;
using System.Text;

namespace Nocturne.Adapters.Local;

/// <summary>Builds one frame's payload in a buffer that the thread keeps; use it without awaiting in between.</summary>
internal sealed class PayloadWriter
{
    private const int InitialBytes = 64 << 10;
    private const int KeptBytes = 16 << 20;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    [ThreadStatic]
    private static PayloadWriter? current;

    private byte[] _buffer = new byte[InitialBytes];

    private PayloadWriter() { }

    /// <summary>Bytes written so far; the place of the next byte.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>The calling thread's writer, empty.</summary>
    public static PayloadWriter Begin()
    {
        var writer = current ??= new PayloadWriter();
        if (writer._buffer.Length > KeptBytes)
        {
            writer._buffer = new byte[InitialBytes];
        }
        writer.Length = 0;
        return writer;
    }

    public void Byte(byte value)
    {
        Grow(1);
        _buffer[Length++] = value;
    }

    public void Int64(long value)
    {
        Grow(sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(Length), value);
        Length += sizeof(long);
    }

    public void UInt32(uint value)
    {
        Grow(sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(Length), value);
        Length += sizeof(uint);
    }

    /// <summary>Replaces what <see cref="UInt32"/> wrote at <paramref name="position"/>.</summary>
    public void SetUInt32(int position, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(position, sizeof(uint)), value);

    /// <summary>A length or count that is not negative, in groups of seven bits.</summary>
    public void Count(int value)
    {
        Grow(5);
        var rest = (uint)value;
        while (rest >= 0x80)
        {
            _buffer[Length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        _buffer[Length++] = (byte)rest;
    }

    /// <summary>A string with its length before it.</summary>
    /// <exception cref="ArgumentException">It has a lone surrogate.</exception>
    public void String(string value)
    {
        var bytes = Utf8.GetByteCount(value);
        Count(bytes);
        Grow(bytes);
        Length += Utf8.GetBytes(value, _buffer.AsSpan(Length));
    }

    /// <summary>Bytes with their length before them.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        Raw(value);
    }

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> value)
    {
        Grow(value.Length);
        value.CopyTo(_buffer.AsSpan(Length));
        Length += value.Length;
    }

    private void Grow(int bytes)
    {
        if (_buffer.Length - Length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
        }
    }
}

/// <summary>Reads what <see cref="PayloadWriter"/> wrote.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> _payload = payload;

    /// <summary>Bytes read so far; the place of the next byte.</summary>
    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _payload.Length;

    public byte Byte() => _payload[Position++];

    public long Int64()
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(_payload[Position..]);
        Position += sizeof(long);
        return value;
    }

    public uint UInt32()
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(_payload[Position..]);
        Position += sizeof(uint);
        return value;
    }

    public int Count()
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = _payload[Position++];
            value |= (uint)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return (int)value;
            }
        }
    }

    public string String() => Encoding.UTF8.GetString(Bytes());

    public ReadOnlySpan<byte> Bytes() => Raw(Count());

    public ReadOnlySpan<byte> Raw(int length)
    {
        var bytes = _payload.Slice(Position, length);
        Position += length;
        return bytes;
    }
}
