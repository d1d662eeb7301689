using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Nocturne.Playlists;

/// <summary>
/// Writes a body of LEB128 integers and of references to texts, each of which is stored once, in the order of first
/// use, before the body. What no compression makes smaller (ids that are UUIDs, hashes) goes into a part of its own.
/// </summary>
internal sealed class PackWriter
{
    internal const int UuidBytes = 16;
    private const int UuidLength = 36;
    private const int FirstBytes = 32 << 10;
    private const int MaxVarint = 10;

    private const int Met = 4096;

    private readonly Dictionary<string, int> _references = new(StringComparer.Ordinal);

    // Texts that were met, by the object: a catalogue's track is written many times, and its texts are the same objects.
    // A number counts on from object to object, so what is not over the last one's is of an object before.
    private readonly (string? Text, long Number)[] _met = new (string?, long)[Met];
    private long _before;
    private readonly List<string> _texts = [];
    private readonly List<int> _lengths = [];
    private byte[] _body = new byte[FirstBytes];
    private byte[] _noise = new byte[FirstBytes];
    private int _length;
    private int _noiseLength;

    /// <summary>Starts anew, with the memory that there is.</summary>
    public void Clear()
    {
        _before += _texts.Count;
        _references.Clear();
        _texts.Clear();
        _lengths.Clear();
        _length = 0;
        _noiseLength = 0;
    }

    public void Byte(byte value)
    {
        Reserve(1);
        _body[_length++] = value;
    }

    public void Number(long value)
    {
        Reserve(10);
        _length += Varint(_body.AsSpan(_length), (ulong)value);
    }

    /// <summary>An integer of either sign, small where it is near 0.</summary>
    public void Signed(long value) => Number((value << 1) ^ (value >> 63));

    public void Fixed(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Noise(sizeof(ulong)), value);
    }

    /// <summary>A reference to a text; 0 is none.</summary>
    public void Text(string? text) => Number(text is null ? 0 : ReferenceOf(text));

    /// <summary>A text's reference, from 1.</summary>
    public int ReferenceOf(string text)
    {
        ref var met = ref _met[RuntimeHelpers.GetHashCode(text) & (Met - 1)];
        if (ReferenceEquals(met.Text, text) && met.Number > _before)
        {
            return (int)(met.Number - _before);
        }
        var reference = Find(text);
        met = (text, _before + reference);
        return reference;
    }

    private int Find(string text)
    {
        if (!_references.TryGetValue(text, out var reference))
        {
            Span<byte> uuid = stackalloc byte[UuidBytes];
            var isUuid = TryUuid(text, uuid);
            if (isUuid)
            {
                uuid.CopyTo(Noise(UuidBytes));
            }
            _texts.Add(text);
            _lengths.Add(isUuid ? 0 : Encoding.UTF8.GetByteCount(text) + 1);
            _references.Add(text, reference = _texts.Count);
        }
        return reference;
    }

    /// <summary>
    /// What compresses: the number of texts, 1 + their lengths in UTF-8 (0 for a UUID, which is among the hashes), their
    /// UTF-8, the body.
    /// </summary>
    /// <param name="noise">What does not: UUIDs in 16 bytes and hashes in 8, in the order they were first written.</param>
    /// <returns>Of an array of the shared pool, to be returned there.</returns>
    public ArraySegment<byte> ToBytes(out ReadOnlySpan<byte> noise)
    {
        var size = MaxVarint + _length;
        foreach (var length in _lengths)
        {
            size += MaxVarint + length;
        }
        var bytes = ArrayPool<byte>.Shared.Rent(size);
        var at = Varint(bytes, (ulong)_texts.Count);
        foreach (var length in _lengths)
        {
            at += Varint(bytes.AsSpan(at), (ulong)length);
        }
        for (var i = 0; i < _texts.Count; i++)
        {
            at += _lengths[i] == 0 ? 0 : Encoding.UTF8.GetBytes(_texts[i], bytes.AsSpan(at));
        }
        _body.AsSpan(0, _length).CopyTo(bytes.AsSpan(at));
        noise = _noise.AsSpan(0, _noiseLength);
        return new ArraySegment<byte>(bytes, 0, at + _length);
    }

    /// <summary>Whether a text is a UUID as it is usually written, and its bytes.</summary>
    private static bool TryUuid(string text, Span<byte> bytes)
    {
        if (text.Length != UuidLength)
        {
            return false;
        }
        var nibble = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (i is 8 or 13 or 18 or 23)
            {
                if (text[i] != '-')
                {
                    return false;
                }
                continue;
            }
            var digit =
                text[i] is >= '0' and <= '9' ? text[i] - '0'
                : text[i] is >= 'a' and <= 'f' ? text[i] - 'a' + 10
                : -1;
            if (digit < 0)
            {
                return false;
            }
            bytes[nibble >> 1] = (byte)((nibble & 1) == 0 ? digit << 4 : bytes[nibble >> 1] | digit);
            nibble++;
        }
        return true;
    }

    private Span<byte> Noise(int bytes)
    {
        if (_noise.Length - _noiseLength < bytes)
        {
            Array.Resize(ref _noise, _noise.Length * 2);
        }
        _noiseLength += bytes;
        return _noise.AsSpan(_noiseLength - bytes, bytes);
    }

    private static int Varint(Span<byte> to, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            to[length++] = (byte)(value | 0x80);
        }
        to[length++] = (byte)value;
        return length;
    }

    private void Reserve(int bytes)
    {
        if (_body.Length - _length < bytes)
        {
            Array.Resize(ref _body, _body.Length * 2);
        }
    }
}

