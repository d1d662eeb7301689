using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.GoogleRest;
using Nocturne.Emulators;
using Nocturne.Identity;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;
using Nocturne.StorageEmulator;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack.Emulated;

/// <summary>
/// Every function in this process, behind real HTTP pushes of Google's Pub/Sub emulator, on Google's Firestore
/// emulator and the Cloud Storage emulator of this project. What it holds lasts as long as the emulators.
/// </summary>
internal sealed class EmulatorStack : IStack
{
    // Events of one listener side by side make few commits: two messages at a time are all that the emulator pushes.
    private const int EventsPerMessage = 1_000;
    private const int ListenersTogether = 20;

    // Emulators that are named run already.
    private static readonly TimeSpan NamedAnswerWithin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan OldMessage = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    // Nothing moves for longer than this only where something is broken: it is more than the longest pause between
    // two attempts of a message.
    private static readonly TimeSpan LongestStandstill =
        NocturneTopology.Subscriptions.Max(subscription => subscription.MaxBackoff) + TimeSpan.FromMinutes(1);

    private readonly Deployment _deployment;
    private readonly EmulatorHosts _hosts;
    private readonly IReadOnlyList<IAsyncDisposable> _emulators;
    private readonly GoogleRestStores _stores;
    private readonly ServiceProvider _services;
    private readonly MessageTracker _tracker;
    private readonly List<ArchiveDrain> _archives = [];
    private PushHost? _pushes;

    private EmulatorStack(
        Deployment deployment,
        EmulatorHosts hosts,
        IReadOnlyList<IAsyncDisposable> emulators,
        bool areNamed,
        string folder,
        StackSettings settings
    )
    {
        _deployment = deployment;
        _hosts = hosts;
        _emulators = emulators;
        _tracker = new MessageTracker(settings.Time);
        Manner = new StackManner
        {
            DeliversHere = true,
            IsKept = areNamed,
            EmptyPulls = 2,
            EventsPerMessage = EventsPerMessage,
            ListenersTogether = ListenersTogether,
        };
        _services = new ServiceCollection()
            .AddSingleton(_ => Documents)
            .AddSingleton(_ => Objects)
            .AddSingleton<IEventPublisher>(_ => Publisher!)
            .AddForCommands(settings, DevelopmentAccess.Pepper, () => DevelopmentKey.IssuerOf(folder, settings.Time))
            .AddPushedFunctions()
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
        Publisher = new TrackedPublisher(_stores.Messages, _tracker, settings.Time);
    }

    public StackManner Manner { get; }

    public string Place =>
        $"Google's emulators at {_hosts.Documents} (Firestore) and {_hosts.Messages} (Pub/Sub), {_hosts.Objects} (storage)";

    public IServiceProvider Services => _services;

    public IDocumentStore Documents => _stores.Documents;

    public IObjectStore Objects => _stores.Objects;

    public IEventPublisher Publisher { get; }

    public ISubscriptionReader Subscriptions => _stores.Messages;

    public OperationCounters Counters => _stores.Counters;

    /// <summary>Finds or starts the emulators; nothing is delivered before <see cref="StartAsync"/>.</summary>
    /// <param name="deployment">The names of what is on them.</param>
    /// <param name="named">Those of the environment; none where they are to be started.</param>
    /// <param name="held">A file that keeps other commands out of its folder; closed with the stack.</param>
    /// <param name="settings">How it is opened.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EmulatorFailedException">One is missing or does not answer.</exception>
    public static async Task<EmulatorStack> OpenAsync(
        Deployment deployment,
        EmulatorHosts named,
        FileStream held,
        StackSettings settings,
        CancellationToken cancellationToken
    )
    {
        var emulators = new List<IAsyncDisposable> { held };
        try
        {
            var google = await GoogleEmulators.StartAsync(
                named.Documents is null
                    ? new GoogleEmulatorOptions { Time = settings.Time }
                    : new GoogleEmulatorOptions { Time = settings.Time, StartTimeout = NamedAnswerWithin },
                cancellationToken
            );
            emulators.Add(google);
            var hosts = google.Hosts with { Objects = named.Objects };
            if (hosts.Objects is null)
            {
                var storage = await StorageEmulatorHost.StartAsync(
                    new StorageEmulatorOptions
                    {
                        // Objects last as long as the documents beside them.
                        Folder = named.Documents is null
                            ? null
                            : Path.Combine(Path.GetDirectoryName(held.Name)!, "objects"),
                        Time = settings.Time,
                    },
                    cancellationToken
                );
                emulators.Add(storage);
                hosts = hosts with { Objects = storage.Host };
            }
            return new EmulatorStack(
                deployment,
                hosts,
                emulators,
                named.Documents is not null,
                Path.GetDirectoryName(held.Name)!,
                settings
            );
        }
        catch
        {
            await EndAsync(emulators);
            throw;
        }
    }

