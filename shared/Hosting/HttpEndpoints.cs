using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Nocturne.Hosting;

/// <summary>What every function's HTTP has.</summary>
public static class HttpEndpoints
{
    /// <summary>Maps <c>GET /health/live</c> and <c>/health/ready</c>; ready answers 503 while the check fails.</summary>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="isReady">Whether requests can be served now.</param>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, Func<CancellationToken, ValueTask<bool>> isReady)
    {
        endpoints.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        endpoints.MapGet(
            "/health/ready",
            async (CancellationToken cancellationToken) =>
                await isReady(cancellationToken)
                    ? Results.Json(new { status = "ready" })
                    : Results.Json(new { status = "unavailable" }, statusCode: 503)
        );
    }

    /// <summary>Reads a request's body whole; null if it is larger than <paramref name="maxBytes"/>.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync(
        HttpRequest request,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > maxBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
