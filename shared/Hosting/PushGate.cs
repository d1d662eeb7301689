using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Nocturne.Hosting;

/// <summary>
/// Thrown where an answer can only be given by an exception: the delivery is to be answered with
/// <paramref name="status"/>, and comes again. <see cref="PushGate"/> catches it.
/// </summary>
/// <param name="status">The HTTP status, one that does not acknowledge.</param>
public sealed class PushNotAcknowledgedException(int status) : Exception($"The delivery is answered {status}.")
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;
}

/// <summary>
/// A receiver over HTTP: who calls, whether there is still time, how large the body is, and what is in it, before the
/// receiver hears of it; the span and the count of the delivery around it.
/// </summary>
/// <remarks>
/// 405 for another method than POST, 401 and 403 by <see cref="PushIdentity"/>, 413 above <see cref="MaxBodyBytes"/>,
/// 503 while the process ends; everything else is the receiver's answer. A body in which there is no message goes to
/// <see cref="IPushReceiver.RefuseAsync"/>.
/// </remarks>
public sealed partial class PushGate(
    IPushReceiver receiver,
    PushIdentity identity,
    PushDrain drain,
    ILogger<PushGate> logger
)
{
    /// <summary>The largest body: Pub/Sub's largest message (10 MB) in base64, with its attributes and names.</summary>
    public const int MaxBodyBytes = 16 << 20;

    private const string CloudEventHeader = "ce-id";

    /// <summary>Handles a request to its end.</summary>
    public Task HandleAsync(HttpContext context) => HandleAsync(context, next: null);

    /// <summary>
    /// The same before somebody who hands the message to the receiver in his own way (the Functions Framework): a
    /// request that is a message from the right caller goes on to <paramref name="next"/>, with its body in memory.
    /// </summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate? next)
    {
        var response = context.Response;
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = HttpMethods.Post;
            return;
        }
        if (drain.IsStopping)
        {
            Answer(response, StatusCodes.Status503ServiceUnavailable, "", "draining");
            return;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.GiveUp);
        try
        {
            await AdmitAsync(context, next, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            if (drain.GiveUp.IsCancellationRequested)
            {
                LogGivenUp();
            }
            Answer(response, StatusCodes.Status503ServiceUnavailable, "", "draining");
        }
    }

    private async Task AdmitAsync(HttpContext context, RequestDelegate? next, CancellationToken cancellationToken)
    {
        var verdict = await identity.VerifyAsync(context.Request.Headers.Authorization, cancellationToken);
        if (!verdict.IsAdmitted)
        {
            LogNotAdmitted(verdict.Status, verdict.Reason);
            var outcome = verdict.Status switch
            {
                StatusCodes.Status401Unauthorized => "unauthorized",
                StatusCodes.Status403Forbidden => "forbidden",
                _ => "retried",
            };
            Answer(context.Response, verdict.Status, "", outcome);
            return;
        }
        if (await HttpEndpoints.ReadBodyAsync(context.Request, MaxBodyBytes, cancellationToken) is not { } body)
        {
            LogOversized(MaxBodyBytes);
            Answer(context.Response, StatusCodes.Status413PayloadTooLarge, "", "oversized");
            return;
        }
        if (!PushDecoder.TryDecode(body, out var message, out var error))
        {
            var status = await receiver.RefuseAsync(body, error, cancellationToken);
            Answer(context.Response, status, "", PushStatus.Acknowledges(status) ? "refused" : "retried");
            return;
        }
        var subscription = message.Subscription[(message.Subscription.LastIndexOf('/') + 1)..];
        var answer = await DeliverAsync(context, next, message, subscription, body, cancellationToken);
        Answer(
            context.Response,
            answer,
            subscription,
            PushStatus.Acknowledges(answer) ? "acknowledged"
                : answer == StatusCodes.Status500InternalServerError ? "failed"
                : "retried"
        );
    }

    private async ValueTask<int> DeliverAsync(
        HttpContext context,
        RequestDelegate? next,
        PushedMessage message,
        string subscription,
        byte[] body,
        CancellationToken cancellationToken
    )
    {
        using var span = StartSpan(message, subscription);
        try
        {
            var status = next is null
                ? await receiver.ReceiveAsync(message, cancellationToken)
                : await PassOnAsync(context, next, body, cancellationToken);
            if (!PushStatus.Acknowledges(status))
            {
                span?.SetStatus(ActivityStatusCode.Error, $"answered {status}");
            }
            return status;
        }
        catch (PushNotAcknowledgedException e)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            return e.Status;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(message.Id, e);
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            return StatusCodes.Status500InternalServerError;
        }
    }

    private static async ValueTask<int> PassOnAsync(
        HttpContext context,
        RequestDelegate next,
        byte[] body,
        CancellationToken cancellationToken
    )
    {
        var request = context.Request;
        request.Body = new MemoryStream(body, writable: false);
        request.ContentLength = body.Length;
        if (
            !request.Headers.ContainsKey(CloudEventHeader)
            && request.ContentType?.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase) != true
        )
        {
            request.ContentType = "application/json"; // the framework wants it to the letter
        }
        context.RequestAborted = cancellationToken;
        await next(context);
        return context.Response.StatusCode;
    }

    /// <summary>The delivery belongs to the publisher's trace; the HTTP request that brought it is linked.</summary>
    private static Activity? StartSpan(PushedMessage message, string subscription)
    {
        if (!NocturneTelemetry.Activities.HasListeners())
        {
            return null;
        }
        var parent = TraceContext.Of(message.Attributes);
        var links =
            parent == default || Activity.Current is not { } request
                ? null
                : new[] { new ActivityLink(request.Context) };
        var span = NocturneTelemetry.Activities.StartActivity(
            $"process {subscription}",
            ActivityKind.Consumer,
            parent,
            tags: null,
            links
        );
        span?.SetTag("messaging.system", "gcp_pubsub");
        span?.SetTag("messaging.destination.subscription.name", subscription);
        span?.SetTag("messaging.message.id", message.Id);
        if (message.DeliveryAttempt > 0)
        {
            span?.SetTag("messaging.gcp_pubsub.message.delivery_attempt", message.DeliveryAttempt);
        }
        return span;
    }

    private static void Answer(HttpResponse response, int status, string subscription, string outcome)
    {
        NocturneTelemetry.PushDeliveries.Add(1, new("subscription", subscription), new("outcome", outcome));
        if (!response.HasStarted)
        {
            response.StatusCode = status;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a push with {Status}: {Reason}")]
    private partial void LogNotAdmitted(int status, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a push with 413: its body has more than {Bytes} bytes")]
    private partial void LogOversized(int bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The process ends before a delivery did; it comes again")]
    private partial void LogGivenUp();

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} failed and comes again")]
    private partial void LogFailed(string id, Exception failure);
}

/// <summary>What Pub/Sub makes of an answer.</summary>
public static class PushStatus
{
    /// <summary>Whether a status acknowledges the delivery; every other one asks for another.</summary>
    public static bool Acknowledges(int status) => status is 102 or 200 or 201 or 202 or 204;
}

/// <summary>Maps receivers to routes.</summary>
public static class PushRoutes
{
    /// <summary>Maps <c>POST</c> <paramref name="pattern"/> to a receiver.</summary>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="pattern">The route's pattern: <c>/push/IngestEvents</c>.</param>
    /// <param name="receiver">Who takes the messages.</param>
    /// <param name="identity">Who may push; <see cref="PushIdentity.Waived"/> for emulators.</param>
    public static IEndpointConventionBuilder MapPush(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        IPushReceiver receiver,
        PushIdentity identity
    )
    {
        var services = endpoints.ServiceProvider;
        var drain =
            services.GetService<PushDrain>()
            ?? new PushDrain(
                services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
                services.GetService<TimeProvider>() ?? TimeProvider.System
            );
        var gate = new PushGate(receiver, identity, drain, services.GetRequiredService<ILogger<PushGate>>());
        return endpoints.MapPost(pattern, new RequestDelegate(gate.HandleAsync));
    }
}
