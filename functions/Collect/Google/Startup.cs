using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Hosting.Functions;
using Nocturne.Nights;

namespace Nocturne.Collect;

/// <summary>Composes Collect under the Functions Framework.</summary>
/// <param name="variable">Reads a variable of the environment.</param>
public sealed class Startup(Func<string, string?> variable) : HttpFunctionStartup("Collect", variable)
{
    /// <summary>Composes it from the process's own environment.</summary>
    public Startup()
        : this(Environment.GetEnvironmentVariable) { }

    /// <inheritdoc/>
    protected override void AddHandler(IServiceCollection services) =>
        services
            .AddCallers(Settings)
            .AddCollect(options =>
            {
                options.AllowAnonymousEvents = Settings.AllowAnonymous;
                // Cloud Run's front end says where a request came from.
                options.TrustedProxies = Settings.IsDeployed ? 1 : 0;
                options.PublicAddress = Settings.PublicAddress?.AbsoluteUri;
            });

    /// <inheritdoc/>
    protected override void Map(IEndpointRouteBuilder routes) => routes.MapCollect();

    /// <inheritdoc/>
    protected override async ValueTask CheckAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<PublishedPlaylists>().ReadPointerAsync(cancellationToken);
}
