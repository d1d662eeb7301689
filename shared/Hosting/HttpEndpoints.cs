using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Nocturne.Hosting;

/// <summary>What every function's HTTP has.</summary>
public static class HttpEndpoints
{
    private const string LivePath = "/health/live";
    private const string ReadyPath = "/health/ready";

    /// <summary>Maps <c>GET /health/live</c> and <c>/health/ready</c>; ready answers 503 while the check fails.</summary>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="isReady">Whether requests can be served now.</param>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, Func<CancellationToken, ValueTask<bool>> isReady)
    {
        endpoints.MapGet(LivePath, new RequestDelegate(AnswerLiveAsync));
        endpoints.MapGet(ReadyPath, new RequestDelegate(context => AnswerReadyAsync(context, isReady)));
    }

    /// <summary>The same where there is no routing: answers these two paths and passes on everything else.</summary>
    /// <param name="app">Where to answer.</param>
    /// <param name="isReady">Whether requests can be served now.</param>
    public static IApplicationBuilder UseHealth(
        this IApplicationBuilder app,
        Func<CancellationToken, ValueTask<bool>> isReady
    ) =>
        app.Use(next =>
            context =>
                !HttpMethods.IsGet(context.Request.Method) ? next(context)
                : context.Request.Path == LivePath ? AnswerLiveAsync(context)
                : context.Request.Path == ReadyPath ? AnswerReadyAsync(context, isReady)
                : next(context)
        );

    /// <summary>Reads a request's body whole; null if it is larger than <paramref name="maxBytes"/>.</summary>
    public static async ValueTask<byte[]?> ReadBodyAsync(
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

    private static Task AnswerLiveAsync(HttpContext context) => AnswerAsync(context, 200, "live");

    private static async Task AnswerReadyAsync(HttpContext context, Func<CancellationToken, ValueTask<bool>> isReady)
    {
        if (await isReady(context.RequestAborted))
        {
            await AnswerAsync(context, StatusCodes.Status200OK, "ready");
        }
        else
        {
            await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable");
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync($$"""{"status":"{{text}}"}""", context.RequestAborted);
    }
}
