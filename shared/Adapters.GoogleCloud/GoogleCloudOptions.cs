using Microsoft.Extensions.Logging;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>Options of <see cref="GoogleCloudStores"/>.</summary>
public sealed record GoogleCloudOptions
{
    /// <summary>
    /// Which of the three are emulators; those get no credentials. For the others the clients refuse to be made while
    /// the emulator's variable is set (<c>EmulatorDetection.ProductionOnly</c>).
    /// </summary>
    public EmulatorHosts Emulators { get; init; } = EmulatorHosts.None;

    /// <summary>The clock, for expiry, deadlines and pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Counts operations; null for counters of its own.</summary>
    public OperationCounters? Counters { get; init; }

    /// <summary>Where the loggers come from; null for none.</summary>
    public ILoggerFactory? Loggers { get; init; }

    /// <summary>Deadlines and repetitions of every call.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>
    /// Objects are uploaded in chunks of this size, each of which can be resumed; a multiple of 256 KiB. An upload holds
    /// one chunk in memory. Larger chunks mean fewer round trips, which count from a few MiB down.
    /// </summary>
    public int UploadChunkBytes { get; init; } = 4 << 20;
}

/// <summary>How long and how often a call is tried, on top of what the client libraries repeat by themselves.</summary>
/// <remarks>
/// The defaults end every call within the 60 s after which Pub/Sub delivers a message again, so that two deliveries
/// of one message do not work at once because of a service that is slow to answer.
/// </remarks>
public sealed record RetryOptions
{
    /// <summary>Attempts of one call, the first included.</summary>
    public int MaxAttempts { get; init; } = 8;

    /// <summary>
    /// One attempt's deadline: a commit of 10 MiB at 1 MiB/s takes half of it. Transfers of objects have it anew after
    /// every chunk.
    /// </summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>No attempt begins later than this after the first.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(35);

    /// <summary>The pause after the first attempt is a random part of this; the bound doubles with every attempt.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The bound of a pause grows up to this.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Seeds the pauses; null for a seed that differs from process to process, so that they part.</summary>
    public int? JitterSeed { get; init; }
}
