using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Privacy;

namespace Nocturne.Serve.Privacy;

/// <summary>What listeners may ask of their data: all of it, and that it goes.</summary>
public static class PrivacyEndpoints
{
    /// <summary>
    /// Maps <c>GET /v1/listeners/{id}/export</c> (a zip, streamed), <c>DELETE /v1/listeners/{id}</c> (202: it has begun,
    /// and nothing received before counts any more) and <c>GET /v1/listeners/{id}/deletion</c> (how far it is; its
    /// receipt). Who may ask is settled before: by the id in the path.
    /// </summary>
    /// <param name="endpoints">The routes.</param>
    /// <param name="stores">What is searched. The archive is not: docs/privacy.md.</param>
    public static void MapPrivacy(this IEndpointRouteBuilder endpoints, PrivacyStores stores)
    {
        var deletions = new Deletions(stores);
        var export = new ListenerExport(stores);
        endpoints.MapGet(
            "/v1/listeners/{id}/export",
            (string id, HttpResponse response) =>
            {
                if (!Id.IsValid(id))
                {
                    return NotAnId(id);
                }
                var date = stores.Time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                response.Headers.CacheControl = "no-store";
                return Results.Stream(
                    async output =>
                        await export.WriteAsync(
                            new ListenerId(id),
                            output,
                            withLines: false,
                            (_, _) => { },
                            response.HttpContext.RequestAborted
                        ),
                    "application/zip",
                    $"nocturne-export-{date}.zip"
                );
            }
        );
        endpoints.MapDelete(
            "/v1/listeners/{id}",
            async (string id, HttpResponse response, CancellationToken cancellationToken) =>
            {
                if (!Id.IsValid(id))
                {
                    return NotAnId(id);
                }
                var deletion = await deletions.RequestAsync(new ListenerId(id), cancellationToken);
                deletion = await deletions.RunDocumentsAsync(deletion, cancellationToken);
                response.Headers.CacheControl = "no-store";
                response.Headers.Location = $"/v1/listeners/{Uri.EscapeDataString(id)}/deletion";
                return Results.Text(deletion.ToBytes(), "application/json", StatusCodes.Status202Accepted);
            }
        );
        endpoints.MapGet(
            "/v1/listeners/{id}/deletion",
            async (string id, HttpResponse response, CancellationToken cancellationToken) =>
            {
                if (!Id.IsValid(id))
                {
                    return NotAnId(id);
                }
                response.Headers.CacheControl = "no-store";
                return await deletions.ReadAsync(new ListenerId(id), cancellationToken) is { } deletion
                    ? Results.Bytes(deletion.ToBytes(), "application/json")
                    : Results.Problem(
                        $"'{id}' has not asked for a deletion: DELETE /v1/listeners/{{id}} does.",
                        statusCode: StatusCodes.Status404NotFound
                    );
            }
        );
    }

    private static IResult NotAnId(string id) =>
        Results.Problem($"'{id}' is not a listener id.", statusCode: StatusCodes.Status400BadRequest);
}
