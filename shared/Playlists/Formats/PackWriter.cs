using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Nocturne.Playlists;

/// <summary>
/// Writes parts, each a body of LEB128 integers and of references to texts. Each text is stored once, in the part that
/// refers to it first. What no compression makes smaller (texts that are UUIDs, hashes) goes beside.
/// </summary>
internal sealed class PackWriter
{
    internal const int UuidBytes = 16;
    internal const int LengthBytes = sizeof(int);
    private const int UuidLength = 36;
    private const int UuidDigits = 32;
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
    private readonly PartEnd[] _ends = new PartEnd[PackFile.Parts];
    private int _parts;
    private byte[] _body = new byte[FirstBytes];
    private byte[] _uuids = new byte[FirstBytes];
    private byte[] _hashes = new byte[FirstBytes];
    private byte[] _joined = new byte[FirstBytes];
    private int _length;
    private int _uuidsLength;
    private int _hashesLength;

    /// <summary>Starts anew, with the memory that there is.</summary>
    public void Clear()
    {
        _before += _texts.Count;
        _references.Clear();
        _texts.Clear();
        _lengths.Clear();
        _parts = 0;
        (_length, _uuidsLength, _hashesLength) = (0, 0, 0);
    }

    /// <summary>What comes is of the next part.</summary>
    public void EndPart() => _ends[_parts++] = new PartEnd(_texts.Count, _length, _uuidsLength, _hashesLength);

