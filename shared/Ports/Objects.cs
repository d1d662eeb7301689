namespace Nocturne.Ports;

/// <summary>An object's place: a bucket (a logical name of Topology) and a name, with '/' by convention.</summary>
/// <param name="Bucket">The bucket's logical name.</param>
/// <param name="Name">1 to 1,024 bytes of UTF-8, without CR, LF or NUL.</param>
public readonly record struct ObjectKey(string Bucket, string Name)
{
    /// <summary><c>bucket/name</c>.</summary>
    public override string ToString() => $"{Bucket}/{Name}";
}

/// <summary>What is known of a stored object.</summary>
/// <param name="Key">Where it is.</param>
/// <param name="Generation">Changes with every write of the name; larger is later; never 0.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Crc32C">Castagnoli checksum of the content.</param>
/// <param name="ContentType">As given at the write.</param>
public sealed record ObjectInfo(ObjectKey Key, long Generation, long Size, uint Crc32C, string ContentType);

/// <summary>Conditions on the generation that a write or delete replaces.</summary>
public static class IfGeneration
{
    /// <summary>No condition.</summary>
    public const long Any = -1;

    /// <summary>Only if there is no such object: a create.</summary>
    public const long Absent = 0;
}

/// <summary>
/// Objects with generations and preconditions. A reader sees a whole generation or none; a write is durable when it
/// returns.
/// </summary>
public interface IObjectStore
{
    /// <summary>Writes an object from memory or a stream, whole.</summary>
    /// <param name="key">Where.</param>
    /// <param name="content">Read to its end; not disposed.</param>
    /// <param name="contentType">A media type.</param>
    /// <param name="ifGeneration">A generation, <see cref="IfGeneration.Absent"/> or <see cref="IfGeneration.Any"/>.</param>
    /// <param name="cancellationToken">Cancels; the object is then as it was.</param>
    /// <exception cref="PreconditionFailedException">The object's generation is another; nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">Whether the write happened is unknown.</exception>
    ValueTask<ObjectInfo> PutAsync(
        ObjectKey key,
        Stream content,
        string contentType,
        long ifGeneration,
        CancellationToken cancellationToken
    );

    /// <summary>What is known of an object; null where there is none.</summary>
    ValueTask<ObjectInfo?> HeadAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>Opens an object's current generation for reading; null where there is none. Dispose the result.</summary>
    ValueTask<ObjectContent?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>Deletes an object; false where there was none.</summary>
    /// <exception cref="PreconditionFailedException">The object's generation is another.</exception>
    ValueTask<bool> DeleteAsync(ObjectKey key, long ifGeneration, CancellationToken cancellationToken);

    /// <summary>
    /// The objects whose names start with <paramref name="prefix"/> and are greater than
    /// <paramref name="startAfter"/> (null: from the start), in ordinal byte order. Streams by pages.
    /// </summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(
        string bucket,
        string prefix,
        string? startAfter,
        CancellationToken cancellationToken
    );
}

/// <summary>An object opened for reading.</summary>
/// <param name="Info">What is known of the generation that <paramref name="Stream"/> reads.</param>
/// <param name="Stream">Its content, from the start.</param>
public sealed record ObjectContent(ObjectInfo Info, Stream Stream) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}

/// <summary>Reads and writes of objects that fit in memory.</summary>
public static class ObjectStoreExtensions
{
    /// <summary>Writes <paramref name="content"/> whole; see <see cref="IObjectStore.PutAsync"/>.</summary>
    public static async ValueTask<ObjectInfo> PutBytesAsync(
        this IObjectStore store,
        ObjectKey key,
        ReadOnlyMemory<byte> content,
        string contentType,
        long ifGeneration,
        CancellationToken cancellationToken
    )
    {
        using var stream = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(content, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
        return await store.PutAsync(key, stream, contentType, ifGeneration, cancellationToken);
    }

    /// <summary>
    /// Writes <paramref name="content"/> unless the object exists already: the way a step publishes its output, whose
    /// existence is its completion.
    /// </summary>
    /// <returns>Whether this call created it.</returns>
    public static async ValueTask<bool> TryCreateAsync(
        this IObjectStore store,
        ObjectKey key,
        ReadOnlyMemory<byte> content,
        string contentType,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await store.PutBytesAsync(key, content, contentType, IfGeneration.Absent, cancellationToken);
            return true;
        }
        catch (PreconditionFailedException)
        {
            return false;
        }
    }

    /// <summary>Reads an object whole; null where there is none.</summary>
    /// <exception cref="LimitExceededException">It is larger than <paramref name="maxBytes"/>.</exception>
    public static async ValueTask<(ObjectInfo Info, byte[] Data)?> ReadBytesAsync(
        this IObjectStore store,
        ObjectKey key,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        await using var content = await store.OpenReadAsync(key, cancellationToken);
        if (content is null)
        {
            return null;
        }
        if (content.Info.Size > maxBytes)
        {
            throw new LimitExceededException($"{key} has {content.Info.Size} bytes; at most {maxBytes} are read here.");
        }
        var data = new byte[content.Info.Size];
        await content.Stream.ReadExactlyAsync(data, cancellationToken);
        return (content.Info, data);
    }
}
