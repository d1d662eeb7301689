using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nocturne.Collect.ListenBrainz;
using Nocturne.Hosting;
using Nocturne.Identity;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.Collect;

/// <summary>Composes Collect.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="CollectEndpoint"/>. The host supplies the ports, <see cref="TimeProvider"/>,
    /// <see cref="ListenerStore"/>, <see cref="ListenerTokens"/> and <see cref="Callers"/>.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">Sets its bounds.</param>
    /// <param name="variable">Reads the environment, which says whether this is a deployed service; by default the process's.</param>
    public static IServiceCollection AddCollect(
        this IServiceCollection services,
        Action<CollectOptions>? configure = null,
        Func<string, string?>? variable = null
    )
    {
        services
            .AddOptions<CollectOptions>()
            .Configure(configure ?? (_ => { }))
            .ValidateDataAnnotations()
            .Validate(
                options =>
                    !options.AllowAnonymousEvents
                    || DevelopmentAccess.IsPossible(variable ?? Environment.GetEnvironmentVariable),
                $"{nameof(CollectOptions.AllowAnonymousEvents)} is for a developer's machine: "
                    + $"{DevelopmentAccess.DeployedVariable} says that this is a deployed service."
            )
            .ValidateOnStart();
        services.TryAddSingleton(provider => new PublishedPlaylists(
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new CollectHandler(
            provider.GetRequiredService<IEventPublisher>(),
            provider.GetRequiredService<TimeProvider>(),
            OptionsOf(provider)
        ));
        services.AddSingleton(provider =>
        {
            var limits = new RateLimiters(OptionsOf(provider), provider.GetRequiredService<TimeProvider>());
            return new CollectEndpoint(
                provider.GetRequiredService<CollectHandler>(),
                new AccessGate(
                    provider.GetRequiredService<Callers>(),
                    limits.OfListeners,
                    limits.OfAddresses,
                    AccessOf(OptionsOf(provider)),
                    provider.GetRequiredService<ILogger<AccessGate>>()
                ),
                MakeListenBrainz(provider, limits),
                OptionsOf(provider),
                provider.GetRequiredService<ILogger<CollectEndpoint>>()
            );
        });
        return services;
    }

    private static ListenBrainzRoutes MakeListenBrainz(IServiceProvider provider, RateLimiters limits)
    {
        var collect = provider.GetRequiredService<CollectHandler>();
        var documents = provider.GetRequiredService<IDocumentStore>();
        var listeners = provider.GetRequiredService<ListenerStore>();
        var published = provider.GetRequiredService<PublishedPlaylists>();
        var time = provider.GetRequiredService<TimeProvider>();
        var tokens = provider.GetRequiredService<ListenerTokens>();
        var options = OptionsOf(provider);
        var history = new ListenHistory(listeners, time);
        var recordings = new Recordings(documents, time);
        var playingNow = new PlayingNow(documents, time);
        return new ListenBrainzRoutes(
            new ListenBrainzGate(
                tokens,
                limits,
                options,
                time,
                provider.GetRequiredService<ILogger<ListenBrainzGate>>()
            ),
            new SubmitListens(
                collect,
                playingNow,
                recordings,
                time,
                provider.GetRequiredService<ILogger<SubmitListens>>()
            ),
            new ValidateToken(tokens),
            new Listens(history, listeners, recordings),
            playingNow,
            new DeleteListen(collect, history, recordings, time),
            new Feedback(collect, listeners, history, recordings, time),
            new CreatedFor(published, recordings, options),
            new Recommendations(published, recordings)
        );
    }

    private static AccessOptions AccessOf(CollectOptions options) =>
        new()
        {
            AllowAnonymous = options.AllowAnonymousEvents,
            Remedy =
                "Send a listener's token, or an ID token, as 'Authorization: Bearer TOKEN'. An operator makes the first "
                + "with nocturne token create.",
            TrustedProxies = options.TrustedProxies,
            RetryAfterSeconds = options.RetryAfterSeconds,
        };

    private static CollectOptions OptionsOf(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<CollectOptions>>().Value;
}
