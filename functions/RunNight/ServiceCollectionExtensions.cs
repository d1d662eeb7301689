using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.RunNight;

/// <summary>Composes RunNight.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds <see cref="NightEndpoint"/>. The host supplies the ports, ListenerStore and TimeProvider.</summary>
    public static IServiceCollection AddRunNight(
        this IServiceCollection services,
        Action<NightOptions>? configure = null
    )
    {
        services
            .AddOptions<NightOptions>()
            .Configure(configure ?? (_ => { }))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(provider => new NightHandler(
            provider.GetRequiredService<IDocumentStore>(),
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<IEventPublisher>(),
            provider.GetRequiredService<ListenerStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<NightOptions>>().Value,
            provider.GetRequiredService<ILogger<NightHandler>>()
        ));
        services.AddSingleton<NightEndpoint>();
        return services;
    }
}
