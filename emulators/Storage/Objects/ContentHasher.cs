using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nocturne.StorageEmulator.Objects;

/// <summary>Both checksums of a content while it passes: MD5, and CRC32C as four bytes, the highest first.</summary>
internal sealed class ContentHasher : IDisposable
{
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private uint _crc = uint.MaxValue;

    public void Append(ReadOnlySpan<byte> data)
    {
        _md5.AppendData(data);
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
        {
            _crc = BitOperations.Crc32C(_crc, word);
        }
        foreach (var b in data[(words.Length * sizeof(ulong))..])
        {
            _crc = BitOperations.Crc32C(_crc, b);
        }
    }

    /// <summary>Both, in base64, of everything appended.</summary>
    public ContentHashes Current()
    {
        Span<byte> crc = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(crc, ~_crc);
        return new ContentHashes(Convert.ToBase64String(_md5.GetCurrentHash()), Convert.ToBase64String(crc));
    }

    public void Dispose() => _md5.Dispose();
}

/// <summary>Checksums in base64; null where one is not known or not asked for.</summary>
internal sealed record ContentHashes(string? Md5, string? Crc32C)
{
    public static ContentHashes None { get; } = new(null, null);

    /// <summary>These, completed by <paramref name="other"/>.</summary>
    public ContentHashes Or(ContentHashes other) => new(Md5 ?? other.Md5, Crc32C ?? other.Crc32C);
}
