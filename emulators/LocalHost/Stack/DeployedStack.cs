using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.GoogleRest;
using Nocturne.Identity;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack;

/// <summary>
/// A deployed system, for its operators: the stores of its project with application default credentials. Its
/// functions run there, so nothing is delivered here.
/// </summary>
internal sealed class DeployedStack : IStack
{
    // A Cloud Storage subscription closes a file five minutes after its first message, and is given as long again.
    private static readonly TimeSpan ArchiveDelay =
        2
        * NocturneTopology
            .Subscriptions.Select(subscription => subscription.Delivery)
            .OfType<Delivery.CloudStorage>()
            .Max(storage => storage.MaxDuration);

    // A look at a run is a document and two listings.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    // Pub/Sub may answer that there is nothing though there is.
    private const int EmptyPulls = 5;

    private readonly Deployment _deployment;
    private readonly EmulatorHosts _hosts;
    private readonly GoogleRestStores _stores;
    private readonly ServiceProvider _services;

    public DeployedStack(Deployment deployment, EmulatorHosts hosts, TokenPepper? pepper, StackSettings settings)
    {
        _deployment = deployment;
        _hosts = hosts;
        _services = new ServiceCollection()
            .AddSingleton(_ => Documents)
            .AddSingleton(_ => Objects)
            .AddSingleton(_ => Publisher)
            .AddForCommands(
                settings,
                pepper,
                () => new FirebaseIdTokens(new FirebaseOptions(deployment.Project), settings.Time)
            )
            .BuildServiceProvider();
        _stores = new GoogleRestStores(
            deployment,
            new GoogleRestOptions
            {
                Emulators = hosts,
                Time = settings.Time,
                Loggers = _services.GetRequiredService<ILoggerFactory>(),
            }
        );
    }

    public StackManner Manner { get; } =
        new()
        {
            DeliversHere = false,
            AsksConsent = true,
            LookEvery = LookEvery,
            ArchiveDelay = ArchiveDelay,
            EmptyPulls = EmptyPulls,
        };

    public string Place => $"project {_deployment.Project}, database {_deployment.Database}";

    public IServiceProvider Services => _services;

    public IDocumentStore Documents => _stores.Documents;

    public IObjectStore Objects => _stores.Objects;

    public IEventPublisher Publisher => _stores.Messages;

    public ISubscriptionReader Subscriptions => _stores.Messages;

    public OperationCounters Counters => _stores.Counters;

    public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long?> BacklogAsync(CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null);

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        using var cloud = new CloudInspector(_deployment, _hosts);
        var examination = new CloudExamination(this, _deployment, cloud);
        var (access, isReachable) = await examination.AccessAsync(cancellationToken);
        if (!isReachable)
        {
            return access;
        }
        var topology = await examination.TopologyAsync(cancellationToken);
        return topology.Any(finding => finding.Gravity == Gravity.Bad)
            ? [.. access, .. topology]
            :
            [
                .. access,
                .. topology,
                .. await examination.DeadLettersAsync(cancellationToken),
                await examination.RejectedAsync(cancellationToken),
                .. await Examination.RunsAsync(this, cancellationToken),
            ];
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _stores.DisposeAsync();
    }
}

/// <summary>A deployed system; or, where all variables of emulators are set, what is on those.</summary>
/// <param name="deployment">Project and database.</param>
/// <param name="hosts">The emulators, or none.</param>
/// <param name="folder">Where commands keep files of their own.</param>
/// <param name="pepper">What keys listeners' tokens there; null where the environment does not say it.</param>
internal sealed class DeployedChoice(
    Deployment deployment,
    EmulatorHosts hosts,
    string folder,
    TokenPepper? pepper = null
) : IStackChoice
{
    public string Folder => folder;

    public string? Emptiness => null;

    public bool RunsFunctions => false;

    /// <exception cref="UsageException">Chaos was asked for.</exception>
    public Task<IStack> OpenAsync(StackSettings settings, CancellationToken cancellationToken) =>
        settings.ChaosSeed is null
            ? Task.FromResult<IStack>(new DeployedStack(deployment, hosts, pepper, settings))
            : throw new UsageException("--chaos is for the embedded stack, never for a deployed system.");
}