    /// <summary>Makes topics, subscriptions and buckets, and begins to deliver.</summary>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _pushes = await PushHost.StartAsync(_services, _tracker, cancellationToken);
        await EmulatorBuckets.CreateAsync(_hosts, _deployment, cancellationToken);
        await EmulatorTopology.CreateAsync(_hosts, _deployment, _pushes.EndpointOf, cancellationToken);
        var logger = _services.GetRequiredService<ILogger<ArchiveDrain>>();
        var time = _services.GetRequiredService<TimeProvider>();
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            if (subscription.Delivery is Delivery.CloudStorage target)
            {
                var archive = new ArchiveDrain(subscription, target, Subscriptions, Objects, _tracker, time, logger);
                archive.Start();
                _archives.Add(archive);
            }
        }
    }

    public ValueTask<long?> BacklogAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<long?>(_tracker.Backlog);

    /// <summary>
    /// Completes when everything that this process published is handled and archived, and the archive's subscriptions
    /// are empty.
    /// </summary>
    /// <exception cref="CommandFailedException">Nothing moves any more.</exception>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        _archives.ForEach(archive => archive.BeginFlush());
        try
        {
            do
            {
                while (_tracker.Backlog > 0)
                {
                    CheckProgress();
                    await Task.Delay(LookEvery, cancellationToken);
                }
                var emptied = Task.WhenAll(_archives.ConvertAll(archive => archive.EmptiedAsync(cancellationToken)));
                while (!emptied.IsCompleted)
                {
                    CheckProgress();
                    await Task.WhenAny(emptied, Task.Delay(LookEvery, cancellationToken));
                }
                await emptied;
            } while (_tracker.Backlog > 0); // what was archived or pushed may have published
        }
        finally
        {
            _archives.ForEach(archive => archive.EndFlush());
        }
    }

    public async ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        using var cloud = new CloudInspector(_deployment, _hosts);
        var examination = new CloudExamination(this, _deployment, cloud);
        return
        [
            new Finding("emulators", Gravity.Good, Place),
            .. await examination.TopologyAsync(cancellationToken),
            Waiting(),
            .. await examination.DeadLettersAsync(cancellationToken),
            await Examination.RejectedAsync(this, cancellationToken),
            .. await Examination.RunsAsync(this, cancellationToken),
        ];
    }

    /// <summary>Ends deliveries under way, then the archive's files, then the functions and the emulators.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_pushes is not null)
        {
            await _pushes.DisposeAsync();
        }
        await Task.WhenAll(_archives.ConvertAll(archive => archive.StopAsync()));
        await _services.DisposeAsync();
        await _stores.DisposeAsync();
        await EndAsync(_emulators);
    }

    private Finding Waiting()
    {
        var standstill = _tracker.Standstill;
        return _tracker.Backlog == 0 ? new Finding("messages", Gravity.Good, "nothing waits")
            : standstill > OldMessage
                ? new Finding(
                    "messages",
                    Gravity.Warning,
                    $"{_tracker.Describe()} wait, and nothing moved for {Examination.Age(standstill)}",
                    "See the log for why deliveries are refused (--verbose)."
                )
            : new Finding("messages", Gravity.Good, $"{_tracker.Describe()} wait");
    }

    private void CheckProgress()
    {
        if (_tracker.Standstill > LongestStandstill)
        {
            var why = _archives.Select(archive => archive.Failure).FirstOrDefault(failure => failure is not null);
            throw new CommandFailedException(
                $"Nothing has moved for {LongestStandstill.TotalMinutes:n0} minutes: {_tracker.Describe()} wait. "
                    + (why ?? $"See what the Pub/Sub emulator at {_hosts.Messages} prints, and start again.")
            );
        }
    }

    private static async Task EndAsync(IReadOnlyList<IAsyncDisposable> emulators)
    {
        foreach (var emulator in emulators.Reverse())
        {
            await emulator.DisposeAsync();
        }
    }
}
