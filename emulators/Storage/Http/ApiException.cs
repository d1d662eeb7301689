using Microsoft.AspNetCore.Http;

namespace Nocturne.StorageEmulator.Http;

/// <summary>An answer that is no success, in the words of Cloud Storage's JSON API.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="reason">The machine-readable reason.</param>
/// <param name="message">For people.</param>
internal sealed class ApiException(int status, string reason, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Reason { get; } = reason;

    /// <summary>The whole length, where a range was beyond it.</summary>
    public long? UnsatisfiedLength { get; private init; }

    public static ApiException NoBucket(string bucket) =>
        new(StatusCodes.Status404NotFound, "notFound", $"The specified bucket does not exist: {bucket}");

    public static ApiException NoObject(string bucket, string name) =>
        new(StatusCodes.Status404NotFound, "notFound", $"No such object: {bucket}/{name}");

    public static ApiException ConditionNotMet() =>
        new(
            StatusCodes.Status412PreconditionFailed,
            "conditionNotMet",
            "At least one of the pre-conditions you specified did not hold."
        );

    /// <summary>A read on the condition that something has changed, and it has not.</summary>
    public static ApiException NotModified() => new(StatusCodes.Status304NotModified, "notModified", "Not Modified");

    public static ApiException Conflict(string message) => new(StatusCodes.Status409Conflict, "conflict", message);

    public static ApiException Invalid(string message) => new(StatusCodes.Status400BadRequest, "invalid", message);

    public static ApiException Required(string parameter) =>
        new(StatusCodes.Status400BadRequest, "required", $"Required parameter: {parameter}");

    public static ApiException NotImplemented(string what) =>
        new(StatusCodes.Status501NotImplemented, "notImplemented", $"The emulator does not implement {what}.");

    public static ApiException RangeNotSatisfiable(long length) =>
        new(
            StatusCodes.Status416RangeNotSatisfiable,
            "requestedRangeNotSatisfiable",
            "The requested range cannot be satisfied."
        )
        {
            UnsatisfiedLength = length,
        };
}
