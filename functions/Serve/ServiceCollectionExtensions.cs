using Microsoft.Extensions.DependencyInjection;
using Nocturne.Nights;
using Nocturne.Ports;

namespace Nocturne.Serve;

/// <summary>Composes Serve.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds what <see cref="ServeEndpoints.MapServe"/> needs. The host supplies IObjectStore, ListenerStore, TimeProvider and logging.</summary>
    public static IServiceCollection AddServe(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new PublishedPlaylists(
                provider.GetRequiredService<IObjectStore>(),
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton<Discovery>();
}
