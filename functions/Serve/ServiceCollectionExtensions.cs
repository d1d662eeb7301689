using Microsoft.Extensions.DependencyInjection;
using Nocturne.Identity;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Privacy;

namespace Nocturne.Serve;

/// <summary>Composes Serve.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds what <see cref="ServeEndpoints.MapServe"/> and <see cref="Nocturne.Serve.Privacy.PrivacyEndpoints.MapPrivacy"/> need. The
    /// host supplies the ports, TimeProvider, ListenerStore, ListenerTokens and logging.
    /// </summary>
    public static IServiceCollection AddServe(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new PublishedPlaylists(
                provider.GetRequiredService<IObjectStore>(),
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton(provider => new PrivacyStores(
                provider.GetRequiredService<IDocumentStore>(),
                provider.GetRequiredService<IObjectStore>(),
                provider.GetRequiredService<ListenerTokens>(),
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton<Discovery>();
}
