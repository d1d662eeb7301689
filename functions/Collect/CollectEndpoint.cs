using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Hosting;
using Nocturne.Ports;

namespace Nocturne.Collect;

/// <summary>Collect over HTTP.</summary>
/// <remarks>
/// 200 with what became of each line, where one was accepted; 400 where none was, or the body is no NDJSON and no array;
/// 413 over the bound; 503 with Retry-After while events cannot be published. Errors are problem details (RFC 9457).
/// </remarks>
public sealed partial class CollectEndpoint(
    CollectHandler handler,
    CollectOptions options,
    ILogger<CollectEndpoint> logger
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Handles <c>POST /v1/events</c>.</summary>
    public async Task<IResult> PostEventsAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var read = await HttpEndpoints.ReadBodyAsync(context.Request, options.MaxBodyBytes, cancellationToken);
        if (read is not { } body)
        {
            return Results.Problem(
                $"A body has at most {options.MaxBodyBytes} bytes; send the events in several.",
                statusCode: StatusCodes.Status413PayloadTooLarge
            );
        }
        try
        {
            var outcome = await handler.HandleAsync(body, cancellationToken);
            LogCollected(outcome.Accepted, outcome.Rejected, body.Length);
            return Answer(outcome);
        }
        catch (JsonException e)
        {
            return Results.Problem(
                $"The body starts with '[' and is not a JSON array: {e.Message}",
                statusCode: StatusCodes.Status400BadRequest
            );
        }
        catch (StoreUnavailableException e)
        {
            LogUnavailable(e.Message);
            context.Response.Headers.RetryAfter = options.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            return Results.Problem(
                "The events could not be published; send them again, it does no harm.",
                statusCode: StatusCodes.Status503ServiceUnavailable
            );
        }
    }

    private static IResult Answer(CollectOutcome outcome)
    {
        if (outcome.Accepted > 0)
        {
            return Results.Json(outcome, Json);
        }
        if (outcome.Rejected == 0)
        {
            return Results.Problem("The body has no events.", statusCode: StatusCodes.Status400BadRequest);
        }
        return Results.Problem(
            "None of the lines is an event.",
            statusCode: StatusCodes.Status400BadRequest,
            extensions: new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["accepted"] = outcome.Accepted,
                ["rejected"] = outcome.Rejected,
                ["lines"] = JsonSerializer.SerializeToElement(outcome.Lines, Json),
            }
        );
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Took {Accepted} events, refused {Rejected}, of {Bytes} bytes"
    )]
    private partial void LogCollected(int accepted, int rejected, int bytes);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Events could not be published, the client is asked again: {Error}"
    )]
    private partial void LogUnavailable(string error);
}

/// <summary>Maps Collect's routes.</summary>
public static class CollectRoutes
{
    /// <summary>Maps <c>POST /v1/events</c>.</summary>
    public static IEndpointRouteBuilder MapCollect(this IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<CollectEndpoint>();
        endpoints.MapPost("/v1/events", (Delegate)endpoint.PostEventsAsync);
        return endpoints;
    }
}
