using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Serialization;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>An object's resource; numbers of 64 bits are strings in Google's JSON.</summary>
internal sealed record StoredObject
{
    /// <summary>The fields that are asked for.</summary>
    public const string Fields = "name,generation,size,crc32c,contentType,metadata";

    public required string Name { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public long Generation { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public long Size { get; init; }

    public string? Crc32c { get; init; }

    public string? ContentType { get; init; }

    public Dictionary<string, string>? Metadata { get; init; }

    public ObjectInfo ToInfo(ObjectKey key) =>
        new(key, Generation, Size, StorageChecksum.Parse(Crc32c), ContentType ?? StorageHeaders.DefaultType);
}

/// <summary>A page of a listing.</summary>
internal sealed record ObjectPage
{
    public IReadOnlyList<StoredObject>? Items { get; init; }

    public string? NextPageToken { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StoredObject))]
[JsonSerializable(typeof(ObjectPage))]
internal sealed partial class StorageJson : JsonSerializerContext;

/// <summary>Checksums as Cloud Storage writes them: base64 of four bytes, the highest first.</summary>
internal static class StorageChecksum
{
    public static string ToText(uint crc)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, crc);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The checksum; every object of one upload has one.</summary>
    public static uint Parse(string? text)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        return text is not null && Convert.TryFromBase64String(text, bytes, out var length) && length == bytes.Length
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : throw new StoreUnavailableException($"Cloud Storage gave '{text}' for a CRC32C.");
    }
}

/// <summary>What Cloud Storage says of an object in the headers of its content.</summary>
internal static class StorageHeaders
{
    public const string DefaultType = "application/octet-stream";

    private const string Generation = "x-goog-generation";
    private const string Hash = "x-goog-hash";
    private const string CrcPrefix = "crc32c=";

    /// <summary>The object of an answer that has all of its content.</summary>
    public static ObjectInfo ToInfo(ObjectKey key, HttpResponseMessage response)
    {
        var generation = Values(response, Generation).FirstOrDefault();
        var crc = Values(response, Hash)
            .SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries))
            .FirstOrDefault(value => value.StartsWith(CrcPrefix, StringComparison.Ordinal));
        var headers = response.Content.Headers;
        return generation is not null && crc is not null && headers.ContentLength is { } length
            ? new ObjectInfo(
                key,
                long.Parse(generation, CultureInfo.InvariantCulture),
                length,
                StorageChecksum.Parse(crc[CrcPrefix.Length..]),
                headers.TryGetValues("Content-Type", out var type) ? type.First() : DefaultType
            )
            : throw new StoreUnavailableException(
                $"The answer to reading {key} lacks its length, {Generation} or {Hash}: something between here and "
                    + "Cloud Storage changes answers."
            );
    }

    private static IEnumerable<string> Values(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values : [];
}
