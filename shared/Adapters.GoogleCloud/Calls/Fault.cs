using System.Net;
using System.Runtime.InteropServices;
using Google;
using Google.Apis.Auth.OAuth2.Responses;
using Grpc.Core;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>What an exception of a client library means.</summary>
internal enum FaultKind
{
    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>A condition did not hold.</summary>
    Condition,

    /// <summary>The credentials are not accepted, or not enough.</summary>
    Denied,

    /// <summary>The request is too large.</summary>
    TooLarge,

    /// <summary>The service refuses it and will refuse it again.</summary>
    Refused,

    /// <summary>Nothing was done; later it may be.</summary>
    Busy,

    /// <summary>No answer: it may have been done.</summary>
    Unanswered,
}

/// <summary>A failure of one attempt.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Fault(FaultKind Kind, Exception Cause)
{
    /// <summary>Whether another attempt may do better.</summary>
    public bool IsTransient => Kind is FaultKind.Busy or FaultKind.Unanswered;

    /// <summary>What the exception means; null of one that no service is to blame for.</summary>
    public static Fault? Of(Exception exception) =>
        exception switch
        {
            RpcException rpc => new Fault(KindOf(rpc), rpc),
            GoogleApiException api => new Fault(KindOf(api.HttpStatusCode), api),
            TokenResponseException => new Fault(FaultKind.Denied, exception),
            HttpRequestException http => new Fault(
                WasConnected(http) ? FaultKind.Unanswered : FaultKind.Busy,
                exception
            ),
            // The caller's own cancellation has been looked for before.
            OperationCanceledException => new Fault(
                FaultKind.Unanswered,
                new TimeoutException("no answer within the deadline", exception)
            ),
            IOException => new Fault(FaultKind.Unanswered, exception),
            _ => null,
        };

    private static FaultKind KindOf(RpcException rpc) =>
        rpc.StatusCode switch
        {
            StatusCode.NotFound => FaultKind.NotFound,
            StatusCode.AlreadyExists or StatusCode.FailedPrecondition => FaultKind.Condition,
            StatusCode.Unauthenticated or StatusCode.PermissionDenied => FaultKind.Denied,
            StatusCode.ResourceExhausted or StatusCode.Aborted => FaultKind.Busy,
            StatusCode.Unavailable when rpc.Status.DebugException is HttpRequestException http && !WasConnected(http) =>
                FaultKind.Busy,
            StatusCode.Unavailable
            or StatusCode.DeadlineExceeded
            or StatusCode.Internal
            or StatusCode.Unknown
            or StatusCode.DataLoss
            or StatusCode.Cancelled => FaultKind.Unanswered,
            _ => FaultKind.Refused,
        };

    private static FaultKind KindOf(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.NotFound => FaultKind.NotFound,
            HttpStatusCode.PreconditionFailed or HttpStatusCode.NotModified or HttpStatusCode.Conflict =>
                FaultKind.Condition,
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => FaultKind.Denied,
            HttpStatusCode.RequestEntityTooLarge => FaultKind.TooLarge,
            HttpStatusCode.TooManyRequests => FaultKind.Busy,
            HttpStatusCode.RequestTimeout => FaultKind.Unanswered,
            HttpStatusCode.NotImplemented => FaultKind.Refused,
            >= HttpStatusCode.InternalServerError => FaultKind.Unanswered,
            < HttpStatusCode.Ambiguous => FaultKind.Unanswered, // success, or none: an answer that could not be read
            _ => FaultKind.Refused,
        };

    /// <summary>Whether a request may have been sent before the exception.</summary>
    private static bool WasConnected(HttpRequestException e) =>
        e.HttpRequestError
            is not (
                HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError
            );
}
