using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Nocturne.StorageEmulator.Http;

/// <summary>What requests carry.</summary>
internal static class RequestBodies
{
    // Custom metadata is at most 8 KiB; a composition names at most 32 objects of 1,024 bytes.
    private const int MaxResourceBytes = 1 << 20;

    /// <summary>The body as it was before a client compressed it for the way.</summary>
    public static Stream Open(HttpRequest request) =>
        string.Equals(request.Headers.ContentEncoding, "gzip", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(request.Body, CompressionMode.Decompress)
            : request.Body;

    /// <summary>Reads a resource; an empty body is an empty one.</summary>
    /// <exception cref="ApiException">It is no JSON object, or too large.</exception>
    public static async Task<JsonObject> ReadResourceAsync(HttpRequest request)
    {
        await using var body = Open(request);
        using var buffer = new MemoryStream();
        var piece = new byte[4 << 10];
        int read;
        while ((read = await body.ReadAsync(piece, request.HttpContext.RequestAborted)) > 0)
        {
            await KeepAsync(buffer, piece.AsMemory(0, read));
        }
        return ParseResource(buffer);
    }

    /// <summary>Keeps a piece of a resource.</summary>
    /// <exception cref="ApiException">It becomes too large.</exception>
    public static ValueTask KeepAsync(MemoryStream buffer, ReadOnlyMemory<byte> piece)
    {
        if (buffer.Length + piece.Length > MaxResourceBytes)
        {
            throw new ApiException(
                StatusCodes.Status413PayloadTooLarge,
                "uploadTooLarge",
                $"A resource has at most {MaxResourceBytes} bytes."
            );
        }
        return buffer.WriteAsync(piece);
    }

    /// <summary>Parses a resource; nothing is an empty one.</summary>
    /// <exception cref="ApiException">It is no JSON object.</exception>
    public static JsonObject ParseResource(MemoryStream buffer)
    {
        if (buffer.Length == 0)
        {
            return [];
        }
        try
        {
            return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)) as JsonObject
                ?? throw new ApiException(StatusCodes.Status400BadRequest, "parseError", "Not a JSON object.");
        }
        catch (JsonException e)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "parseError", $"Parse Error: {e.Message}");
        }
    }
}
