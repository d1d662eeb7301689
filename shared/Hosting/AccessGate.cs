using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Ports;

namespace Nocturne.Hosting;

/// <summary>
/// What stands before every route that apps call: CORS, rates, who calls, whether they may, the body's bound, and that
/// a failure is answered as problem details (RFC 9457).
/// </summary>
/// <remarks>
/// It wraps the routes themselves, not the pipeline before them, so no host can forget it and no route is found
/// without it. Rates of addresses come first: who guesses is slowed down too.
/// </remarks>
/// <param name="callers">Who callers are.</param>
/// <param name="ofCallers">How often one caller may come.</param>
/// <param name="ofAddresses">How often one address may.</param>
/// <param name="options">How it admits.</param>
/// <param name="logger">Refusals and failures; no credential and no id.</param>
public sealed partial class AccessGate(
    Callers callers,
    RateLimiter ofCallers,
    RateLimiter ofAddresses,
    AccessOptions options,
    ILogger<AccessGate> logger
)
{
    /// <summary>How routes begin that are one listener's.</summary>
    public const string ListenerPattern = "/v1/listeners/{id}";

    /// <summary>Puts the gate before a route.</summary>
    /// <param name="handler">The route.</param>
    /// <param name="pattern">Its pattern.</param>
    /// <param name="access">Its rule.</param>
    public RequestDelegate Guard(RequestDelegate handler, string pattern, RouteAccess access)
    {
        var isListeners =
            pattern.Equals(ListenerPattern, StringComparison.Ordinal)
            || pattern.StartsWith(ListenerPattern + "/", StringComparison.Ordinal);
        var mostBytes = access.MaxBodyBytes ?? options.MaxBodyBytes;
        return async context =>
        {
            WriteCors(context);
            context.Response.Headers.XContentTypeOptions = "nosniff";
            if (context.Request.ContentLength > mostBytes)
            {
                // Before the bound is set: what is a little too large, the server still reads, and the client the answer.
                await TooLarge(mostBytes).ExecuteAsync(context);
                return;
            }
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            {
                body.MaxRequestBodySize = mostBytes;
            }
            IResult? refusal;
            try
            {
                refusal = await AdmitAsync(context, access.Rule, isListeners);
                if (refusal is null)
                {
                    await handler(context);
                }
            }
            catch (Exception e) when (!context.Response.HasStarted && !IsCancelled(e, context))
            {
                refusal = AnswerTo(e, context);
            }
            if (refusal is not null)
            {
                await refusal.ExecuteAsync(context);
            }
        };
    }

    /// <summary>Lets a request in (null), or says what it is answered.</summary>
    private async ValueTask<IResult?> AdmitAsync(HttpContext context, AccessRule rule, bool isListeners)
    {
        var header = context.Request.Headers.Authorization.ToString().Trim();
        // A page that somebody else's site shows in this machine's browser is not this machine's user.
        if (header.Length == 0 && options.AllowAnonymous && (rule == AccessRule.Anyone || IsNoForeignPage(context)))
        {
            return Judge(context, Caller.Developer, rule, isListeners);
        }
        var rate = ofAddresses.Take(RequestOrigin.AddressOf(context, options.TrustedProxies));
        if (!rate.IsAllowed)
        {
            return Busy(context, rate);
        }
        if (rule == AccessRule.Anyone)
        {
            return null;
        }
        if (header.Length == 0)
        {
            return Unknown(context, $"This needs a credential. {options.Remedy}");
        }
        var credential = RequestOrigin.CredentialOf(context.Request);
        if (string.IsNullOrEmpty(credential))
        {
            return Unknown(context, $"The Authorization header holds no credential. {options.Remedy}");
        }
        var scheme = header[..header.IndexOf(' ', StringComparison.Ordinal)];
        var (caller, why) = await callers.FindAsync(scheme, credential, context.RequestAborted);
        if (caller is null)
        {
            return Unknown(context, why);
        }
        rate = ofCallers.Take(caller.RateKey);
        return rate.IsAllowed ? Judge(context, caller, rule, isListeners) : Busy(context, rate);
    }

    private IResult? Judge(HttpContext context, Caller caller, AccessRule rule, bool isListeners)
    {
        ListenerId? listener = null;
        // What is judged here is what the handler reads, whichever way it does.
        foreach (var name in context.Request.RouteValues.Keys.ToList())
        {
            if (context.Request.RouteValues[name] is string)
            {
                context.Request.RouteValues[name] = context.PathPart(name);
            }
        }
        if (isListeners)
        {
            var id = context.PathPart("id");
            if (!Id.IsValid(id))
            {
                return Results.Problem(
                    $"This is not a listener id: an id is 1 to {Id.MaxBytes} bytes of UTF-8 without control characters.",
                    statusCode: StatusCodes.Status400BadRequest
                );
            }
            listener = new ListenerId(id);
            if (!caller.MayActFor(listener.Value))
            {
                return Forbidden("The credential is another listener's: one reads and changes one's own data only.");
            }
        }
        if (rule == AccessRule.Operators && !caller.IsOperator)
        {
            return Forbidden("This is for operators: docs/serving.md says who is one.");
        }
        context.Features.Set(new Admission(caller, listener));
        return null;
    }

    private IResult AnswerTo(Exception failure, HttpContext context)
    {
        switch (failure)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return TooLarge(context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize);
            case BadHttpRequestException bad:
                return Results.Problem(bad.Message, statusCode: bad.StatusCode);
            case JsonException:
                return Results.Problem(
                    "The body is not the JSON that is expected here; /openapi.json says what is.",
                    statusCode: StatusCodes.Status400BadRequest
                );
            case StoreUnavailableException or DocumentConflictException:
                LogUnavailable(failure.Message);
                context.Response.Headers.RetryAfter = Text(options.RetryAfterSeconds);
                return Results.Problem(
                    "This cannot be answered at the moment; try again.",
                    statusCode: StatusCodes.Status503ServiceUnavailable
                );
            default:
                LogFailed(failure, context.Request.Method);
                return Results.Problem(
                    "Something went wrong here; it is recorded.",
                    statusCode: StatusCodes.Status500InternalServerError
                );
        }
    }

    private bool IsNoForeignPage(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        return origin.Length == 0 || IsAllowed(origin);
    }

    private bool IsAllowed(string origin) =>
        options.AllowedOrigins.Contains("*", StringComparer.Ordinal)
        || options.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    private static bool IsCancelled(Exception failure, HttpContext context) =>
        failure is OperationCanceledException && context.RequestAborted.IsCancellationRequested;

    private static IResult TooLarge(long? most) =>
        Results.Problem(
            $"The body is too large: here it has at most {most} bytes.",
            statusCode: StatusCodes.Status413PayloadTooLarge
        );

    private IResult Unknown(HttpContext context, string why)
    {
        LogRefused(StatusCodes.Status401Unauthorized, why);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Problem(why, statusCode: StatusCodes.Status401Unauthorized);
    }

    private IResult Forbidden(string why)
    {
        LogRefused(StatusCodes.Status403Forbidden, why);
        return Results.Problem(why, statusCode: StatusCodes.Status403Forbidden);
    }

    private static IResult Busy(HttpContext context, RateDecision rate)
    {
        context.Response.Headers.RetryAfter = Text(rate.ResetIn);
        return Results.Problem(
            $"Too many requests: {rate.Limit} may come at once. Come again when Retry-After says.",
            statusCode: StatusCodes.Status429TooManyRequests
        );
    }

    /// <summary>Credentials come in a header, never in a cookie, so an origin that may call gains nothing by itself.</summary>
    private void WriteCors(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || options.AllowedOrigins.Count == 0)
        {
            return;
        }
        var headers = context.Response.Headers;
        headers.Append("Vary", "Origin");
        if (!IsAllowed(origin))
        {
            return;
        }
        headers.AccessControlAllowOrigin = options.AllowedOrigins.Contains("*", StringComparer.Ordinal) ? "*" : origin;
        headers.AccessControlExposeHeaders = "ETag, Location, Retry-After, WWW-Authenticate";
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            headers.AccessControlAllowMethods = "GET, POST, PUT, DELETE";
            headers.AccessControlAllowHeaders = "Authorization, Content-Type, If-None-Match, Idempotency-Key";
            headers.AccessControlMaxAge = "7200";
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Information, Message = "Refused a request with {Status}: {Reason}")]
    private partial void LogRefused(int status, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A store did not answer, the client is asked again: {Error}")]
    private partial void LogUnavailable(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A {Method} request failed")]
    private partial void LogFailed(Exception failure, string method);
}
