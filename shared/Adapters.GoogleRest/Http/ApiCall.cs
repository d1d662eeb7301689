using System.Net;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>A call of a service, which may be sent more than once.</summary>
/// <param name="Operation">Its name for logs, without any id.</param>
/// <param name="Subject">What it is about, for exceptions.</param>
/// <param name="Request">Makes the request anew for every attempt.</param>
/// <param name="Read">
/// Reads an answer of success; what it throws for want of bytes counts as a broken connection. It disposes nothing.
/// </param>
internal sealed record ApiCall<T>(
    string Operation,
    string Subject,
    Func<HttpRequestMessage> Request,
    Func<HttpResponseMessage, CancellationToken, ValueTask<T>> Read
)
{
    /// <summary>Which statuses are answers of success; by default those of HTTP.</summary>
    public Func<HttpStatusCode, bool>? Succeeds { get; init; }

    /// <summary>Whether what was read lives on the response, and disposes it.</summary>
    public bool KeepsResponse { get; init; }
}

/// <summary>A definite no of a service.</summary>
/// <param name="Code">HTTP's status.</param>
/// <param name="Status">Google's canonical status, such as <c>FAILED_PRECONDITION</c>; empty if the service gave none.</param>
/// <param name="Message">The service's own words.</param>
internal sealed record ApiError(HttpStatusCode Code, string Status, string Message);

/// <summary>What became of one attempt.</summary>
internal readonly record struct Attempt<T>
{
    /// <summary>The answer, where there is neither an error nor a failure.</summary>
    public T? Value { get; init; }

    /// <summary>A definite no.</summary>
    public ApiError? Error { get; init; }

    /// <summary>Why another attempt may do better.</summary>
    public Exception? Failure { get; init; }

    /// <summary>With a failure: whether the service may have done it all the same.</summary>
    public bool MayHaveHappened { get; init; }

    /// <summary>With a failure: how long the service asked to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>What became of a call.</summary>
/// <param name="Value">The answer, where there is no error.</param>
/// <param name="Error">A definite no.</param>
/// <param name="MayHaveHappened">
/// With an error: whether an earlier attempt may have done what the last one was refused, perhaps for that very reason.
/// </param>
/// <param name="Refusal">The error as a port's exception.</param>
internal readonly record struct ApiAnswer<T>(T? Value, ApiError? Error, bool MayHaveHappened, Exception? Refusal)
{
    /// <summary>The answer.</summary>
    /// <exception cref="Exception">The refusal.</exception>
    public T Required() => Refusal is null ? Value! : throw Refusal;
}
