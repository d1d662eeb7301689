using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Collect;
using Nocturne.Hosting;
using Nocturne.Identity;
using Nocturne.IngestEvents;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.RunNight;
using Nocturne.Serve;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack;

/// <summary>How a stack is opened.</summary>
internal sealed record StackSettings
{
    /// <summary>Has the stores and Pub/Sub misbehave by this seed; null for none.</summary>
    public int? ChaosSeed { get; init; }

    /// <summary>What is logged, to standard error.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>
/// What is composed on the ports, the same on every stack. Each adds the ports themselves: IDocumentStore,
/// IObjectStore and IEventPublisher.
/// </summary>
internal static class Composition
{
    // A command's process alone works on a night here, so a claim that is found was left by one that was killed: it
    // is waited for less long than the pauses between the attempts of a step add up to.
    private const int LeaseSeconds = 5;

    // Small shards: a few hundred listeners already show what many shards do, and progress moves.
    private const int ListenersPerShard = 100;

    // In ten seconds: more than this machine answers.
    private const int LocalRequests = 1_000_000;

    /// <summary>What commands use themselves: clock, logs, profiles, Collect, playlists.</summary>
    /// <param name="services">Where they are added.</param>
    /// <param name="settings">How the stack is opened.</param>
    /// <param name="pepper">Keys listeners' tokens; null where this process is not told it.</param>
    /// <param name="idTokens">Tells ID tokens; made when the first request is served.</param>
    public static IServiceCollection AddForCommands(
        this IServiceCollection services,
        StackSettings settings,
        TokenPepper? pepper,
        Func<IIdTokens> idTokens
    )
    {
        services.AddLogging(logging =>
            logging
                .SetMinimumLevel(settings.LogLevel)
                .AddSimpleConsole(console => console.SingleLine = true)
                .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options =>
                    options.LogToStandardErrorThreshold = LogLevel.Trace
                )
        );
        services.AddSingleton(settings.Time);
        services.AddSingleton(provider => new ListenerStore(
            provider.GetRequiredService<IDocumentStore>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new ListenerTokens(
            provider.GetRequiredService<IDocumentStore>(),
            pepper,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new Callers(
            provider.GetRequiredService<ListenerTokens>(),
            idTokens(),
            new CallerOptions(),
            provider.GetRequiredService<TimeProvider>()
        ));
        // What is served here is for this machine: whoever reaches it could read the folder as well.
        return services
            .AddCollect(options => options.AllowAnonymousEvents = true)
            .AddServe(options =>
            {
                options.AllowAnonymous = true;
                // All of this machine's requests come from one address, and load tests from one caller.
                options.RequestsPerAddress = LocalRequests;
                options.RequestsPerCaller = LocalRequests;
                options.MaxCatalogueBytes = OperatorApi.MaxCatalogueBytes;
            });
    }

    /// <summary>Also the functions behind push subscriptions, where they run in this process.</summary>
    public static IServiceCollection AddPushedFunctions(this IServiceCollection services) =>
        services
            .AddIngestEvents()
            .AddRunNight(options =>
            {
                options.LeaseSeconds = LeaseSeconds;
                options.ListenersPerShard = ListenersPerShard;
            });

    /// <summary>The endpoint of the function that a push subscription of the topology means.</summary>
    /// <exception cref="NotSupportedException">The topology pushes to a function that does not run here.</exception>
    public static IPushReceiver ReceiverOf(this IServiceProvider services, Delivery.Push push) =>
        push.Function switch
        {
            "IngestEvents" => services.GetRequiredService<IngestEndpoint>(),
            "RunNight" => services.GetRequiredService<NightEndpoint>(),
            _ => throw new NotSupportedException($"The topology pushes to '{push.Function}', which does not run here."),
        };
}
