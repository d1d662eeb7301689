using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Nocturne.Serve.Serving;

/// <summary>What addresses may say, and how they are told that they may not.</summary>
internal static class Parameters
{
    /// <summary>A number of results; null where it is none from 1 to <paramref name="most"/>.</summary>
    public static int? Limit(string? text, int otherwise, int most) =>
        text is null ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
        && limit >= 1
        && limit <= most
            ? limit
        : null;

    public static IResult NotALimit(string? text, int most) =>
        Refuse($"'{Short(text)}' is not a limit: a whole number from 1 to {most}.");

    public static IResult Refuse(string detail) => Results.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    public static IResult NotFound(string detail) => Results.Problem(detail, statusCode: StatusCodes.Status404NotFound);

    /// <summary>The first model is still being read, or cannot be.</summary>
    public static IResult NotYet { get; } = new LaterAnswer();

    /// <summary>So much of what was sent that a person recognises it.</summary>
    public static string Short(string? text) => text is { Length: > 64 } ? text[..64] + "…" : text ?? "";

    private sealed class LaterAnswer : IResult
    {
        private const string Seconds = "5";

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = Seconds;
            return Results
                .Problem(
                    "The published night's model is not in memory yet: ask again in a few seconds.",
                    statusCode: StatusCodes.Status503ServiceUnavailable
                )
                .ExecuteAsync(httpContext);
        }
    }
}
