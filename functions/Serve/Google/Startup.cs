using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Hosting.Functions;
using Nocturne.Identity;
using Nocturne.Nights;

namespace Nocturne.Serve;

/// <summary>Composes Serve under the Functions Framework.</summary>
/// <param name="variable">Reads a variable of the environment.</param>
/// <param name="firebase">Whose ID tokens are taken; null for those of the settings' project.</param>
public sealed class Startup(Func<string, string?> variable, FirebaseOptions? firebase = null)
    : HttpFunctionStartup("Serve", variable)
{
    /// <summary>Composes it from the process's own environment.</summary>
    public Startup()
        : this(Environment.GetEnvironmentVariable) { }

    /// <inheritdoc/>
    protected override void AddHandler(IServiceCollection services) =>
        services
            .AddCallers(Settings, firebase)
            .AddServe(options =>
            {
                options.AllowAnonymous = Settings.AllowAnonymous;
                // Cloud Run's front end says where a request came from.
                options.TrustedProxies = Settings.IsDeployed ? 1 : 0;
                options.AllowedOrigins = Settings.Identity.AllowedOrigins;
                options.PublicAddress = Settings.PublicAddress?.AbsoluteUri;
            });

    /// <inheritdoc/>
    protected override void Map(IEndpointRouteBuilder routes) => routes.MapServe();

    /// <inheritdoc/>
    protected override async ValueTask CheckAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<PublishedPlaylists>().ReadPointerAsync(cancellationToken);
}
