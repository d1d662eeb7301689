using System.Buffers.Binary;
using System.Text;

namespace Nocturne.Playlists;

/// <summary>Reads what <see cref="PackWriter"/> wrote: one part after another, or a place in the part that was opened last.</summary>
/// <exception cref="InvalidDataException">From every method: the bytes end early or are no such value.</exception>
internal sealed class PackReader
{
    private ReadOnlyMemory<byte> _part;
    private ReadOnlyMemory<byte> _noise;
    private int _at;
    private int _noiseAt;

    // Of all parts that were opened.
    private string?[] _texts = [];

    // How many texts are before the next that nothing in the part has referred to.
    private int _referred;
    private TextPlace[] _places = [];

    /// <summary>Where the next value is.</summary>
    public int Position
    {
        get => _at;
        set => _at = value >= 0 && value <= _part.Length ? value : throw Damaged();
    }

    /// <summary>Goes on to a part.</summary>
    public void Open((ReadOnlyMemory<byte> Plain, ReadOnlyMemory<byte> Noise) part)
    {
        (_part, _noise) = part;
        (_at, _noiseAt) = (0, 0);
        var first = _referred = _texts.Length;
        var count = first + Count();
        Array.Resize(ref _texts, count);
        Array.Resize(ref _places, count);
        for (var text = first; text < count; text++)
        {
            _places[text].Length = Count() - 1;
        }
        for (var text = first; text < count; text++)
        {
            ref var place = ref _places[text];
            if (place.Length >= 0)
            {
                place.Source = _part;
                place.Start = _at;
                Position += place.Length;
            }
            else
            {
                place.Source = _noise;
                place.Start = _noiseAt;
                _ = Noise(PackWriter.UuidBytes);
            }
        }
    }

    /// <summary>Ensures that the part is read to its end.</summary>
    public void Close()
    {
        if (_at != _part.Length || _noiseAt != _noise.Length)
        {
            throw new InvalidDataException("Packed playlists are longer than they say.");
        }
    }

    public byte Byte() => _at < _part.Length ? _part.Span[_at++] : throw Damaged();

    public long Number()
    {
        var bytes = _part.Span;
        var value = 0ul;
        for (var shift = 0; shift < 64 && _at < bytes.Length; shift += 7)
        {
            var part = bytes[_at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return (long)value;
            }
        }
        throw Damaged();
    }

    public long Signed()
    {
        var value = (ulong)Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ulong Fixed() => BinaryPrimitives.ReadUInt64LittleEndian(Noise(sizeof(ulong)));

    /// <summary>A length before what it is of.</summary>
    public int Length()
    {
        var start = Position;
        Position += PackWriter.LengthBytes;
        return BinaryPrimitives.ReadInt32LittleEndian(_part.Span[start..]);
    }

    /// <summary>A count of things of which each takes a byte at least.</summary>
    public int Count() => Small(_part.Length);

    /// <summary>A count of things of which each begins with a <see cref="Fixed"/>.</summary>
    public int FixedCount() => Small((_noise.Length - _noiseAt) / sizeof(ulong));

    public int Small(int most)
    {
        var value = Number();
        return value >= 0 && value <= most ? (int)value : throw Damaged();
    }

    public string? TextOrNull()
    {
        var reference = Small(_texts.Length + 1);
        if (reference == 0)
        {
            return null;
        }
        var number = reference == 1 ? _referred++ : reference - 2;
        return number < _texts.Length ? _texts[number] ??= _places[number].Text() : throw Damaged();
    }

    /// <summary>How many texts were referred to before what comes.</summary>
    public void Referred() => _referred = Small(_texts.Length);

    public string Text() => TextOrNull() ?? throw Damaged();

    public static InvalidDataException Damaged() => new("A listener's packed playlists end early or are damaged.");

    private ReadOnlySpan<byte> Noise(int length)
    {
        if (length > _noise.Length - _noiseAt)
        {
            throw Damaged();
        }
        _noiseAt += length;
        return _noise.Span.Slice(_noiseAt - length, length);
    }

    // A length below 0 is of a UUID.
    private struct TextPlace
    {
        public ReadOnlyMemory<byte> Source;
        public int Start;
        public int Length;

        public readonly string Text() =>
            Length < 0
                ? new Guid(Source.Span.Slice(Start, PackWriter.UuidBytes), bigEndian: true).ToString()
                : Encoding.UTF8.GetString(Source.Span.Slice(Start, Length));
    }
}
