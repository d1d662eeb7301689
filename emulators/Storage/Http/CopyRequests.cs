using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator.Http;

/// <summary>Requests that make objects of objects: copy, rewrite, compose.</summary>
internal sealed class CopyRequests(ObjectFolder folder)
{
    /// <summary>Objects that one composition takes; Cloud Storage's own.</summary>
    private const int MaxComponents = 32;

    /// <summary>Copies at once; a rewrite is thereby always done in its first request.</summary>
    public async Task CopyAsync(
        HttpContext context,
        (string Bucket, string Name) source,
        (string Bucket, string Name) target,
        bool rewrite
    )
    {
        var query = context.Request.Query;
        var resource = await RequestBodies.ReadResourceAsync(context.Request);
        var (stored, opened) = folder.OpenRead(
            source.Bucket,
            source.Name,
            Preconditions.Number(query, "sourceGeneration"),
            Preconditions.Read(query, of: "Source")
        );
        await using var from = opened;
        await using var content = folder.NewContent();
        await content.AppendAsync(from, context.RequestAborted);
        // A resource that says anything replaces all attributes, as Cloud Storage does; an empty one keeps them.
        var attributes =
            resource.Count > 0 ? ObjectAttributes.Create(resource) : (JsonObject)stored.Attributes.DeepClone();
        var copy = folder.Publish(
            new NewObject(target.Bucket, target.Name, attributes, await content.CompleteAsync(), stored.ComponentCount),
            content,
            Preconditions.Read(query)
        );
        if (!rewrite)
        {
            await Answers.ObjectAsync(context, copy);
            return;
        }
        var size = copy.Size.ToString(CultureInfo.InvariantCulture);
        await Answers.JsonAsync(
            context,
            new JsonObject
            {
                ["kind"] = "storage#rewriteResponse",
                ["totalBytesRewritten"] = size,
                ["objectSize"] = size,
                ["done"] = true,
                ["resource"] = copy.ToResource(Answers.Server(context.Request)),
            }
        );
    }

    /// <summary>Makes one object of several, one after the other.</summary>
    public async Task ComposeAsync(HttpContext context, string bucket, string name)
    {
        var request = await RequestBodies.ReadResourceAsync(context.Request);
        if (request["sourceObjects"] is not JsonArray { Count: > 0 and <= MaxComponents } sources)
        {
            throw ApiException.Invalid($"sourceObjects needs to name 1 to {MaxComponents} objects.");
        }
        await using var content = folder.NewContent();
        var components = 0;
        JsonObject? first = null;
        foreach (var source in sources)
        {
            var (stored, opened) = folder.OpenRead(
                bucket,
                (string?)source?["name"] ?? throw ApiException.Required("sourceObjects.name"),
                Number(source!["generation"]),
                new Preconditions(GenerationMatch: Number(source["objectPreconditions"]?["ifGenerationMatch"]))
            );
            await using var from = opened;
            await content.AppendAsync(from, context.RequestAborted);
            components += stored.ComponentCount ?? 1;
            first ??= stored.Attributes;
        }
        var attributes = ObjectAttributes.Create(
            request["destination"] as JsonObject ?? [],
            (string?)first!["contentType"]
        );
        var composed = folder.Publish(
            new NewObject(bucket, name, attributes, await content.CompleteAsync(), components),
            content,
            Preconditions.Read(context.Request.Query)
        );
        await Answers.ObjectAsync(context, composed);
    }

    /// <summary>A 64-bit number, which clients send as a string or as a number.</summary>
    private static long? Number(JsonNode? node)
    {
        if (node is null)
        {
            return null;
        }
        var text = node.GetValueKind() == JsonValueKind.String ? (string)node! : node.ToJsonString();
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiException.Invalid($"Invalid long value: {text}");
    }
}
