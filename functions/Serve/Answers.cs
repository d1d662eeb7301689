using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Nocturne.Serve;

/// <summary>The forms of Serve's answers.</summary>
internal static class Answers
{
    /// <summary>Of what a night made: a client may show it for a minute without asking.</summary>
    public const string Nightly = "private, max-age=60";

    /// <summary>Of what changes with every event: asked for every time, and sent only where it changed.</summary>
    public const string Live = "private, no-cache";

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A body that carries its ETag, and is not sent to who has it.</summary>
    public static IResult Tagged(byte[] body, string cacheControl, string contentType = "application/json") =>
        new TaggedBody(body, contentType, cacheControl);

    /// <summary>An object as JSON, with an ETag.</summary>
    public static IResult Object(string cacheControl, Action<Utf8JsonWriter> write) =>
        Tagged(Json(write), cacheControl);

    /// <summary>An answer to a change, which no one keeps.</summary>
    public static IResult Changed(int status, Action<Utf8JsonWriter> write) => new ChangeBody(Json(write), status);

    public static IResult BadRequest(string text) => Results.Problem(text, statusCode: StatusCodes.Status400BadRequest);

    public static IResult NotFound(string text) => Results.Problem(text, statusCode: StatusCodes.Status404NotFound);

    public static IResult Conflict(string text) => Results.Problem(text, statusCode: StatusCodes.Status409Conflict);

    public static IResult Unprocessable(string text) =>
        Results.Problem(text, statusCode: StatusCodes.Status422UnprocessableEntity);

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, WriterOptions))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private sealed class TaggedBody(byte[] body, string contentType, string cacheControl) : IResult
    {
        // Of SHA-256: two versions of one address that share 128 bits are not to be expected.
        private const int TagBytes = 16;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            var tag = Tag();
            response.Headers.ETag = tag;
            response.Headers.CacheControl = cacheControl;
            response.Headers.Append("Vary", "Authorization, Accept");
            if (Has(httpContext.Request.Headers.IfNoneMatch.ToString(), tag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
            response.ContentType = contentType;
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }

        private string Tag()
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(body, hash);
            return $"\"{Convert.ToHexStringLower(hash[..TagBytes])}\"";
        }

        /// <summary>Compared weakly, as RFC 9110 has it for If-None-Match; proxies that compress make tags weak.</summary>
        private static bool Has(string header, string tag)
        {
            foreach (var part in header.AsSpan().Split(','))
            {
                var given = header.AsSpan()[part].Trim();
                given = given.StartsWith("W/", StringComparison.Ordinal) ? given[2..] : given;
                if (given.SequenceEqual(tag) || given is "*")
                {
                    return true;
                }
            }
            return false;
        }
    }

    private sealed class ChangeBody(byte[] body, int status) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.Headers.CacheControl = "no-store";
            httpContext.Response.ContentType = "application/json";
            httpContext.Response.ContentLength = body.Length;
            await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}
