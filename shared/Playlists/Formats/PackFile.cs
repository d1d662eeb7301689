using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Nocturne.Playlists;

/// <summary>What <see cref="PackWriter"/> wrote as an object: a header, then the parts.</summary>
internal sealed class PackFile
{
    /// <summary>Parts of every object.</summary>
    public const int Parts = 3;

    private const int LengthsOfPart = 3;
    private const int FirstLength = 4; // after the magic and the version
    private const int HeaderBytes = FirstLength + (Parts * LengthsOfPart * sizeof(int));

    // The fastest quality that still finds repeated references; the window holds all of a usual part.
    private const int Quality = 1;
    private const int WindowBits = 17;

    // Compressing takes a third of most listeners' bytes away, and a sixteenth of composing. The objects of those who have
    // the most are kept small, by compressing the parts that are worth it.
    private const int LongestPlainObject = 44 << 10;
    private const int LeastCompressed = 4 << 10;

    // Far above any listener's: what claims more is damage, refused before it is allocated.
    private const int MaxBytes = 16 << 20;

    private readonly ReadOnlyMemory<byte> _data;
    private readonly (int Noise, int Packed, int End, int Length)[] _parts = new (int, int, int, int)[Parts];

    private PackFile(ReadOnlyMemory<byte> data) => _data = data;

    private static ReadOnlySpan<byte> Magic => "NPL"u8;

    /// <summary>The object of a writer's parts.</summary>
    public static byte[] Write(byte version, PackWriter writer)
    {
        var (most, plainBytes) = (HeaderBytes, HeaderBytes);
        for (var part = 0; part < Parts; part++)
        {
            most += writer.NoiseOf(part).Length + BrotliEncoder.GetMaxCompressedLength(writer.PlainBytesOf(part));
            plainBytes += writer.NoiseOf(part).Length + writer.PlainBytesOf(part);
        }
        var isCompressed = plainBytes > LongestPlainObject;
        var rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            Magic.CopyTo(rented);
            rented[Magic.Length] = version;
            var at = HeaderBytes;
            for (var part = 0; part < Parts; part++)
            {
                var noise = writer.NoiseOf(part);
                noise.CopyTo(rented.AsSpan(at));
                at += noise.Length;
                var plain = writer.PlainOf(part);
                var packed = Pack(plain, isCompressed, rented.AsSpan(at));
                at += packed;
                var lengths = rented.AsSpan(FirstLength + (part * LengthsOfPart * sizeof(int)));
                BinaryPrimitives.WriteInt32LittleEndian(lengths, plain.Length);
                BinaryPrimitives.WriteInt32LittleEndian(lengths[sizeof(int)..], packed);
                BinaryPrimitives.WriteInt32LittleEndian(lengths[(2 * sizeof(int))..], noise.Length);
            }
            return rented[..at];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Reads the header.</summary>
    /// <exception cref="InvalidDataException">Not such an object, of another version, or not as long as it says.</exception>
    public static PackFile Open(byte version, ReadOnlyMemory<byte> data)
    {
        var bytes = data.Span;
        if (bytes.Length < FirstLength || !bytes.StartsWith(Magic))
        {
            throw new InvalidDataException("These are not packed playlists.");
        }
        if (bytes[Magic.Length] != version)
        {
            throw new InvalidDataException(
                $"Packed playlists have version {bytes[Magic.Length]}; this build reads {version}. Deploy the build that wrote them."
            );
        }
        var file = new PackFile(data);
        var at = (long)HeaderBytes;
        for (var part = 0; part < Parts && bytes.Length >= HeaderBytes; part++)
        {
            var lengths = bytes[(FirstLength + (part * LengthsOfPart * sizeof(int)))..];
            var plain = BinaryPrimitives.ReadInt32LittleEndian(lengths);
            var packed = BinaryPrimitives.ReadInt32LittleEndian(lengths[sizeof(int)..]);
            var noise = BinaryPrimitives.ReadInt32LittleEndian(lengths[(2 * sizeof(int))..]);
            if (plain is < 0 or > MaxBytes || packed < 0 || noise < 0 || at + noise + packed > bytes.Length)
            {
                throw new InvalidDataException($"Packed playlists claim {plain}, {packed} and {noise} bytes.");
            }
            file._parts[part] = ((int)at, (int)at + noise, (int)at + noise + packed, plain);
            at += noise + packed;
        }
        return at == bytes.Length ? file : throw new InvalidDataException("Packed playlists are cut off, or go on.");
    }

    /// <summary>How long a part is, unpacked.</summary>
    public int Length(int part) => _parts[part].Length;

    /// <summary>A part, unpacked.</summary>
    /// <exception cref="InvalidDataException">Damaged.</exception>
    public (ReadOnlyMemory<byte> Plain, ReadOnlyMemory<byte> Noise) Part(int part)
    {
        var (noise, packed, end, length) = _parts[part];
        if (end - packed == length)
        {
            return (_data[packed..end], _data[noise..packed]);
        }
        var plain = GC.AllocateUninitializedArray<byte>(length); // all of it is written, or refused
        return BrotliDecoder.TryDecompress(_data.Span[packed..end], plain, out var written) && written == length
            ? (plain, _data[noise..packed])
            : throw new InvalidDataException("Packed playlists do not decompress.");
    }

    /// <summary>What is as long as before is not compressed: so a reader tells.</summary>
    private static int Pack(ReadOnlySpan<byte> plain, bool isCompressed, Span<byte> to)
    {
        if (isCompressed && plain.Length >= LeastCompressed)
        {
            if (!BrotliEncoder.TryCompress(plain, to, out var packed, Quality, WindowBits))
            {
                throw new InvalidOperationException($"{plain.Length} bytes did not compress into their bound.");
            }
            if (packed < plain.Length)
            {
                return packed;
            }
        }
        plain.CopyTo(to);
        return plain.Length;
    }
}
