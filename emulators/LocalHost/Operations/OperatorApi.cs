using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>
/// <see cref="IOperations"/> over HTTP, for the commands that find a folder open. Each request proves with
/// <see cref="HostFile.Token"/> that it comes from someone who can read the folder.
/// </summary>
internal static class OperatorApi
{
    public const string TokenHeader = "X-Nocturne-Operator";
    public const int MaxCatalogueBytes = 256 << 20;

    public static void MapOperator(this IEndpointRouteBuilder endpoints, IOperations operations, string token)
    {
        var group = endpoints.MapGroup("/operator");
        group.AddEndpointFilter(
            async (context, next) =>
                IsToken(context.HttpContext.Request.Headers[TokenHeader].ToString(), token)
                    ? await next(context)
                    : Results.Problem("The operator's token is missing or wrong.", statusCode: 403)
        );
        group.MapGet("/host", () => Results.Json(Environment.ProcessId));
        group.MapPost(
            "/publish",
            async (HttpRequest request, CancellationToken cancellationToken) =>
            {
                var read = await HttpEndpoints.ReadBodyAsync(request, PublishLimits.MaxMessageBytes, cancellationToken);
                if (read is not { } body)
                {
                    return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
                }
                await operations.PublishAsync([new OutgoingMessage(body)], cancellationToken);
                return Results.NoContent();
            }
        );
        group.MapGet("/backlog", async (CancellationToken ct) => Results.Json(await operations.BacklogAsync(ct)));
        group.MapPost(
            "/drain",
            async (CancellationToken ct) =>
            {
                await operations.DrainAsync(ct);
                return Results.NoContent();
            }
        );
        group.MapPost(
            "/runs/{run}",
            async (string run, CancellationToken ct) =>
            {
                await operations.StartNightAsync(RunId.Parse(run), ct);
                return Results.NoContent();
            }
        );
        foreach (var step in (NightStep[])[NightStep.Cancel, NightStep.Resume])
        {
            group.MapPost(
                $"/runs/{{run}}/{NightMessage.NameOf(step)}",
                async (string run, CancellationToken ct) =>
                {
                    await operations.ControlNightAsync(step, RunId.Parse(run), ct);
                    return Results.NoContent();
                }
            );
        }
        group.MapGet(
            "/runs/{run}",
            async (string run, CancellationToken ct) =>
                Answer(await operations.ReadRunAsync(run == "published" ? null : RunId.Parse(run), ct))
        );
        group.MapGet(
            "/listeners/{id}",
            async (string id, CancellationToken ct) =>
                Answer(await operations.ReadListenerAsync(ListenerId.Parse(id), ct))
        );
        group.MapGet(
            "/listeners/{id}/playlists",
            async (string id, CancellationToken ct) =>
                Answer(await operations.ReadPlaylistsAsync(ListenerId.Parse(id), ct))
        );
        group.MapPost(
            "/blends/{action}",
            async (BlendAction action, string blend, string listener, CancellationToken ct) =>
                Results.Json(
                    await operations.ChangeBlendAsync(action, BlendId.Parse(blend), ListenerId.Parse(listener), ct),
                    CommandJson.Line
                )
        );
        group.MapGet(
            "/blends",
            async (string blend, CancellationToken ct) =>
                Answer(await operations.ReadBlendAsync(BlendId.Parse(blend), ct))
        );
        group.MapPost(
            "/listeners/{id}/tokens/{name}",
            async (string id, string name, CancellationToken ct) =>
                Answer(await operations.CreateTokenAsync(ListenerId.Parse(id), name, ct))
        );
        group.MapGet(
            "/listeners/{id}/tokens",
            async (string id, CancellationToken ct) =>
                Answer(await operations.ListTokensAsync(ListenerId.Parse(id), ct))
        );
        group.MapDelete(
            "/listeners/{id}/tokens/{token}",
            async (string id, string token, CancellationToken ct) =>
                Results.Json(await operations.RevokeTokenAsync(ListenerId.Parse(id), token, ct))
        );
        group.MapPut(
            "/catalogue/{name}",
            async (string name, HttpRequest request, CancellationToken ct) =>
            {
                var read = await HttpEndpoints.ReadBodyAsync(request, MaxCatalogueBytes, ct);
                if (read is not { } body)
                {
                    return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
                }
                await operations.UploadCatalogueAsync(name, new MemoryStream(body.ToArray()), ct);
                return Results.NoContent();
            }
        );
        group.MapPost("/redrive", async (CancellationToken ct) => Answer(await operations.RedriveAsync(ct)));
        group.MapGet("/findings", async (CancellationToken ct) => Answer(await operations.ExamineAsync(ct)));
    }

    private static IResult Answer<T>(T? value) =>
        value is null ? Results.NotFound() : Results.Json(value, CommandJson.Line);

    private static bool IsToken(string given, string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token));
}
