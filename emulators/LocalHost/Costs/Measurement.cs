using System.Security.Cryptography;
using Nocturne.Domain;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Importing;
using Nocturne.LocalHost.Operations;
using Nocturne.LocalHost.Stack;
using Nocturne.LocalHost.Stack.Emulated;
using Nocturne.Nights;
using Nocturne.Population;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Costs;

/// <summary>What a made-up population's events and one night of theirs used.</summary>
/// <param name="Events">How many events were taken in.</param>
/// <param name="Listeners">Of how many listeners.</param>
/// <param name="Bulk">For a million events as fast as they go, as an import publishes them.</param>
/// <param name="Live">For a million events each of which is taken in before its listener's next, as people listen.</param>
/// <param name="Night">For a night of a million listeners.</param>
internal sealed record Measurement(
    long Events,
    int Listeners,
    MeasuredUsage Bulk,
    MeasuredUsage Live,
    MeasuredUsage Night
)
{
    private const decimal Million = 1_000_000;

    // The latest events are the live ones: a part of all, and no more than are waited for one message at a time.
    private const int LivePart = 4;
    private const int MostLive = 5_000;

    /// <summary>Measures on a stack of its own, of which nothing is left.</summary>
    /// <param name="context">Which kind of stack, and where progress is shown.</param>
    /// <param name="population">Whose events.</param>
    /// <param name="eventsPerMessage">How publishers pack them.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<Measurement> TakeAsync(
        CommandContext context,
        SyntheticPopulation population,
        int eventsPerMessage,
        CancellationToken cancellationToken
    )
    {
        var folder = Directory.CreateTempSubdirectory("nocturne-costs-");
        try
        {
            var choice = OwnStack(context.Stack, folder.FullName);
            await using var stack = await choice.OpenAsync(context.Settings, cancellationToken);
            await stack.StartAsync(cancellationToken);
            return await TakeAsync(context, stack, population, eventsPerMessage, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Measurement> TakeAsync(
        CommandContext context,
        IStack stack,
        SyntheticPopulation population,
        int eventsPerMessage,
        CancellationToken cancellationToken
    )
    {
        var options = population.Options;
        var operations = new StackOperations(stack); // the stack is disposed by who opened it
        var live = new List<ListenEvent>();
        var bulkEvents = options.Events - Math.Min(MostLive, options.Events / LivePart);
        var meter = Meter.Start(stack);
        MeasuredUsage? bulk = null;
        MeasuredUsage? single = null;
        await WorkMeter.RunAsync(
            context.Terminal,
            "listening",
            "events",
            options.Events,
            async progress =>
            {
                var packer = new MessagePacker(operations, eventsPerMessage, cancellationToken);
                foreach (var listenEvent in population.Events(together: options.Listeners))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (packer.Events == bulkEvents)
                    {
                        live.Add(listenEvent);
                        continue;
                    }
                    await packer.AddAsync(listenEvent);
                    progress.Report(packer.Events);
                }
                await packer.FlushAsync();
                await stack.DrainAsync(cancellationToken);
                bulk = meter.Stop(Million / bulkEvents, FunctionShape.Ingest, isArchived: true);

                meter = Meter.Start(stack);
                packer = new MessagePacker(operations, eventsPerMessage, cancellationToken);
                foreach (var message in OneEventAListener(live, eventsPerMessage))
                {
                    foreach (var listenEvent in message)
                    {
                        await packer.AddAsync(listenEvent);
                    }
                    await packer.FlushAsync();
                    await stack.DrainAsync(cancellationToken);
                    progress.Report(bulkEvents + packer.Events);
                }
                single = meter.Stop(Million / Math.Max(1, live.Count), FunctionShape.Ingest, isArchived: true);
            }
        );

        var run = new RunId(options.EndDate.AddDays(1));
        meter = Meter.Start(stack);
        await operations.StartNightAsync(run, cancellationToken);
        await stack.DrainAsync(cancellationToken); // a step publishes the next before it is acknowledged
        var night = meter.Stop(Million / options.Listeners, FunctionShape.Night, isArchived: false);

        var view = await operations.ReadRunAsync(run, cancellationToken);
        return view is { Record.State: RunState.Finished }
            ? new Measurement(options.Events, options.Listeners, bulk!, single!, night)
            : throw new CommandFailedException(
                $"The night that was to be measured did not end: {view?.Record.Failure ?? "its messages were given up"}."
            );
    }

    /// <summary>The events in messages that hold at most one of each listener.</summary>
    private static IEnumerable<IReadOnlyCollection<ListenEvent>> OneEventAListener(
        IEnumerable<ListenEvent> events,
        int eventsPerMessage
    )
    {
        var rest = events.ToList();
        while (rest.Count > 0)
        {
            var message = new Dictionary<ListenerId, ListenEvent>();
            rest.RemoveAll(listenEvent =>
                message.Count < eventsPerMessage && message.TryAdd(listenEvent.Listener, listenEvent)
            );
            yield return message.Values;
        }
    }

    /// <summary>Of the same kind, and nobody else's: emulators that others use get a project of its own.</summary>
    private static IStackChoice OwnStack(IStackChoice kind, string folder) =>
        kind is EmulatorChoice
            ? new EmulatorChoice(
                new Deployment("nocturne-costs-" + RandomNumberGenerator.GetHexString(8, lowercase: true)),
                EmulatorChoice.Named(Environment.GetEnvironmentVariable),
                folder
            )
            : new EmbeddedChoice(folder);

    /// <summary>Counters and processor time since a moment.</summary>
    private sealed record Meter(IStack Stack, OperationCounts Counts, TimeSpan Cpu)
    {
        public static Meter Start(IStack stack) =>
            new(stack, stack.Counters.Snapshot(), Environment.CpuUsage.TotalTime);

        public MeasuredUsage Stop(decimal scale, FunctionShape shape, bool isArchived) =>
            new(Stack.Counters.Snapshot() - Counts, Environment.CpuUsage.TotalTime - Cpu, scale, shape)
            {
                IsArchived = isArchived,
                CountsPushes = Stack is EmbeddedStack,
            };
    }
}
