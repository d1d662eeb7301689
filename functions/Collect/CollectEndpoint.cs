using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Collect.ListenBrainz;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Identity;
using Nocturne.Ports;

namespace Nocturne.Collect;

/// <summary>Collect over HTTP.</summary>
/// <remarks>
/// 200 with what became of each line, where one was accepted; 400 where none was, or the body is no NDJSON and no array;
/// 401 without a credential; 413 over the bound; 429 for too many requests; 503 with Retry-After while events cannot be
/// published. Errors are problem details (RFC 9457).
/// </remarks>
public sealed partial class CollectEndpoint
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly CollectHandler _handler;
    private readonly AccessGate _gate;
    private readonly CollectOptions _options;
    private readonly ILogger<CollectEndpoint> _logger;

    internal CollectEndpoint(
        CollectHandler handler,
        AccessGate gate,
        ListenBrainzRoutes listenBrainz,
        CollectOptions options,
        ILogger<CollectEndpoint> logger
    )
    {
        (_handler, _gate, ListenBrainz) = (handler, gate, listenBrainz);
        (_options, _logger) = (options, logger);
    }

    internal ListenBrainzRoutes ListenBrainz { get; }

    internal void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints
            .MapBehind(_gate)
            .MapPost("/v1/events", (Delegate)PostEventsAsync)
            .WithMetadata(new RouteAccess(AccessRule.ByPath, _options.MaxBodyBytes));
        ListenBrainz.Map(endpoints);
    }

    /// <summary>Handles <c>POST /v1/events</c>.</summary>
    public async Task<IResult> PostEventsAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        try
        {
            var read = await HttpEndpoints.ReadBodyAsync(context.Request, _options.MaxBodyBytes, cancellationToken);
            if (read is not { } body)
            {
                return Results.Problem(
                    $"A body has at most {_options.MaxBodyBytes} bytes; send the events in several.",
                    statusCode: StatusCodes.Status413PayloadTooLarge
                );
            }
            var outcome = await _handler.HandleAsync(context.Admission().Caller, body, cancellationToken);
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
            context.Response.Headers.RetryAfter = _options.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
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
    /// <summary>Maps <c>POST /v1/events</c>, and the ListenBrainz protocol at <c>/1</c> and <c>/apis/listenbrainz/1</c>.</summary>
    public static IEndpointRouteBuilder MapCollect(this IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<CollectEndpoint>();
        endpoint.Map(endpoints);
        return endpoints;
    }
}
