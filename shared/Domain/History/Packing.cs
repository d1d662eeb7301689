using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Nocturne.Domain;

/// <summary>Appends packed values to a growing buffer. Integers are LEB128 varints unless named otherwise.</summary>
internal sealed class PackedWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>What was written; the buffer itself where its capacity was exact, so nothing may be written after.</summary>
    public byte[] ToArray() => Length == _buffer.Length ? _buffer : Written.ToArray();

    /// <summary>Bytes that <see cref="Varint"/> takes.</summary>
    public static int VarintSize(long value) => (63 - BitOperations.LeadingZeroCount((ulong)value | 1)) / 7 + 1;

    public void Clear() => Length = 0;

    public void Byte(byte value)
    {
        Reserve(1);
        _buffer[Length++] = value;
    }

    public void Varint(long value)
    {
        Reserve(10);
        var rest = (ulong)value;
        while (rest >= 0x80)
        {
            _buffer[Length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        _buffer[Length++] = (byte)rest;
    }

    public void Instant(Instant value)
    {
        Reserve(8);
        BinaryPrimitives.WriteInt64BigEndian(_buffer.AsSpan(Length), value.UnixMilliseconds);
        Length += 8;
    }

    public void Raw(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_buffer.AsSpan(Length));
        Length += value.Length;
    }

    /// <summary>A length and bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Varint(value.Length);
        Raw(value);
    }

    /// <summary>A length and UTF-8; null is the empty text.</summary>
    public void Text(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            Byte(0);
            return;
        }
        var bytes = Encoding.UTF8.GetByteCount(value);
        Varint(bytes);
        Reserve(bytes);
        Length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(Length));
    }

    /// <summary>A length of one byte and at most 255 bytes of UTF-8: where the text's place must be known without parsing.</summary>
    public void ShortText(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Byte(checked((byte)bytes));
        Reserve(bytes);
        Length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(Length));
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - Length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
        }
    }
}

/// <summary>Reads what <see cref="PackedWriter"/> wrote.</summary>
/// <exception cref="InvalidDataException">From every method: the bytes end early or are no such value.</exception>
internal ref struct PackedReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _data.Length;

    public byte Byte()
    {
        if (AtEnd)
        {
            throw Truncated();
        }
        return _data[Position++];
    }

    public long Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Byte();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return (long)value;
            }
        }
        throw new InvalidDataException("A packed integer is longer than ten bytes.");
    }

    public int Count()
    {
        var value = Varint();
        return value is >= 0 and <= int.MaxValue ? (int)value : throw Truncated();
    }

    public Instant Instant() => new(BinaryPrimitives.ReadInt64BigEndian(Raw(8)));

    public ReadOnlySpan<byte> Raw(int length)
    {
        if (length < 0 || _data.Length - Position < length)
        {
            throw Truncated();
        }
        var value = _data.Slice(Position, length);
        Position += length;
        return value;
    }

    public ReadOnlySpan<byte> Bytes() => Raw(Count());

    public ReadOnlySpan<byte> ShortBytes() => Raw(Byte());

    public string? Text()
    {
        var bytes = Bytes();
        return bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes);
    }

    private static InvalidDataException Truncated() => new("Packed data end early.");
}