    public void Byte(byte value)
    {
        Reserve(ref _body, _length, 1);
        _body[_length++] = value;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Reserve(ref _body, _length, bytes.Length);
        bytes.CopyTo(_body.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Number(long value)
    {
        Reserve(ref _body, _length, MaxVarint);
        _length += Varint(_body.AsSpan(_length), (ulong)value);
    }

    /// <summary>An integer of either sign, small where it is near 0.</summary>
    public void Signed(long value) => Number((value << 1) ^ (value >> 63));

    public void Fixed(ulong value)
    {
        Reserve(ref _hashes, _hashesLength, sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(_hashes.AsSpan(_hashesLength), value);
        _hashesLength += sizeof(ulong);
    }

    /// <summary>Leaves room for the length of what is written until <see cref="EndLength"/>, so that it can be passed over.</summary>
    public int BeginLength()
    {
        Reserve(ref _body, _length, LengthBytes);
        _length += LengthBytes;
        return _length;
    }

    /// <summary>Puts the length there.</summary>
    /// <param name="start">What <see cref="BeginLength"/> gave.</param>
    public void EndLength(int start) =>
        BinaryPrimitives.WriteInt32LittleEndian(_body.AsSpan(start - LengthBytes), _length - start);

    /// <summary>A reference to a text: 0 for none, 1 for the next that nothing has referred to, else 1 + its number.</summary>
    public void Text(string? text)
    {
        var known = _texts.Count;
        var number = text is null ? -1 : NumberOf(text);
        Number(number > known ? 1 : number + 1);
    }

    /// <summary>How many texts were referred to: what a reader has to know that begins here.</summary>
    public void Referred() => Number(_texts.Count);

    /// <summary>How many bytes of a part compress.</summary>
    public int PlainBytesOf(int part)
    {
        var (start, end) = BoundsOf(part);
        var bytes = VarintBytes(end.Texts - start.Texts) + end.Body - start.Body;
        foreach (var length in CollectionsMarshal.AsSpan(_lengths)[start.Texts..end.Texts])
        {
            bytes += VarintBytes(length) + Math.Max(0, length - 1);
        }
        return bytes;
    }

    /// <summary>
    /// What compresses of a part: the number of texts, 1 + their lengths in UTF-8 (0 for a UUID), their UTF-8, the body.
    /// Until it is asked for the next part's.
    /// </summary>
    public ReadOnlySpan<byte> PlainOf(int part)
    {
        var (start, end) = BoundsOf(part);
        Reserve(ref _joined, 0, PlainBytesOf(part));
        var bytes = _joined.AsSpan();
        var at = Varint(bytes, (ulong)(end.Texts - start.Texts));
        for (var text = start.Texts; text < end.Texts; text++)
        {
            at += Varint(bytes[at..], (ulong)_lengths[text]);
        }
        for (var text = start.Texts; text < end.Texts; text++)
        {
            at += _lengths[text] == 0 ? 0 : Encoding.UTF8.GetBytes(_texts[text], bytes[at..]);
        }
        var body = _body.AsSpan(start.Body, end.Body - start.Body);
        body.CopyTo(bytes[at..]);
        return bytes[..(at + body.Length)];
    }

    /// <summary>What does not: UUIDs in 16 bytes, in the order of their texts, then hashes in 8.</summary>
    public NoiseSpan NoiseOf(int part)
    {
        var (start, end) = BoundsOf(part);
        return new NoiseSpan(
            _uuids.AsSpan(start.Uuids, end.Uuids - start.Uuids),
            _hashes.AsSpan(start.Hashes, end.Hashes - start.Hashes)
        );
    }

    private (PartEnd Start, PartEnd End) BoundsOf(int part) => (part == 0 ? default : _ends[part - 1], _ends[part]);

    /// <summary>A text's number, from 1.</summary>
    private int NumberOf(string text)
    {
        ref var met = ref _met[(int)(AddressOf(text) / sizeof(long) % Met)];
        if (ReferenceEquals(met.Text, text) && met.Number > _before)
        {
            return (int)(met.Number - _before);
        }
        var reference = Find(text);
        met = (text, _before + reference);
        return reference;
    }

    /// <summary>Where a text lies, which may change: a hint that is had without a look at the text.</summary>
    private static nuint AddressOf(string text) => Unsafe.As<string, nuint>(ref text);

    private int Find(string text)
    {
        ref var reference = ref CollectionsMarshal.GetValueRefOrAddDefault(_references, text, out var isKnown);
        if (!isKnown)
        {
            Reserve(ref _uuids, _uuidsLength, UuidBytes);
            var isUuid = TryUuid(text, _uuids.AsSpan(_uuidsLength, UuidBytes));
            _uuidsLength += isUuid ? UuidBytes : 0;
            _texts.Add(text);
            _lengths.Add(isUuid ? 0 : Encoding.UTF8.GetByteCount(text) + 1);
            reference = _texts.Count;
        }
        return reference;
    }

    /// <summary>Whether a text is a UUID as it is usually written, and its bytes.</summary>
    private static bool TryUuid(string text, Span<byte> bytes)
    {
        if (
            text.Length != UuidLength
            || text[8] != '-'
            || text[13] != '-'
            || text[18] != '-'
            || text[23] != '-'
            || text.AsSpan().ContainsAnyInRange('A', 'F') // would come back in small letters
        )
        {
            return false;
        }
        Span<char> digits = stackalloc char[UuidDigits];
        text.AsSpan(0, 8).CopyTo(digits);
        text.AsSpan(9, 4).CopyTo(digits[8..]);
        text.AsSpan(14, 4).CopyTo(digits[12..]);
        text.AsSpan(19, 4).CopyTo(digits[16..]);
        text.AsSpan(24, 12).CopyTo(digits[20..]);
        return Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done;
    }

    private static int VarintBytes(int value) => (BitOperations.Log2((uint)value | 1) / 7) + 1;

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

    private static void Reserve(ref byte[] buffer, int length, int more)
    {
        if (buffer.Length - length < more)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + more));
        }
    }

    private readonly record struct PartEnd(int Texts, int Body, int Uuids, int Hashes);
}

/// <summary>UUIDs and hashes, one behind the other.</summary>
internal readonly ref struct NoiseSpan(ReadOnlySpan<byte> uuids, ReadOnlySpan<byte> hashes)
{
    private readonly ReadOnlySpan<byte> _uuids = uuids;
    private readonly ReadOnlySpan<byte> _hashes = hashes;

    public int Length => _uuids.Length + _hashes.Length;

    public void CopyTo(Span<byte> to)
    {
        _uuids.CopyTo(to);
        _hashes.CopyTo(to[_uuids.Length..]);
    }
}
