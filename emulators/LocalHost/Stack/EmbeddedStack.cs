using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.Local;
using Nocturne.Collect;
using Nocturne.Hosting;
using Nocturne.IngestEvents;
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
/// The composition root: every function in this process, on the embedded stack in a folder. Pushes go through the same
/// envelope and endpoint as deployed ones; only the HTTP between them is left out.
/// </summary>
internal sealed class EmbeddedStack : IAsyncDisposable
{
    // This process alone works in the folder, so a claim that is found was left by one that was killed: it is waited
    // for less long than the pauses between the attempts of a step add up to.
    private const int LeaseSeconds = 5;

    // Small shards: a few hundred listeners already show what many shards do, and progress moves.
    private const int ListenersPerShard = 100;

    private readonly ServiceProvider _services;

    private EmbeddedStack(LocalStack local, ServiceProvider services)
    {
        Local = local;
        _services = services;
    }

    /// <summary>The stores and Pub/Sub.</summary>
    public LocalStack Local { get; }

    /// <summary>The functions and what they need.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Opens a folder; nothing is delivered before <see cref="Start"/>.</summary>
    /// <exception cref="FolderInUseException">Another process has it open.</exception>
    /// <exception cref="LogCorruptException">A file in it is damaged.</exception>
    public static async Task<EmbeddedStack> OpenAsync(string folder, StackSettings settings)
    {
        var collection = new ServiceCollection();
        collection.AddLogging(logging =>
            logging
                .SetMinimumLevel(settings.LogLevel)
                .AddSimpleConsole(console => console.SingleLine = true)
                .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options =>
                    options.LogToStandardErrorThreshold = LogLevel.Trace
                )
        );
        collection.AddSingleton(settings.Time);
        collection.AddSingleton<IDocumentStore>(provider => provider.GetRequiredService<LocalStack>().Documents);
        collection.AddSingleton<IObjectStore>(provider => provider.GetRequiredService<LocalStack>().Objects);
        collection.AddSingleton<IEventPublisher>(provider => provider.GetRequiredService<LocalStack>().Messages);
        collection.AddSingleton(provider => new ListenerStore(
            provider.GetRequiredService<IDocumentStore>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        collection.AddIngestEvents();
        collection.AddRunNight(options =>
        {
            options.LeaseSeconds = LeaseSeconds;
            options.ListenersPerShard = ListenersPerShard;
        });
        collection.AddCollect();
        collection.AddServe();
        var holder = new LocalStackHolder();
        collection.AddSingleton(_ => holder.Local!);
        var services = collection.BuildServiceProvider();
        try
        {
            holder.Local = await LocalStack.OpenAsync(
                folder,
                new LocalStackOptions
                {
                    Time = settings.Time,
                    Chaos = settings.ChaosSeed is { } seed ? new Chaos(seed) : null,
                    Loggers = services.GetRequiredService<ILoggerFactory>(),
                }
            );
            return new EmbeddedStack(holder.Local, services);
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>Attaches the functions to their subscriptions and begins to deliver.</summary>
    public void Start()
    {
        Attach(NocturneTopology.SubscriptionNames.IngestEvents, _services.GetRequiredService<IngestEndpoint>());
        Attach(NocturneTopology.SubscriptionNames.RunNight, _services.GetRequiredService<NightEndpoint>());
        Local.Messages.Start();
    }

    /// <summary>Ends deliveries under way, then the functions, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await Local.Messages.StopAsync();
        await _services.DisposeAsync();
        await Local.DisposeAsync();
    }

    private void Attach(string subscription, IPushReceiver receiver) =>
        Local.Messages.AttachPush(
            subscription,
            (request, cancellationToken) => receiver.ReceiveBodyAsync(request.Body, cancellationToken)
        );

    /// <summary>The stores log through the services, and the services use the stores: one of them has to be first.</summary>
    private sealed class LocalStackHolder
    {
        public LocalStack? Local { get; set; }
    }
}
