using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nocturne.Hosting;
using Nocturne.Identity;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Privacy;
using Nocturne.Profiles;

namespace Nocturne.Serve;

/// <summary>Composes Serve.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ServeRoutes"/>. The host supplies the ports, <see cref="TimeProvider"/>,
    /// <see cref="ListenerStore"/>, <see cref="ListenerTokens"/> and <see cref="Callers"/>.
    /// </summary>
    public static IServiceCollection AddServe(this IServiceCollection services, Action<ServeOptions>? configure = null)
    {
        services
            .AddOptions<ServeOptions>()
            .Configure(configure ?? (_ => { }))
            .ValidateDataAnnotations()
            .Validate(
                options => !options.AllowAnonymous || DevelopmentAccess.IsPossible(Environment.GetEnvironmentVariable),
                $"{nameof(ServeOptions.AllowAnonymous)} is for a developer's machine: "
                    + $"{DevelopmentAccess.DeployedVariable} says that this is a deployed service."
            )
            .ValidateOnStart();
        services.TryAddSingleton(provider => new PublishedPlaylists(
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.TryAddSingleton(provider => new PublishedBlends(
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<PublishedPlaylists>()
        ));
        services.TryAddSingleton(provider => new BlendMemberships(
            provider.GetRequiredService<IDocumentStore>(),
            provider.GetRequiredService<IEventPublisher>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.TryAddSingleton(provider => new PrivacyStores(
            provider.GetRequiredService<IDocumentStore>(),
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<ListenerTokens>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        return services.AddSingleton<Discovery>().AddSingleton(Make);
    }

    private static ServeRoutes Make(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ServeOptions>>().Value;
        var time = provider.GetRequiredService<TimeProvider>();
        var listeners = provider.GetRequiredService<ListenerStore>();
        var links = new PlaylistLinks { Service = options.PublicAddress is { } address ? new Uri(address) : null };
        return new ServeRoutes(
            new AccessGate(
                provider.GetRequiredService<Callers>(),
                Limiter(options.RequestsPerCaller),
                Limiter(options.RequestsPerAddress),
                new AccessOptions
                {
                    AllowAnonymous = options.AllowAnonymous,
                    TrustedProxies = options.TrustedProxies,
                    AllowedOrigins = options.AllowedOrigins,
                },
                provider.GetRequiredService<ILogger<AccessGate>>()
            ),
            options,
            new PlaylistRoutes(provider.GetRequiredService<PublishedPlaylists>(), links, time),
            new BlendRoutes(
                provider.GetRequiredService<BlendMemberships>(),
                provider.GetRequiredService<PublishedBlends>()
            ),
            new StatementRoutes(provider.GetRequiredService<IEventPublisher>(), listeners, time),
            new ProfileRoute(listeners),
            new HistoryRoute(listeners, time),
            new CatalogueRoute(provider.GetRequiredService<IObjectStore>(), options),
            provider.GetRequiredService<Discovery>(),
            provider.GetRequiredService<PrivacyStores>()
        );

        RateLimiter Limiter(int requests) =>
            new(new RateLimit(requests, TimeSpan.FromSeconds(options.RateWindowSeconds)), time);
    }
}
