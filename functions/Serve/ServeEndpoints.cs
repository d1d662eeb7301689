using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Hosting;
using Nocturne.Privacy;
using Nocturne.Serve.Privacy;

namespace Nocturne.Serve;

/// <summary>Everything that Serve answers, and the gate before it.</summary>
public sealed class ServeRoutes
{
    private const string Listener = AccessGate.ListenerPattern;

    private readonly AccessGate _gate;
    private readonly ServeOptions _options;
    private readonly PlaylistRoutes _playlists;
    private readonly BlendRoutes _blends;
    private readonly StatementRoutes _statements;
    private readonly ProfileRoute _profile;
    private readonly HistoryRoute _history;
    private readonly CatalogueRoute _catalogue;
    private readonly Discovery _discovery;
    private readonly PrivacyStores _privacy;
    private readonly byte[] _openApi;

    internal ServeRoutes(
        AccessGate gate,
        ServeOptions options,
        PlaylistRoutes playlists,
        BlendRoutes blends,
        StatementRoutes statements,
        ProfileRoute profile,
        HistoryRoute history,
        CatalogueRoute catalogue,
        Discovery discovery,
        PrivacyStores privacy
    )
    {
        (_gate, _options, _playlists, _blends) = (gate, options, playlists, blends);
        (_statements, _profile, _history, _catalogue) = (statements, profile, history, catalogue);
        (_discovery, _privacy) = (discovery, privacy);
        using var document = typeof(ServeRoutes).Assembly.GetManifestResourceStream("openapi.json")!;
        _openApi = new byte[document.Length];
        document.ReadExactly(_openApi);
    }

    internal RouteGroupBuilder Map(IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapBehind(_gate);
        Map(group, "GET", $"{Listener}/home", _playlists.HomeAsync);
        Map(group, "GET", $"{Listener}/made-for-you", _playlists.MadeForYouAsync);
        Map(group, "GET", $"{Listener}/playlists", _playlists.ListAsync);
        Map(group, "GET", $"{Listener}/playlists/{{kind}}", _playlists.OneAsync);
        Map(group, "GET", $"{Listener}/blends", _blends.ListAsync);
        Map(group, "POST", $"{Listener}/blends", _blends.CreateAsync);
        Map(group, "GET", $"{Listener}/blends/{{blend}}", _blends.ShowAsync);
        Map(group, "PUT", $"{Listener}/blends/{{blend}}", _blends.JoinAsync);
        Map(group, "DELETE", $"{Listener}/blends/{{blend}}", _blends.LeaveAsync);
        Map(group, "POST", $"{Listener}/feedback", _statements.FeedbackAsync);
        Map(group, "GET", $"{Listener}/profile", _profile.ShowAsync);
        Map(group, "GET", $"{Listener}/taste/excludes", _statements.ExcludesAsync);
        Map(group, "POST", $"{Listener}/taste/excludes", _statements.ExcludeAsync);
        Map(group, "GET", $"{Listener}/history", _history.ListAsync);
        Map(group, "PUT", "/v1/catalogue/{name}", _catalogue.PutAsync)
            .WithMetadata(new RouteAccess(AccessRule.Operators, _options.MaxCatalogueBytes));
        Map(group, "GET", "/openapi.json", _ => ValueTask.FromResult(OpenApi()))
            .WithMetadata(new RouteAccess(AccessRule.Anyone));
        group.MapDiscovery(_discovery, (context, listener) => context.Admission().Caller.MayActFor(listener));
        group.MapPrivacy(_privacy);
        // Before a page of another origin calls, its browser asks; what may be, the gate writes.
        foreach (var pattern in PatternsOf(group))
        {
            Map(group, "OPTIONS", pattern, _ => ValueTask.FromResult(Results.NoContent()))
                .WithMetadata(new RouteAccess(AccessRule.Anyone));
        }
        return group;
    }

    private static List<string> PatternsOf(IEndpointRouteBuilder group) =>
        [
            .. group
                .DataSources.SelectMany(source => source.Endpoints)
                .OfType<RouteEndpoint>()
                .Select(endpoint => endpoint.RoutePattern.RawText!)
                .Distinct(StringComparer.Ordinal),
        ];

    private static IEndpointConventionBuilder Map(
        RouteGroupBuilder group,
        string method,
        string pattern,
        ServeHandler handler
    ) =>
        group.MapMethods(
            pattern,
            [method],
            new RequestDelegate(async context =>
            {
                var answer = await handler(new ServeCall(context));
                await answer.ExecuteAsync(context);
            })
        );

    private IResult OpenApi() => Answers.Tagged(_openApi, "public, max-age=3600");
}

/// <summary>The routes that apps call.</summary>
public static class ServeEndpoints
{
    /// <summary>Maps all of <see cref="ServeRoutes"/>, which the services hold, behind their gate.</summary>
    /// <param name="endpoints">The routes.</param>
    public static IEndpointRouteBuilder MapServe(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<ServeRoutes>().Map(endpoints);
        return endpoints;
    }
}
