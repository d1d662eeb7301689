using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator.Http;

/// <summary>Requests about objects that exist.</summary>
internal sealed class ObjectRequests(ObjectFolder folder)
{
    private const int CopyBytes = 64 << 10;

    /// <summary><c>/b/{bucket}/o</c>.</summary>
    public Task HandleAllAsync(HttpContext context, string method, string bucket)
    {
        if (method != "GET")
        {
            throw ApiException.NotImplemented(
                $"{method} of objects at /storage/v1/: uploads go to /upload/storage/v1/"
            );
        }
        var page = folder.List(bucket, ObjectQuery.Read(context.Request.Query));
        var server = Answers.Server(context.Request);
        var answer = new JsonObject { ["kind"] = "storage#objects" };
        if (page.Next is not null)
        {
            answer["nextPageToken"] = page.Next;
        }
        if (page.Prefixes.Count > 0)
        {
            answer["prefixes"] = new JsonArray([.. page.Prefixes.Select(p => (JsonNode)p)]);
        }
        if (page.Items.Count > 0)
        {
            answer["items"] = new JsonArray([.. page.Items.Select(o => o.ToResource(server))]);
        }
        return Answers.JsonAsync(context, answer);
    }

    /// <summary><c>/b/{bucket}/o/{name}</c>.</summary>
    public Task HandleAsync(HttpContext context, string method, string bucket, string name, bool download)
    {
        var query = context.Request.Query;
        var generation = Preconditions.Number(query, "generation");
        var conditions = Preconditions.Read(query);
        switch (method)
        {
            case "GET" or "HEAD" when download || query["alt"] == "media":
                return DownloadAsync(context, bucket, name, generation, conditions);
            case "GET" or "HEAD":
                return Answers.ObjectAsync(context, folder.Get(bucket, name, generation, conditions));
            case "DELETE":
                folder.Delete(bucket, name, generation, conditions);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            case "PATCH":
                return ChangeAsync(context, bucket, name, ObjectAttributes.Patch);
            case "PUT":
                return ChangeAsync(context, bucket, name, (_, resource) => ObjectAttributes.Create(resource));
            default:
                throw ApiException.NotImplemented($"{method} of an object");
        }
    }

    private async Task ChangeAsync(
        HttpContext context,
        string bucket,
        string name,
        Func<JsonObject, JsonObject, JsonObject> change
    )
    {
        var query = context.Request.Query;
        var resource = await RequestBodies.ReadResourceAsync(context.Request);
        var changed = folder.Update(
            bucket,
            name,
            Preconditions.Number(query, "generation"),
            Preconditions.Read(query),
            attributes => change(attributes, resource)
        );
        await Answers.ObjectAsync(context, changed);
    }

    private async Task DownloadAsync(
        HttpContext context,
        string bucket,
        string name,
        long? generation,
        Preconditions conditions
    )
    {
        var (stored, content) = folder.OpenRead(bucket, name, generation, conditions);
        await using var opened = content;
        var range = ByteRange.Read(context.Request, stored.Size);
        var response = context.Response;
        WriteHeaders(response.Headers, stored);
        response.ContentType = stored.ContentType;
        response.ContentLength = range?.Length ?? stored.Size;
        if (range is { } part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(
                CultureInfo.InvariantCulture,
                $"bytes {part.Start}-{part.Start + part.Length - 1}/{stored.Size}"
            );
            content.Position = part.Start;
        }
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }
        var buffer = new byte[CopyBytes];
        for (var left = response.ContentLength.Value; left > 0; )
        {
            var read = await content.ReadAsync(
                buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)),
                context.RequestAborted
            );
            if (read == 0)
            {
                throw new IOException($"The content of {bucket}/{name} is shorter than its record says.");
            }
            await response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            left -= read;
        }
    }

    private static void WriteHeaders(IHeaderDictionary headers, StoredObject stored)
    {
        var hash = $"crc32c={stored.Crc32C}";
        headers["x-goog-hash"] = stored.Md5 is null ? hash : $"{hash},md5={stored.Md5}";
        headers["x-goog-generation"] = stored.Generation.ToString(CultureInfo.InvariantCulture);
        headers["x-goog-metageneration"] = stored.Metageneration.ToString(CultureInfo.InvariantCulture);
        headers["x-goog-stored-content-length"] = stored.Size.ToString(CultureInfo.InvariantCulture);
        headers["x-goog-stored-content-encoding"] = (string?)stored.Attributes["contentEncoding"] ?? "identity";
        headers["x-goog-storage-class"] = (string?)stored.Attributes["storageClass"];
        headers.ETag = $"\"{stored.ETag}\"";
        headers.AcceptRanges = "bytes";
        headers.LastModified = stored.Updated.ToString("R", CultureInfo.InvariantCulture);
        Copy("cacheControl", "Cache-Control");
        Copy("contentDisposition", "Content-Disposition");
        Copy("contentEncoding", "Content-Encoding");
        Copy("contentLanguage", "Content-Language");

        void Copy(string attribute, string header)
        {
            if (stored.Attributes[attribute] is { } value)
            {
                headers[header] = (string?)value;
            }
        }
    }
}
