using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nocturne.Ports;

namespace Nocturne.Collect;

/// <summary>Composes Collect.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="CollectEndpoint"/>. The host supplies <see cref="IEventPublisher"/> and
    /// <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddCollect(
        this IServiceCollection services,
        Action<CollectOptions>? configure = null
    )
    {
        services
            .AddOptions<CollectOptions>()
            .Configure(configure ?? (_ => { }))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(provider => new CollectHandler(
            provider.GetRequiredService<IEventPublisher>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<CollectOptions>>().Value
        ));
        services.AddSingleton(provider => new CollectEndpoint(
            provider.GetRequiredService<CollectHandler>(),
            provider.GetRequiredService<IOptions<CollectOptions>>().Value,
            provider.GetRequiredService<ILogger<CollectEndpoint>>()
        ));
        return services;
    }
}
