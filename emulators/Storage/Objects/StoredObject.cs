using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Nocturne.StorageEmulator.Objects;

/// <summary>One generation of an object, as its record on disk has it. Never changed once published.</summary>
internal sealed record StoredObject
{
    public required string Bucket { get; init; }

    public required string Name { get; init; }

    public required long Generation { get; init; }

    public required long Metageneration { get; init; }

    public required long Size { get; init; }

    public required string Crc32C { get; init; }

    /// <summary>Null of a composed object, as in Cloud Storage.</summary>
    public string? Md5 { get; init; }

    /// <summary>How many objects a composed one was made of, in all.</summary>
    public int? ComponentCount { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset Updated { get; init; }

    /// <summary>What its writer may say of it: the fields of <see cref="ObjectAttributes"/>.</summary>
    public required JsonObject Attributes { get; init; }

    public string ContentType => (string)Attributes["contentType"]!;

    public string ETag => Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Generation}/{Metageneration}"));

    /// <summary>The resource of the JSON API; 64-bit numbers are strings there.</summary>
    /// <param name="server">Scheme and authority, for the links.</param>
    public JsonObject ToResource(string server)
    {
        var path = $"b/{Bucket}/o/{Uri.EscapeDataString(Name)}";
        var resource = new JsonObject
        {
            ["kind"] = "storage#object",
            ["id"] = $"{Bucket}/{Name}/{Generation}",
            ["selfLink"] = $"{server}/storage/v1/{path}",
            ["mediaLink"] = $"{server}/download/storage/v1/{path}?generation={Generation}&alt=media",
            ["name"] = Name,
            ["bucket"] = Bucket,
            ["generation"] = Text(Generation),
            ["metageneration"] = Text(Metageneration),
            ["size"] = Text(Size),
            ["crc32c"] = Crc32C,
            ["etag"] = ETag,
            ["timeCreated"] = Text(TimeCreated),
            ["updated"] = Text(Updated),
            ["timeStorageClassUpdated"] = Text(TimeCreated),
            ["timeFinalized"] = Text(TimeCreated),
        };
        if (Md5 is not null)
        {
            resource["md5Hash"] = Md5;
        }
        if (ComponentCount is { } components)
        {
            resource["componentCount"] = components;
        }
        foreach (var (name, value) in Attributes)
        {
            resource[name] = value?.DeepClone();
        }
        return resource;
    }

    /// <summary>A time as the JSON API writes it.</summary>
    public static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
