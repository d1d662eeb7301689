using System.Buffers.Binary;
using Nocturne.Ports;

namespace Nocturne.Adapters.Local;

/// <summary>
/// The frame of a <see cref="SegmentedLog"/>: a header of <see cref="HeaderBytes"/> and a payload, one atomic unit.
/// </summary>
/// <remarks>
/// The header, little-endian: payload length (u32), CRC-32C of the payload (u32), distance back to the first frame of
/// the group that was made durable together (u32), CRC-32C of the frame's address and those twelve bytes (u32). The
/// address makes a frame valid only where it was written. The distance tells a torn last group, which nobody was
/// told of, from damage before a group that was completed later.
/// </remarks>
internal static class Frame
{
    public const int HeaderBytes = 16;

    public static void WriteHeader(Span<byte> header, long address, int length, uint payloadCrc, int groupDistance)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], payloadCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)groupDistance);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], HeaderCrc(header, address));
    }

    /// <summary>Reads a header; false where its checksum does not match.</summary>
    public static bool TryReadHeader(
        ReadOnlySpan<byte> header,
        long address,
        out int length,
        out uint payloadCrc,
        out int groupDistance
    )
    {
        length = (int)BinaryPrimitives.ReadUInt32LittleEndian(header);
        payloadCrc = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        groupDistance = (int)BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) == HeaderCrc(header, address)
            && length >= 0
            && groupDistance >= 0;
    }

    private static uint HeaderCrc(ReadOnlySpan<byte> header, long address)
    {
        Span<byte> place = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(place, address);
        return Crc32C.Append(Crc32C.Compute(place), header[..12]);
    }
}
