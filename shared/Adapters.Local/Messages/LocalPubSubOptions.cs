using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>Options of a <see cref="LocalPubSub"/>.</summary>
public sealed record LocalPubSubOptions
{
    /// <summary>The log below.</summary>
    public SegmentedLogOptions Log { get; init; } = new();

    /// <summary>The topics that exist.</summary>
    public IReadOnlyList<Topic> Topics { get; init; } = NocturneTopology.Topics;

    /// <summary>The subscriptions that exist; at most 64.</summary>
    public IReadOnlyList<Subscription> Subscriptions { get; init; } = NocturneTopology.Subscriptions;

    /// <summary>The clock of publish times, deadlines and pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// What the pauses of the topology are multiplied by: on one machine a refused delivery is worth repeating sooner.
    /// </summary>
    public double BackoffScale { get; init; } = 0.02;

    /// <summary>The shortest pause after a refused delivery, whatever the scale.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Deliveries under way per push subscription: bounds the work that a function has at once.</summary>
    public int MaxOutstandingMessages { get; init; } = 256;

    /// <summary>Bytes of deliveries under way per push subscription; one message is always let through.</summary>
    public long MaxOutstandingBytes { get; init; } = 64 << 20;

    /// <summary>
    /// An archive file is closed this long after its first message, if the topology does not say sooner: a single
    /// machine's user looks at the archive at once.
    /// </summary>
    public TimeSpan MaxArchiveDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes of messages waiting for push or archive from which on publishers are slowed down. The messages
    /// themselves are on disk; this bounds the index in memory and keeps a bulk import at the pace of its consumers.
    /// </summary>
    public long MaxBacklogBytes { get; init; } = 256 << 20;

    /// <summary>
    /// How long one publish waits at most for the backlog to shrink. It then goes ahead: a handler that publishes
    /// while the backlog is full would otherwise wait for itself.
    /// </summary>
    public TimeSpan MaxPublishWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long stopping waits for deliveries under way before it cancels them.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Counts operations; null for none.</summary>
    public OperationCounters? Counters { get; init; }

    /// <summary>Makes publishing and delivery misbehave; null for none.</summary>
    public Chaos? Chaos { get; init; }

    /// <summary>Where recovery, refused deliveries and dead letters are logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
