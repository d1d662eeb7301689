using System.Buffers.Binary;
using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// Which items were ever heard, in about 1.6 bytes an item: never "new" for one that was heard, and "heard" for one in
/// 2,048 of those that were not.
/// </summary>
/// <remarks>
/// A Golomb-coded set (Putze, Sanders and Singler, "Cache-, hash- and space-efficient Bloom filters", 2007): n hashes
/// in [0, 2048 n), sorted, their differences in Rice code of 11 bits. It is derived from tallies at every snapshot and
/// never added to, so what is excluded or deleted is out of it the next night.
/// </remarks>
public sealed class HeardSet
{
    // An item that was not heard meets one of n hashes among 2048 n with a probability of 1 in 2048.
    private const int RiceBits = 11;

    // Sorted; may hold a value twice.
    private readonly ulong[] _hashes;

    private HeardSet(ulong[] hashes) => _hashes = hashes;

    /// <summary>Nothing was heard.</summary>
    public static HeardSet Empty { get; } = new([]);

    /// <summary>How many items were heard.</summary>
    public int Count => _hashes.Length;

    /// <summary>The set of <paramref name="items"/>, each given once, in any order.</summary>
    public static HeardSet Of(IReadOnlyCollection<ItemId> items)
    {
        var hashes = new ulong[items.Count];
        var count = 0;
        foreach (var item in items)
        {
            hashes[count++] = HashOf(item, items.Count);
        }
        Array.Sort(hashes);
        return new HeardSet(hashes);
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">Cut short.</exception>
    public static HeardSet Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Empty;
        }
        if (bytes.Length < sizeof(int))
        {
            throw Truncated();
        }
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        // A hash takes a bit more than its remainder: a count that cannot be is refused before it is allocated.
        if (count < 0 || (long)count * (RiceBits + 1) > (bytes.Length - sizeof(int)) * 8L)
        {
            throw Truncated();
        }
        var reader = new BitReader(bytes[sizeof(int)..]);
        var hashes = new ulong[count];
        var last = 0ul;
        for (var i = 0; i < count; i++)
        {
            hashes[i] = last += reader.Rice();
        }
        return new HeardSet(hashes);
    }

    /// <summary>The packed set: the count in 4 bytes, little-endian, then the code from each byte's lowest bit.</summary>
    public byte[] ToBytes()
    {
        if (_hashes.Length == 0)
        {
            return [];
        }
        var bits = 0L;
        var last = 0ul;
        foreach (var hash in _hashes)
        {
            bits += (long)((hash - last) >> RiceBits) + 1 + RiceBits;
            last = hash;
        }
        var bytes = new byte[sizeof(int) + ((bits + 7) / 8)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, _hashes.Length);
        var at = sizeof(int) * 8L;
        last = 0;
        foreach (var hash in _hashes)
        {
            var step = hash - last;
            for (var ones = step >> RiceBits; ones > 0; ones--, at++)
            {
                bytes[at >> 3] |= (byte)(1 << (int)(at & 7));
            }
            at++; // the zero that ends them
            for (var bit = 0; bit < RiceBits; bit++, at++)
            {
                bytes[at >> 3] |= (byte)((int)(step >> bit & 1) << (int)(at & 7));
            }
            last = hash;
        }
        return bytes;
    }

    /// <summary>Whether the item was heard, or one in 2,048 of the others.</summary>
    public bool Contains(ItemId item) =>
        _hashes.Length > 0 && Array.BinarySearch(_hashes, HashOf(item, _hashes.Length)) >= 0;

    private static ulong HashOf(ItemId item, int count) =>
        Math.BigMul(Fingerprint.Of(item.Value), (ulong)count << RiceBits, out _);

    private static InvalidDataException Truncated() => new("A set of heard items ends early.");

    private ref struct BitReader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private long _at;

        public ulong Rice()
        {
            var value = 0ul;
            while (Bit() == 1)
            {
                value++;
            }
            value <<= RiceBits;
            for (var bit = 0; bit < RiceBits; bit++)
            {
                value |= Bit() << bit;
            }
            return value;
        }

        private ulong Bit()
        {
            var index = _at >> 3;
            return index < _bytes.Length ? (ulong)(_bytes[(int)index] >> (int)(_at++ & 7) & 1) : throw Truncated();
        }
    }
}
