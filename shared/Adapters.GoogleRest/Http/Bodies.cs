using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Bodies of requests.</summary>
internal static class Bodies
{
    /// <summary>The media type of JSON.</summary>
    public static readonly MediaTypeHeaderValue JsonType = new("application/json") { CharSet = "utf-8" };

    /// <summary>Writes a JSON body once, for all attempts.</summary>
    /// <param name="expectedBytes">The buffer's first size; a good guess saves copies.</param>
    /// <param name="write">Writes one value.</param>
    public static ReadOnlyMemory<byte> Write(int expectedBytes, Action<Utf8JsonWriter> write)
    {
        // Not a pooled buffer: a cancelled or answered request may still be read by its connection.
        var buffer = new ArrayBufferWriter<byte>(expectedBytes);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            write(writer);
        }
        return buffer.WrittenMemory;
    }

    /// <summary>A body of JSON.</summary>
    public static HttpContent Json(ReadOnlyMemory<byte> body) => Bytes(body, JsonType);

    /// <summary>A body of bytes.</summary>
    public static HttpContent Bytes(ReadOnlyMemory<byte> body, MediaTypeHeaderValue? type = null)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = type;
        return content;
    }

    /// <summary>Bytes of base64 for so many bytes of data.</summary>
    public static int Base64Length(int bytes) => (bytes + 2) / 3 * 4;
}
