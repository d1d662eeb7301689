using Nocturne.LocalHost.Operations;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Stack;

/// <summary>
/// What commands work on, whichever it is: the three stores, what is composed on them, and how messages are coming
/// along.
/// </summary>
internal interface IStack : IAsyncDisposable
{
    /// <summary>What commands must know of it.</summary>
    StackManner Manner { get; }

    /// <summary>Where its data is, for people: a folder or a project.</summary>
    string Place { get; }

    /// <summary>ListenerStore, Collect, Serve, TimeProvider and loggers; where they run here, all functions.</summary>
    IServiceProvider Services { get; }

    /// <summary>The documents.</summary>
    IDocumentStore Documents { get; }

    /// <summary>The objects.</summary>
    IObjectStore Objects { get; }

    /// <summary>Publishes to a topic.</summary>
    IEventPublisher Publisher { get; }

    /// <summary>Pulls dead letters.</summary>
    ISubscriptionReader Subscriptions { get; }

    /// <summary>Counts the operations that this process makes.</summary>
    OperationCounters Counters { get; }

    /// <summary>Begins to deliver, where this process does.</summary>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>Messages that are not handled yet, and not archived; null where that is not known here.</summary>
    ValueTask<long?> BacklogAsync(CancellationToken cancellationToken);

    /// <summary>Completes when there are none; at once where that is not known here.</summary>
    ValueTask DrainAsync(CancellationToken cancellationToken);

    /// <summary>Looks for what is wrong.</summary>
    ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken);
}

/// <summary>How stacks differ in ways that commands must know.</summary>
internal sealed record StackManner
{
    /// <summary>Whether messages are delivered by this process, and by nobody when it ends.</summary>
    public required bool DeliversHere { get; init; }

    /// <summary>Whether doing something costs money or touches others' data, and is asked about first.</summary>
    public bool AsksConsent { get; init; }

    /// <summary>Whether what it holds is there after this process.</summary>
    public bool IsKept { get; init; } = true;

    /// <summary>Between two looks at work that goes on elsewhere: a look costs a few reads.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long it takes at most from an event's commit until the archive holds it.</summary>
    public TimeSpan ArchiveDelay { get; init; }

    /// <summary>How many empty answers in a row mean that a subscription is empty.</summary>
    public int EmptyPulls { get; init; } = 1;

    /// <summary>Events that the demo packs into one message.</summary>
    public int EventsPerMessage { get; init; } = 100;

    /// <summary>Listeners of the demo whose events are mixed by time; null for all. What comes out is the same.</summary>
    public int? ListenersTogether { get; init; }
}
