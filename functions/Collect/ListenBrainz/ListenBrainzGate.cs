using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Identity;
using Nocturne.Ports;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>What one route of the protocol does.</summary>
internal delegate ValueTask<ListenBrainzAnswer> ListenBrainzHandler(ListenBrainzCall call);

/// <summary>
/// What stands before every route of the protocol: CORS, rates, tokens, and that whatever happens is answered in its
/// form. A listener's token reaches that listener's data only; other users do not exist for it.
/// </summary>
internal sealed partial class ListenBrainzGate(
    ListenerTokens tokens,
    RateLimiters limits,
    CollectOptions options,
    TimeProvider time,
    ILogger<ListenBrainzGate> logger
)
{
    /// <summary>The route value that names a user.</summary>
    public const string User = "user";

    /// <summary>Admits a listener's requests; where the route names a user, it must be that listener.</summary>
    /// <param name="handler">What is done then.</param>
    /// <param name="isSubmission">
    /// Whether the request brings listens: too many are answered 503, for a client may throw a listen away at 429.
    /// </param>
    public RequestDelegate ForListeners(ListenBrainzHandler handler, bool isSubmission = false) =>
        context =>
            AnswerAsync(
                context,
                isSubmission,
                async () =>
                {
                    var credential = RequestOrigin.CredentialOf(context.Request);
                    if (string.IsNullOrEmpty(credential))
                    {
                        return Unauthorized(
                            credential is null
                                ? "You need to provide an Authorization header."
                                : "Provided Authorization header is invalid."
                        );
                    }
                    var caller = await tokens.FindAsync(credential, context.RequestAborted);
                    if (caller?.Listener is not { } listener)
                    {
                        return Unauthorized("Invalid authorization token.");
                    }
                    var rate = limits.OfListeners.Take(listener.Value);
                    WriteRate(context, rate);
                    if (!rate.IsAllowed)
                    {
                        return Busy(context, rate, isSubmission);
                    }
                    var user = ListenBrainzCall.PartOf(context, User);
                    return user.Length > 0 && user != listener.Value
                        ? ListenBrainzAnswer.NoSuchUser(user)
                        : await handler(new ListenBrainzCall(context, listener));
                }
            );

    /// <summary>Admits anybody.</summary>
    public RequestDelegate ForAnyone(Func<HttpContext, ValueTask<ListenBrainzAnswer>> handler) =>
        context => AnswerAsync(context, isSubmission: false, () => handler(context));

    private async Task AnswerAsync(HttpContext context, bool isSubmission, Func<ValueTask<ListenBrainzAnswer>> handler)
    {
        WriteCors(context.Response.Headers);
        var rate = limits.OfAddresses.Take(RequestOrigin.AddressOf(context, options.TrustedProxies));
        WriteRate(context, rate);
        var answer = rate.IsAllowed ? await GuardAsync(context, handler) : Busy(context, rate, isSubmission);
        await answer.WriteAsync(context);
    }

    private async ValueTask<ListenBrainzAnswer> GuardAsync(
        HttpContext context,
        Func<ValueTask<ListenBrainzAnswer>> handler
    )
    {
        try
        {
            return await handler();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is StoreUnavailableException or DocumentConflictException)
        {
            LogUnavailable(e.Message);
            WriteRetryAfter(context, options.RetryAfterSeconds);
            return ListenBrainzAnswer.Error(
                StatusCodes.Status503ServiceUnavailable,
                "A store does not answer, please try again later."
            );
        }
        catch (BadHttpRequestException e)
        {
            return ListenBrainzAnswer.Error(e.StatusCode, e.Message);
        }
#pragma warning disable CA1031 // Clients read the code in the body: an answer of another form counts as a listen that was taken.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, context.Request.Method);
            return ListenBrainzAnswer.Error(
                StatusCodes.Status500InternalServerError,
                "Something went wrong. Please try again."
            );
        }
    }

    private static ListenBrainzAnswer Unauthorized(string text) =>
        ListenBrainzAnswer.Error(StatusCodes.Status401Unauthorized, text);

    private static ListenBrainzAnswer Busy(HttpContext context, RateDecision rate, bool isSubmission)
    {
        WriteRetryAfter(context, rate.ResetIn);
        return isSubmission
            ? ListenBrainzAnswer.Error(
                StatusCodes.Status503ServiceUnavailable,
                "Too many submissions at the moment, please try again later."
            )
            : ListenBrainzAnswer.Error(
                StatusCodes.Status429TooManyRequests,
                "You have exceeded your rate limit. See the X-RateLimit-* response headers for more information."
            );
    }

    private void WriteRate(HttpContext context, RateDecision rate)
    {
        var headers = context.Response.Headers;
        headers["X-RateLimit-Limit"] = Text(rate.Limit);
        headers["X-RateLimit-Remaining"] = Text(rate.Remaining);
        headers["X-RateLimit-Reset-In"] = Text(rate.ResetIn);
        headers["X-RateLimit-Reset"] = Text(time.GetUtcNow().ToUnixTimeSeconds() + rate.ResetIn);
    }

    private static void WriteRetryAfter(HttpContext context, int seconds) =>
        context.Response.Headers.RetryAfter = Text(seconds);

    private static void WriteCors(IHeaderDictionary headers)
    {
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
        headers.AccessControlAllowHeaders = "Authorization, Content-Type";
        headers.AccessControlMaxAge = "21600";
        headers.AccessControlExposeHeaders =
            "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset-In, X-RateLimit-Reset";
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A store did not answer, the client is asked again: {Error}")]
    private partial void LogUnavailable(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A {Method} request of a client failed")]
    private partial void LogFailed(Exception failure, string method);
}
