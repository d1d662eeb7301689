using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator.Http;

/// <summary>How answers are written.</summary>
internal static class Answers
{
    /// <summary>Scheme and authority that the client knows this emulator by.</summary>
    public static string Server(HttpRequest request) => $"{request.Scheme}://{request.Host}";

    public static Task JsonAsync(HttpContext context, JsonNode body, int status = StatusCodes.Status200OK)
    {
        var bytes = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=UTF-8";
        context.Response.ContentLength = bytes.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    public static Task ObjectAsync(HttpContext context, StoredObject stored)
    {
        context.Response.Headers.ETag = stored.ETag;
        return JsonAsync(context, stored.ToResource(Server(context.Request)));
    }

    public static Task ErrorAsync(HttpContext context, ApiException error)
    {
        if (error.UnsatisfiedLength is { } length)
        {
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
        }
        if (error.Status == StatusCodes.Status304NotModified)
        {
            context.Response.StatusCode = error.Status;
            return Task.CompletedTask;
        }
        var detail = new JsonObject
        {
            ["message"] = error.Message,
            ["domain"] = "global",
            ["reason"] = error.Reason,
        };
        var body = new JsonObject
        {
            ["error"] = new JsonObject
            {
                ["code"] = error.Status,
                ["message"] = error.Message,
                ["errors"] = new JsonArray(detail),
            },
        };
        return JsonAsync(context, body, error.Status);
    }
}
