using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.Local;
using Nocturne.Hosting;
using Nocturne.Identity;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack;

/// <summary>
/// Every function in this process, on the embedded stores in a folder. Pushes go through the same envelope and
/// endpoint as deployed ones; only the HTTP between them is left out.
/// </summary>
internal sealed class EmbeddedStack : IStack
{
    private static readonly HashSet<string> Delivered = NocturneTopology
        .Subscriptions.Where(subscription => subscription.Delivery is not Delivery.Pull)
        .Select(subscription => subscription.Name)
        .ToHashSet(StringComparer.Ordinal);

    private readonly ServiceProvider _services;

    private EmbeddedStack(LocalStack local, ServiceProvider services)
    {
        Local = local;
        _services = services;
    }

    /// <summary>The stores and Pub/Sub.</summary>
    public LocalStack Local { get; }

    public StackManner Manner { get; } = new() { DeliversHere = true };

    public string Place => Local.Folder;

    public IServiceProvider Services => _services;

    public IDocumentStore Documents => Local.Documents;

    public IObjectStore Objects => Local.Objects;

    public IEventPublisher Publisher => Local.Messages;

    public ISubscriptionReader Subscriptions => Local.Messages;

    public OperationCounters Counters => Local.Counters;

    /// <summary>Opens a folder; nothing is delivered before <see cref="StartAsync"/>.</summary>
    /// <exception cref="FolderInUseException">Another process has it open.</exception>
    /// <exception cref="LogCorruptException">A file in it is damaged.</exception>
    public static async Task<EmbeddedStack> OpenAsync(string folder, StackSettings settings)
    {
        var holder = new LocalStackHolder();
        var services = new ServiceCollection()
            .AddSingleton<IDocumentStore>(_ => holder.Local!.Documents)
            .AddSingleton<IObjectStore>(_ => holder.Local!.Objects)
            .AddSingleton<IEventPublisher>(_ => holder.Local!.Messages)
            .AddForCommands(settings, DevelopmentAccess.Pepper, () => DevelopmentKey.IssuerOf(folder, settings.Time))
            .AddPushedFunctions()
            .BuildServiceProvider();
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
    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            if (subscription.Delivery is Delivery.Push push)
            {
                var receiver = _services.ReceiverOf(push);
                Local.Messages.AttachPush(
                    subscription.Name,
                    (request, cancellation) => receiver.ReceiveBodyAsync(request.Body, cancellation)
                );
            }
        }
        Local.Messages.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask<long?> BacklogAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<long?>(
            Local.Messages.Statistics().Where(s => Delivered.Contains(s.Name)).Sum(s => s.Backlog)
        );

    public async ValueTask DrainAsync(CancellationToken cancellationToken) =>
        await Local.Messages.DrainAsync(cancellationToken);

    public ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
        new EmbeddedExamination(this).RunAsync(cancellationToken);

    /// <summary>Ends deliveries under way, then the functions, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await Local.Messages.StopAsync();
        await _services.DisposeAsync();
        await Local.DisposeAsync();
    }

    /// <summary>The stores log through the services, and the services use the stores: one of them has to be first.</summary>
    private sealed class LocalStackHolder
    {
        public LocalStack? Local { get; set; }
    }
}
