using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Domain;
using Nocturne.Hosting;

namespace Nocturne.Serve;

/// <summary>What one route does with a request that was let in.</summary>
internal delegate ValueTask<IResult> ServeHandler(ServeCall call);

/// <summary>A request that was let in.</summary>
/// <param name="Context">The request.</param>
internal sealed record ServeCall(HttpContext Context)
{
    // Deeper than anything that is taken here.
    private const int MaxDepth = 8;

    /// <summary>The listener in the path, for whom the caller may act.</summary>
    public ListenerId Listener =>
        Context.Admission().Listener ?? throw new InvalidOperationException("The route names no listener.");

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>A part of the path.</summary>
    public string Part(string name) => Context.PathPart(name);

    /// <summary>A parameter of the query; null where it is not there, or empty.</summary>
    public string? Query(string name) => Context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>How many of a list are asked for; null where that is no number from 1 to <paramref name="most"/>.</summary>
    public int? Limit(int otherwise, int most) =>
        Query("limit") is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
        && limit is >= 1
        && limit <= most
            ? limit
        : null;

    /// <summary>The body's object.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    /// <exception cref="BadHttpRequestException">It is too large.</exception>
    public async ValueTask<JsonElement> ReadObjectAsync(int maxBytes)
    {
        var body =
            await HttpEndpoints.ReadBodyAsync(Context.Request, maxBytes, Aborted)
            ?? throw new BadHttpRequestException(
                $"The body is too large: here it has at most {maxBytes} bytes.",
                StatusCodes.Status413PayloadTooLarge
            );
        try
        {
            using var json = JsonDocument.Parse(
                body,
                new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false }
            );
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? json.RootElement.Clone()
                : throw new JsonException("The body is no object.");
        }
        catch (InvalidOperationException e)
        {
            // The reader's answer to a name with half of a surrogate pair, escaped.
            throw new JsonException("The body is no text.", e);
        }
    }

    /// <summary>An id in a body; null where it is none.</summary>
    public static string? IdIn(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }
        try
        {
            return value.GetString() is { } text && Id.IsValid(text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair, escaped
        }
    }
}
