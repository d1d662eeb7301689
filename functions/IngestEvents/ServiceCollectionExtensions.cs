using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.IngestEvents;

/// <summary>Composes IngestEvents.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IngestEndpoint"/>. The host supplies <see cref="ListenerStore"/> and
    /// <see cref="IEventPublisher"/>.
    /// </summary>
    public static IServiceCollection AddIngestEvents(
        this IServiceCollection services,
        Action<IngestOptions>? configure = null
    )
    {
        services
            .AddOptions<IngestOptions>()
            .Configure(configure ?? (_ => { }))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(provider => new IngestHandler(
            provider.GetRequiredService<ListenerStore>(),
            provider.GetRequiredService<IEventPublisher>(),
            provider.GetRequiredService<IOptions<IngestOptions>>().Value,
            provider.GetService<ILogger<IngestHandler>>(),
            provider.GetService<TimeProvider>()
        ));
        services.AddSingleton<IngestEndpoint>();
        return services;
    }
}
