using System.Text.Json;
using System.Text.Json.Nodes;
using Nocturne.StorageEmulator.Http;

namespace Nocturne.StorageEmulator.Objects;

/// <summary>The fields of an object's resource that its writer sets.</summary>
internal static class ObjectAttributes
{
    private const string ContentType = "contentType";
    private const string StorageClass = "storageClass";
    private const string Metadata = "metadata";
    private const string DefaultContentType = "application/octet-stream";

    private static readonly string[] Texts =
    [
        ContentType,
        "contentEncoding",
        "contentDisposition",
        "contentLanguage",
        "cacheControl",
        "customTime",
        StorageClass,
    ];

    // What would change how the object behaves, and does not here: refused rather than forgotten.
    private static readonly string[] Refused =
    [
        "acl",
        "contexts",
        "eventBasedHold",
        "kmsKeyName",
        "retention",
        "temporaryHold",
    ];

    /// <summary>The attributes of a new object, or of one that is replaced as a whole.</summary>
    /// <param name="resource">What the writer sent.</param>
    /// <param name="contentType">What the content's own header said; null for nothing.</param>
    public static JsonObject Create(JsonObject resource, string? contentType = null)
    {
        var attributes = Patch([], resource);
        attributes[ContentType] ??= contentType ?? DefaultContentType;
        attributes[StorageClass] ??= "STANDARD";
        return attributes;
    }

    /// <summary>The attributes with some replaced; null removes one. Metadata is patched key by key.</summary>
    public static JsonObject Patch(JsonObject attributes, JsonObject patch)
    {
        foreach (var name in Refused)
        {
            if (patch[name] is { } value && value.GetValueKind() is not JsonValueKind.False)
            {
                throw ApiException.NotImplemented($"the field '{name}' of objects");
            }
        }
        var patched = (JsonObject)attributes.DeepClone();
        foreach (var name in Texts)
        {
            if (patch.TryGetPropertyValue(name, out var value))
            {
                Set(patched, name, value, name);
            }
        }
        if (patch.TryGetPropertyValue(Metadata, out var metadata))
        {
            PatchMetadata(patched, metadata);
        }
        return patched;
    }

    private static void PatchMetadata(JsonObject attributes, JsonNode? patch)
    {
        if (patch is null)
        {
            attributes.Remove(Metadata);
            return;
        }
        if (patch is not JsonObject pairs)
        {
            throw ApiException.Invalid("Invalid value for: metadata is not an object.");
        }
        var metadata = attributes[Metadata] as JsonObject ?? [];
        foreach (var (key, value) in pairs)
        {
            Set(metadata, key, value, $"metadata.{key}");
        }
        attributes.Remove(Metadata);
        if (metadata.Count > 0)
        {
            attributes[Metadata] = metadata;
        }
    }

    private static void Set(JsonObject target, string name, JsonNode? value, string shown)
    {
        if (value is null)
        {
            target.Remove(name);
        }
        else if (value.GetValueKind() == JsonValueKind.String)
        {
            target[name] = value.DeepClone();
        }
        else
        {
            throw ApiException.Invalid($"Invalid value for: {shown} is not a string.");
        }
    }
}
