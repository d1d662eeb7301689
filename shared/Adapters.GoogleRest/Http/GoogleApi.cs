using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>One of Google's services: sends calls, repeats them, and says in words why one failed.</summary>
/// <remarks>
/// A call is repeated after 408, 429, 500, 502, 503 and 504, after <c>ABORTED</c> and <c>CANCELLED</c>, after its
/// deadline and after a broken connection, whatever it does. After 429, <c>ABORTED</c> and a connection that was never
/// made, the service has done nothing; after all else it may have done what was asked, and the answer of a later
/// attempt says so (<see cref="ApiAnswer{T}.MayHaveHappened"/>): a caller whose call does not bear repeating must look
/// at it before it believes a refusal.
/// </remarks>
internal sealed partial class GoogleApi(
    GoogleService service,
    HttpMessageInvoker http,
    RequestSigner signer,
    string project,
    RetryOptions retry,
    TimeProvider time,
    Jitter jitter,
    ILogger logger
)
{
    /// <summary>An error's body is read up to here; Google's are a few hundred bytes.</summary>
    private const int MaxErrorBytes = 64 << 10;

    /// <summary>Which service it is.</summary>
    public GoogleService Service => service;

    /// <summary>For loops over attempts.</summary>
    public RetryBudget Budget() => new(retry, time, jitter);

    /// <summary>Sends a call until there is a definite answer.</summary>
    /// <exception cref="StoreUnavailableException">There was none within the attempts and the time allowed.</exception>
    public async ValueTask<ApiAnswer<T>> SendAsync<T>(ApiCall<T> call, CancellationToken cancellationToken)
    {
        var budget = Budget();
        var mayHaveHappened = false;
        while (true)
        {
            var attempt = await AttemptAsync(call, cancellationToken);
            if (attempt.Failure is null)
            {
                var refusal = attempt.Error is { } error ? Refusal(call, error) : null;
                return new ApiAnswer<T>(attempt.Value, attempt.Error, mayHaveHappened, refusal);
            }
            mayHaveHappened |= attempt.MayHaveHappened;
            await PauseAsync(call, attempt, budget, mayHaveHappened, cancellationToken);
        }
    }

    /// <summary>Pauses after a failed attempt.</summary>
    /// <exception cref="StoreUnavailableException">There is no further attempt.</exception>
    public async ValueTask PauseAsync<T>(
        ApiCall<T> call,
        Attempt<T> attempt,
        RetryBudget budget,
        bool mayHaveHappened,
        CancellationToken cancellationToken
    )
    {
        var made = budget.Attempts;
        if (!budget.TryNext(attempt.RetryAfter, out var pause))
        {
            LogGivenUp(logger, service.Name, call.Operation, made, attempt.Failure!.Message);
            throw new StoreUnavailableException(
                $"{service.Name} at {service.Host} gave no answer to {call.Operation} of {call.Subject} in {made} "
                    + FormattableString.Invariant($"attempts and {budget.Elapsed.TotalSeconds:0.#} s")
                    + $" ({attempt.Failure!.Message})."
                    + (mayHaveHappened ? " Whether it happened is unknown." : " It did not happen.")
                    + (service.IsEmulator ? $" Does the emulator run there? {service.HostVariable} says so." : ""),
                attempt.Failure
            );
        }
        LogRepeat(logger, service.Name, call.Operation, made, pause.TotalMilliseconds, attempt.Failure!.Message);
        await Task.Delay(pause, time, cancellationToken);
    }

    /// <summary>Sends a call once.</summary>
    public async ValueTask<Attempt<T>> AttemptAsync<T>(ApiCall<T> call, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(retry.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var request = call.Request();
        HttpResponseMessage? response = null;
        var keep = false;
        try
        {
            await signer.SignAsync(request, either.Token);
            response = await http.SendAsync(request, either.Token);
            if (call.Succeeds?.Invoke(response.StatusCode) ?? response.IsSuccessStatusCode)
            {
                var value = await call.Read(response, either.Token);
                keep = call.KeepsResponse;
                return new Attempt<T> { Value = value };
            }
            var error = await ReadErrorAsync(response, either.Token);
            return Classify<T>(error, RetryAfter(response));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new Attempt<T>
            {
                Failure = new TimeoutException($"no answer within {retry.AttemptTimeout}", e),
                MayHaveHappened = true,
            };
        }
        catch (HttpRequestException e)
        {
            return new Attempt<T> { Failure = e, MayHaveHappened = WasConnected(e) };
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return new Attempt<T> { Failure = e, MayHaveHappened = true };
        }
        finally
        {
            if (!keep)
            {
                response?.Dispose();
            }
        }
    }

    /// <summary>Reads some bytes of an answer, within an attempt's deadline.</summary>
    public async ValueTask<Attempt<int>> ReadAsync(
        Stream body,
        Memory<byte> buffer,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new CancellationTokenSource(retry.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return new Attempt<int> { Value = await body.ReadAsync(buffer, either.Token) };
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new Attempt<int> { Failure = new TimeoutException($"no bytes within {retry.AttemptTimeout}", e) };
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return new Attempt<int> { Failure = e };
        }
    }

    /// <summary>A definite no as an exception of the ports, which names subject and remedy.</summary>
    public Exception Refusal<T>(ApiCall<T> call, ApiError error)
    {
        var what = $"{service.Name} refused {call.Operation} of {call.Subject}";
        return error.Code switch
        {
            HttpStatusCode.Unauthorized => new StoreUnavailableException(
                $"{what}: it does not accept the credentials of {signer.Account} ({error.Message}). Renew them with "
                    + "`gcloud auth application-default login`, or check the service account and its key."
            ),
            HttpStatusCode.Forbidden => new StoreUnavailableException(
                $"{what}: {signer.Account} may not do that in project {project} ({error.Message}). Is it the right "
                    + "project? `pulumi up` enables the service and grants every function's account its roles; an "
                    + $"operator needs {service.OperatorRole}."
            ),
            HttpStatusCode.NotFound => new StoreUnavailableException(
                $"{what}: there is no such {service.Container} in project {project} ({error.Message}). Is it the "
                    + "right project? If so, `pulumi up` makes what is missing."
            ),
            HttpStatusCode.RequestEntityTooLarge => new LimitExceededException($"{what}: {error.Message}"),
            _ => new InvalidOperationException(
                $"{what} with {(int)error.Code} {error.Status}: {error.Message}. Repeating it does not help."
            ),
        };
    }

    private static Attempt<T> Classify<T>(ApiError error, TimeSpan? retryAfter)
    {
        var failure = new HttpRequestException($"{(int)error.Code} {error.Status} {error.Message}".TrimEnd());
        return error switch
        {
            // Refused before anything was done.
            { Code: HttpStatusCode.TooManyRequests } or { Status: "ABORTED" } => new Attempt<T>
            {
                Failure = failure,
                RetryAfter = retryAfter,
            },
            {
                Code: HttpStatusCode.RequestTimeout
                    or HttpStatusCode.InternalServerError
                    or HttpStatusCode.BadGateway
                    or HttpStatusCode.ServiceUnavailable
                    or HttpStatusCode.GatewayTimeout
            }
            or { Status: "CANCELLED" } => new Attempt<T>
            {
                Failure = failure,
                RetryAfter = retryAfter,
                MayHaveHappened = true,
            },
            _ => new Attempt<T> { Error = error },
        };
    }

    /// <summary>Whether a request may have been sent before the exception.</summary>
    private static bool WasConnected(HttpRequestException e) =>
        e.HttpRequestError
            is not (
                HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError
            );

    private TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => Max(date - time.GetUtcNow(), TimeSpan.Zero),
            _ => null,
        };

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static async Task<ApiError> ReadErrorAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var code = response.StatusCode;
        var bytes = new byte[MaxErrorBytes];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        var text = bytes.AsMemory(0, length);
        try
        {
            // Firestore's streaming methods wrap the error in an array.
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
            {
                root = root[0];
            }
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error))
            {
                return new ApiError(code, Text(error, "status"), Text(error, "message"));
            }
        }
        catch (JsonException)
        {
            // Not Google's form: a proxy's or a server's own page, which is shown as it is.
        }
        var page = System.Text.Encoding.UTF8.GetString(text.Span).Trim();
        return new ApiError(code, "", page.Length == 0 ? response.ReasonPhrase ?? "" : page);
    }

    private static string Text(JsonElement error, string name) =>
        error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    [LoggerMessage(
        LogLevel.Warning,
        "{Service} failed attempt {Attempt} of {Operation}; the next is in {Pause} ms ({Reason})"
    )]
    private static partial void LogRepeat(
        ILogger logger,
        string service,
        string operation,
        int attempt,
        double pause,
        string reason
    );

    [LoggerMessage(LogLevel.Error, "{Service} gave no answer to {Operation} in {Attempts} attempts ({Reason})")]
    private static partial void LogGivenUp(
        ILogger logger,
        string service,
        string operation,
        int attempts,
        string reason
    );
}
