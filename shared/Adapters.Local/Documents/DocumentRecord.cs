using System.Runtime.InteropServices;
using Nocturne.Ports;

namespace Nocturne.Adapters.Local;

/// <summary>Where a document's bytes are, and what must be known without reading them.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct StoredDocument
{
    /// <summary>Log address of the data.</summary>
    public long Address;

    /// <summary>Log address of the commit that wrote it.</summary>
    public long Version;

    /// <summary>UTC ticks from when on it does not exist; 0 for never.</summary>
    public long ExpiresTicks;

    /// <summary>Bytes of data.</summary>
    public int Length;

    /// <summary>CRC-32C of the data.</summary>
    public uint Crc;
}

/// <summary>One record of a commit's frame: kind, collection, id and, of a put, expiry and data.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DocumentRecord(bool IsDelete, string Collection, string Id, StoredDocument Stored)
{
    private const byte DeleteKind = 0;
    private const byte PutKind = 1;
    private const byte CarriedKind = 2; // a put that compaction moved, followed by the version that it keeps

    /// <summary>Writes a put; what it returns is relative to the payload's address, and has no version yet.</summary>
    public static StoredDocument Put(
        PayloadWriter payload,
        DocumentKey key,
        long expiresTicks,
        ReadOnlySpan<byte> data
    ) => Write(payload, PutKind, key.Collection, key.Id, expiresTicks, data);

    public static void Delete(PayloadWriter payload, DocumentKey key)
    {
        payload.Byte(DeleteKind);
        payload.String(key.Collection);
        payload.String(key.Id);
    }

    /// <summary>Writes a document again; what it returns is relative to the payload's address.</summary>
    public static StoredDocument Carry(PayloadWriter payload, in DocumentRecord record, ReadOnlySpan<byte> data)
    {
        var expires = record.Stored.ExpiresTicks;
        var stored = Write(payload, CarriedKind, record.Collection, record.Id, expires, data);
        payload.Int64(record.Stored.Version);
        return stored with { Version = record.Stored.Version };
    }

    public static DocumentRecord Read(ref PayloadReader reader, long address)
    {
        var kind = reader.Byte();
        var collection = reader.String();
        var id = reader.String();
        if (kind == DeleteKind)
        {
            return new DocumentRecord(true, collection, id, default);
        }
        var expires = reader.Int64();
        var data = reader.Bytes();
        var stored = new StoredDocument
        {
            Address = address + reader.Position - data.Length,
            Version = address,
            ExpiresTicks = expires,
            Length = data.Length,
            Crc = Crc32C.Compute(data),
        };
        if (kind == CarriedKind)
        {
            stored.Version = reader.Int64();
        }
        return new DocumentRecord(false, collection, id, stored);
    }

    private static StoredDocument Write(
        PayloadWriter payload,
        byte kind,
        string collection,
        string id,
        long expiresTicks,
        ReadOnlySpan<byte> data
    )
    {
        payload.Byte(kind);
        payload.String(collection);
        payload.String(id);
        payload.Int64(expiresTicks);
        payload.Bytes(data);
        return new StoredDocument
        {
            Address = payload.Length - data.Length,
            ExpiresTicks = expiresTicks,
            Length = data.Length,
            Crc = Crc32C.Compute(data),
        };
    }
}
