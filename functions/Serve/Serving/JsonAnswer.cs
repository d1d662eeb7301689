using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Playlists;

namespace Nocturne.Serve.Serving;

/// <summary>JSON that is written into the response's own pooled buffers.</summary>
/// <param name="write">Writes one value.</param>
internal sealed class JsonAnswer(Action<Utf8JsonWriter> write) : IResult
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What this build would answer, another may answer differently.
    private static readonly string Build = Assembly
        .GetExecutingAssembly()
        .ManifestModule.ModuleVersionId.ToString("N", CultureInfo.InvariantCulture)[..8];

    // A night's answers stand until the next night; asking again after a minute finds that out.
    private const string SharedCaching = "private, max-age=60";

    /// <summary>Nothing keeps it: it follows what the listener does.</summary>
    public const string NoCaching = "private, no-store";

    /// <summary>The run that the address's answer is a function of; null where it follows a listener.</summary>
    public string? Run { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.CacheControl = Run is null ? NoCaching : SharedCaching;
        if (Run is not null)
        {
            var tag = $"\"{Run}-{Build}\"";
            response.Headers.ETag = tag;
            if (httpContext.Request.Headers.IfNoneMatch.Contains(tag, StringComparer.Ordinal))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        response.ContentType = "application/json";
        await using (var writer = new Utf8JsonWriter(response.BodyWriter, Options))
        {
            write(writer);
        }
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }

    /// <summary>Writes an item as apps show it.</summary>
    public static void WriteItem(Utf8JsonWriter writer, CatalogueTrack track, long listeners)
    {
        writer.WriteString("item"u8, track.Id.Value);
        writer.WriteString("kind"u8, KindOf(track.Kind));
        WriteText(writer, "title"u8, track.Title);
        WriteText(writer, "artist_id"u8, track.Artist?.Value);
        WriteText(writer, "artist"u8, track.ArtistName);
        WriteText(writer, "album"u8, track.Album);
        if (track.Duration is { } duration)
        {
            writer.WriteNumber("duration_ms"u8, (long)duration.TotalMilliseconds);
        }
        if (track.Explicit)
        {
            writer.WriteBoolean("explicit"u8, value: true);
        }
        writer.WriteNumber("listeners"u8, listeners);
    }

    public static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    private static string KindOf(Domain.ItemKind kind) =>
        kind switch
        {
            Domain.ItemKind.Episode => "episode",
            Domain.ItemKind.Chapter => "chapter",
            _ => "track",
        };
}
