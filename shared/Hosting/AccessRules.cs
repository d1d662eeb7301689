using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Identity;

namespace Nocturne.Hosting;

/// <summary>Who may use a route.</summary>
public enum AccessRule
{
    /// <summary>Who <see cref="AccessGate.ListenerPattern"/> names, or an operator; elsewhere whoever is known.</summary>
    ByPath,

    /// <summary>Operators.</summary>
    Operators,

    /// <summary>Anybody: nothing of anyone is told.</summary>
    Anyone,
}

/// <summary>A route's own rule, in its metadata; without one it is <see cref="AccessRule.ByPath"/>.</summary>
/// <param name="Rule">Who may use it.</param>
/// <param name="MaxBodyBytes">The largest body, where it is not the gate's.</param>
public sealed record RouteAccess(AccessRule Rule, long? MaxBodyBytes = null);

/// <summary>How a function admits requests.</summary>
public sealed record AccessOptions
{
    /// <summary>Admits requests without a credential, as an operator's; where it may be, says <see cref="DevelopmentAccess"/>.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>What is said to who brings no credential.</summary>
    public string Remedy { get; init; } =
        "Sign in, and send the ID token as 'Authorization: Bearer TOKEN', or a listener's token.";

    /// <summary>Proxies before this process that write X-Forwarded-For.</summary>
    public int TrustedProxies { get; init; }

    /// <summary>Origins whose pages may call, such as <c>https://app.example.org</c>; <c>*</c> is every one.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The largest body of a route that says nothing else: a few names and ids.</summary>
    public long MaxBodyBytes { get; init; } = 64 << 10;

    /// <summary>When a client may come again after 503.</summary>
    public int RetryAfterSeconds { get; init; } = 5;
}

/// <summary>Who was admitted to a request, for its handler.</summary>
/// <param name="Caller">Who it is.</param>
/// <param name="Listener">The listener in the path, for whom the caller may act; null where there is none.</param>
public sealed record Admission(Caller Caller, ListenerId? Listener);

/// <summary>Routes behind a gate.</summary>
public static class AccessRoutes
{
    /// <summary>A group whose routes, whichever are mapped in it, are all behind the gate.</summary>
    public static RouteGroupBuilder MapBehind(this IEndpointRouteBuilder endpoints, AccessGate gate)
    {
        var group = endpoints.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder { RequestDelegate: { } handler } route)
            {
                route.RequestDelegate = gate.Guard(
                    handler,
                    route.RoutePattern.RawText ?? "",
                    route.Metadata.OfType<RouteAccess>().LastOrDefault() ?? new RouteAccess(AccessRule.ByPath)
                );
            }
        });
        return group;
    }

    /// <summary>Who was admitted to this request.</summary>
    /// <exception cref="InvalidOperationException">The route is not behind a gate.</exception>
    public static Admission Admission(this HttpContext context) =>
        context.Features.Get<Admission>()
        ?? throw new InvalidOperationException("The route is not behind an AccessGate: map it in MapBehind's group.");

    /// <summary>A part of the path; routing leaves an escaped slash as it is.</summary>
    public static string PathPart(this HttpContext context, string name) =>
        (context.Request.RouteValues.TryGetValue(name, out var value) ? value as string ?? "" : "").Replace(
            "%2F",
            "/",
            StringComparison.OrdinalIgnoreCase
        );
}
