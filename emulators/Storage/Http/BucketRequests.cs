using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator.Http;

/// <summary>Requests about buckets.</summary>
internal sealed class BucketRequests(ObjectFolder folder)
{
    /// <summary><c>/b</c>.</summary>
    public Task HandleAllAsync(HttpContext context, string method) =>
        method switch
        {
            "GET" => ListAsync(context),
            "POST" => InsertAsync(context),
            _ => throw ApiException.NotImplemented($"{method} of buckets"),
        };

    /// <summary><c>/b/{bucket}</c>.</summary>
    public Task HandleAsync(HttpContext context, string method, string name)
    {
        switch (method)
        {
            case "GET":
                return Answers.JsonAsync(context, Resource(context, name, folder.GetBucket(name)));
            case "DELETE":
                folder.DeleteBucket(name);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            default:
                throw ApiException.NotImplemented($"{method} of a bucket");
        }
    }

    private async Task InsertAsync(HttpContext context)
    {
        var resource = await RequestBodies.ReadResourceAsync(context.Request);
        if (resource["versioning"]?["enabled"]?.GetValue<bool>() == true)
        {
            throw ApiException.NotImplemented("versions of objects");
        }
        if (resource["retentionPolicy"] is not null)
        {
            throw ApiException.NotImplemented("retention policies");
        }
        var stored = folder.CreateBucket(resource);
        await Answers.JsonAsync(context, Resource(context, (string)stored["name"]!, stored));
    }

    private Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var max = ObjectQuery.ReadMaxResults(query);
        var after = query["pageToken"] is [{ Length: > 0 } token, ..] ? ObjectQuery.ReadToken(token) : null;
        var found = folder.ListBuckets(query["prefix"].ToString(), after, max);
        var answer = new JsonObject { ["kind"] = "storage#buckets" };
        if (found.Count > 0)
        {
            answer["items"] = new JsonArray([.. found.Take(max).Select(b => Resource(context, b.Name, b.Resource))]);
        }
        if (found.Count > max)
        {
            answer["nextPageToken"] = ObjectQuery.WriteToken(found[max - 1].Name);
        }
        return Answers.JsonAsync(context, answer);
    }

    private static JsonObject Resource(HttpContext context, string name, JsonObject stored)
    {
        var resource = (JsonObject)stored.DeepClone();
        resource["kind"] = "storage#bucket";
        resource["id"] = name;
        resource["selfLink"] = $"{Answers.Server(context.Request)}/storage/v1/b/{name}";
        resource["projectNumber"] = "0";
        resource["etag"] = "CAE=";
        return resource;
    }
}
