using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nocturne.Domain;
using Nocturne.Serve.Items;
using Nocturne.Serve.Next;
using Nocturne.Serve.Search;

namespace Nocturne.Serve;

/// <summary>The routes that are answered from the published night's model.</summary>
public static class DiscoveryEndpoints
{
    /// <summary>
    /// Maps <c>GET /v1/listeners/{id}/next</c>, <c>/v1/search</c> (also as
    /// <c>/v1/listeners/{id}/search</c>), <c>/v1/items/{id}/similar</c> and <c>/v1/artists/{id}</c>.
    /// </summary>
    /// <param name="endpoints">The routes.</param>
    /// <param name="discovery">What answers them.</param>
    /// <param name="mayReadFor">
    /// Whether a request's caller may be answered by a listener's taste, where it is the query that names the listener.
    /// </param>
    public static void MapDiscovery(
        this IEndpointRouteBuilder endpoints,
        Discovery discovery,
        Func<HttpContext, ListenerId, bool> mayReadFor
    )
    {
        endpoints.MapNext(discovery);
        endpoints.MapSearch(discovery, mayReadFor);
        endpoints.MapItems(discovery);
    }
}
