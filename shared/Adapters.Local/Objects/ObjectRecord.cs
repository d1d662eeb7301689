using System.Runtime.InteropServices;
using Nocturne.Ports;

namespace Nocturne.Adapters.Local;

/// <summary>What the index knows of an object.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct StoredObject
{
    /// <summary>Log address of the record, which compaction changes.</summary>
    public long Record;

    /// <summary>Log address of the content; that of its end where it is in a file.</summary>
    public long Content;

    /// <summary>Log address of the record that wrote it, which compaction keeps; 0 until it is written.</summary>
    public long Generation;

    public long Size;
    public uint Crc;
    public string ContentType;

    /// <summary>The file's path within the bucket; null where the content is in the record.</summary>
    public string? File;

    public readonly long RecordBytes => (File is null ? Size : File.Length) + 64;

    public readonly ObjectInfo ToInfo(ObjectKey key) => new(key, Generation, Size, Crc, ContentType);
}

/// <summary>One frame of the object log: an object put or deleted.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ObjectRecord(bool IsDelete, ObjectKey Key, StoredObject Stored)
{
    private const byte DeleteKind = 0;
    private const byte InlineKind = 1;
    private const byte FileKind = 2;

    public static void Delete(PayloadWriter payload, ObjectKey key)
    {
        payload.Byte(DeleteKind);
        payload.String(key.Bucket);
        payload.String(key.Name);
    }

    /// <summary>Writes a put; what it returns is relative to the payload's address.</summary>
    public static StoredObject Put(
        PayloadWriter payload,
        ObjectKey key,
        in StoredObject stored,
        ReadOnlySpan<byte> content
    )
    {
        payload.Byte(stored.File is null ? InlineKind : FileKind);
        payload.String(key.Bucket);
        payload.String(key.Name);
        payload.Int64(stored.Generation);
        payload.Int64(stored.Size);
        payload.UInt32(stored.Crc);
        payload.String(stored.ContentType);
        payload.String(stored.File ?? "");
        payload.Raw(content);
        return stored with { Record = 0, Content = payload.Length - content.Length };
    }

    public static ObjectRecord Read(long address, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var kind = reader.Byte();
        var key = new ObjectKey(string.Intern(reader.String()), reader.String());
        if (kind == DeleteKind)
        {
            return new ObjectRecord(true, key, default);
        }
        var generation = reader.Int64();
        var stored = new StoredObject
        {
            Record = address,
            Generation = generation == 0 ? address : generation,
            Size = reader.Int64(),
            Crc = reader.UInt32(),
            ContentType = string.Intern(reader.String()),
        };
        var file = reader.String();
        stored.File = kind == FileKind ? file : null;
        stored.Content = address + reader.Position;
        return new ObjectRecord(false, key, stored);
    }
}
