using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;

namespace Nocturne.Serve;

/// <summary>The routes that apps call.</summary>
public static class ServeEndpoints
{
    private const string JspfType = "application/jspf+json";

    /// <summary>
    /// Maps <c>GET /v1/listeners/{id}/playlists</c> (all, in brief) and <c>…/playlists/{kind}</c> (one, whole; JSPF
    /// for <c>?format=jspf</c> or <c>Accept: application/jspf+json</c>), <c>…/home</c> and <c>…/made-for-you</c>.
    /// </summary>
    /// <param name="endpoints">The routes.</param>
    /// <param name="published">What is read.</param>
    /// <param name="time">By which Home knows the part of the day; by default the system's.</param>
    public static void MapServe(
        this IEndpointRouteBuilder endpoints,
        PublishedPlaylists published,
        TimeProvider? time = null
    )
    {
        MapHome(endpoints, published, time ?? TimeProvider.System);
        endpoints.MapGet(
            "/v1/listeners/{id}/playlists",
            async (string id, CancellationToken cancellationToken) =>
            {
                if (!Id.IsValid(id))
                {
                    return NotAnId(id);
                }
                var playlists = await published.ReadAsync(new ListenerId(id), cancellationToken);
                return playlists is null ? NoPlaylists(id) : Results.Bytes(Brief(id, playlists), "application/json");
            }
        );
        endpoints.MapGet(
            "/v1/listeners/{id}/playlists/{kind}",
            async (string id, string kind, string? format, HttpRequest request, CancellationToken cancellationToken) =>
            {
                if (!Id.IsValid(id))
                {
                    return NotAnId(id);
                }
                if (format is not (null or "json" or "jspf"))
                {
                    return Results.Problem(
                        $"There is no format '{format}': use json or jspf.",
                        statusCode: StatusCodes.Status400BadRequest
                    );
                }
                var playlists = await published.ReadAsync(new ListenerId(id), cancellationToken);
                var playlist = playlists?.Playlists.FirstOrDefault(p => p.Kind.Value == kind);
                if (playlist is null)
                {
                    return playlists is null
                        ? NoPlaylists(id)
                        : Results.Problem(
                            $"'{id}' has no playlist '{kind}'; it has {string.Join(", ", playlists.Playlists.Select(p => p.Kind.Value))}.",
                            statusCode: StatusCodes.Status404NotFound
                        );
                }
                var wantsJspf =
                    format == "jspf"
                    || (
                        format is null
                        && request.Headers.Accept.ToString().Contains(JspfType, StringComparison.OrdinalIgnoreCase)
                    );
                return wantsJspf
                    ? Results.Bytes(Jspf.Write(playlist, new PlaylistLinks()), JspfType)
                    : Results.Bytes(PlaylistJson.Write(playlist), "application/json");
            }
        );
    }

    private static void MapHome(IEndpointRouteBuilder endpoints, PublishedPlaylists published, TimeProvider time)
    {
        endpoints.MapGet(
            "/v1/listeners/{id}/home",
            (string id, CancellationToken cancellationToken) =>
                ReadAsync(
                    id,
                    (home, playlists) => HomeJson.Write(home, playlists, Instant.From(time.GetUtcNow())),
                    cancellationToken
                )
        );
        endpoints.MapGet(
            "/v1/listeners/{id}/made-for-you",
            (string id, CancellationToken cancellationToken) =>
                ReadAsync(id, HomeJson.WriteMadeForYou, cancellationToken)
        );

        async Task<IResult> ReadAsync(
            string id,
            Func<HomePage, IReadOnlyList<Playlist>, byte[]> write,
            CancellationToken cancellationToken
        )
        {
            if (!Id.IsValid(id))
            {
                return NotAnId(id);
            }
            var playlists = await published.ReadAsync(new ListenerId(id), cancellationToken);
            return playlists?.Home is { } home
                ? Results.Bytes(write(home, playlists.Playlists), "application/json")
                : NoPlaylists(id);
        }
    }

    private static IResult NotAnId(string id) =>
        Results.Problem($"'{id}' is not a listener id.", statusCode: StatusCodes.Status400BadRequest);

    private static IResult NoPlaylists(string id) =>
        Results.Problem(
            $"There are no playlists for '{id}' yet: they are made nightly for listeners with events.",
            statusCode: StatusCodes.Status404NotFound
        );

    private static byte[] Brief(string listener, ListenerPlaylists playlists)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("listener"u8, listener);
            json.WriteString("run"u8, playlists.Run);
            json.WriteStartArray("playlists"u8);
            foreach (var playlist in playlists.Playlists)
            {
                json.WriteStartObject();
                json.WriteString("kind"u8, playlist.Kind.Value);
                json.WriteString("id"u8, playlist.Id.ToString());
                json.WriteString("title"u8, playlist.Title);
                json.WriteString("description"u8, playlist.Description);
                json.WriteNumber("tracks"u8, playlist.Tracks.Count);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