/// <summary>Reads what <see cref="PackWriter"/> wrote.</summary>
/// <exception cref="InvalidDataException">From every method: the bytes end early or are no such value.</exception>
internal sealed class PackReader
{
    private readonly byte[] _bytes;
    private readonly byte[] _noise;
    private readonly string?[] _texts;

    // Where a text begins: over 0 in the bytes; ~ of where in the noise, for a UUID that was met; 0, for one that was not.
    private readonly int[] _places;
    private readonly int[] _lengths;
    private int _at;
    private int _noiseAt;

    public PackReader(byte[] bytes, byte[] noise)
    {
        _bytes = bytes;
        _noise = noise;
        _lengths = new int[Count()];
        _places = new int[_lengths.Length];
        _texts = new string[_lengths.Length];
        for (var i = 0; i < _lengths.Length; i++)
        {
            _lengths[i] = Count();
        }
        for (var i = 0; i < _lengths.Length; i++)
        {
            if (_lengths[i] > 0)
            {
                _places[i] = _at;
                _ = Raw(_lengths[i] - 1);
            }
        }
    }

    /// <summary>Where the next value is: what was passed over can be read later.</summary>
    public int Position
    {
        get => _at;
        set => _at = value;
    }

    public bool AtEnd => _at == _bytes.Length && _noiseAt == _noise.Length;

    public byte Byte() => _at < _bytes.Length ? _bytes[_at++] : throw Damaged();

    public long Number()
    {
        var value = 0ul;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
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

    /// <summary>A count of things of which each takes a byte at least.</summary>
    public int Count()
    {
        var count = Number();
        return count >= 0 && count <= _bytes.Length ? (int)count : throw Damaged();
    }

    /// <summary>A count of things of which each begins with a <see cref="Fixed"/>.</summary>
    public int FixedCount() => Small((_noise.Length - _noiseAt) / sizeof(ulong));

    public int Small(int most)
    {
        var value = Number();
        return value >= 0 && value <= most ? (int)value : throw Damaged();
    }

    public string? TextOrNull()
    {
        var reference = Small(_texts.Length);
        return reference == 0 ? null : _texts[reference - 1] ??= TextAt(reference - 1);
    }

    /// <summary>Passes over a number.</summary>
    public void SkipNumber()
    {
        while (Byte() >= 0x80) { }
    }

    /// <summary>Passes over a reference to a text, or to none.</summary>
    public void SkipText()
    {
        var reference = Small(_texts.Length);
        if (reference > 0 && _places[reference - 1] == 0)
        {
            Place(reference - 1);
        }
    }

    public string Text() => TextOrNull() ?? throw Damaged();

    private string TextAt(int number)
    {
        if (_lengths[number] > 0)
        {
            return Encoding.UTF8.GetString(_bytes, _places[number], _lengths[number] - 1);
        }
        if (_places[number] == 0)
        {
            Place(number);
        }
        return new Guid(_noise.AsSpan(~_places[number], PackWriter.UuidBytes), bigEndian: true).ToString();
    }

    /// <summary>Texts are first referred to in their order, so the UUIDs come in theirs.</summary>
    private void Place(int number)
    {
        _places[number] = ~_noiseAt;
        _ = Noise(PackWriter.UuidBytes);
    }

    private ReadOnlySpan<byte> Raw(int length)
    {
        if (length > _bytes.Length - _at)
        {
            throw Damaged();
        }
        _at += length;
        return _bytes.AsSpan(_at - length, length);
    }

    private ReadOnlySpan<byte> Noise(int length)
    {
        if (length > _noise.Length - _noiseAt)
        {
            throw Damaged();
        }
        _noiseAt += length;
        return _noise.AsSpan(_noiseAt - length, length);
    }

    private static InvalidDataException Damaged() => new("A listener's packed playlists end early or are damaged.");
}
