using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Hosting.Functions;
using Nocturne.Nights;

namespace Nocturne.Serve;

/// <summary>Composes Serve under the Functions Framework.</summary>
/// <param name="variable">Reads a variable of the environment.</param>
public sealed class Startup(Func<string, string?> variable) : HttpFunctionStartup("Serve", variable)
{
    /// <summary>Composes it from the process's own environment.</summary>
    public Startup()
        : this(Environment.GetEnvironmentVariable) { }

    /// <inheritdoc/>
    protected override void AddHandler(IServiceCollection services) => services.AddServe();

    /// <inheritdoc/>
    protected override void Map(IEndpointRouteBuilder routes)
    {
        routes.MapServe(routes.ServiceProvider.GetRequiredService<PublishedPlaylists>());
        routes.MapDiscovery(routes.ServiceProvider.GetRequiredService<Discovery>(), (_, _) => true);
    }

    /// <inheritdoc/>
    protected override async ValueTask CheckAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<PublishedPlaylists>().ReadPointerAsync(cancellationToken);
}
