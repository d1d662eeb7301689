using Microsoft.Extensions.Logging;

namespace Nocturne.StorageEmulator;

/// <summary>Options of a <see cref="StorageEmulatorHost"/>.</summary>
public sealed record StorageEmulatorOptions
{
    /// <summary>Where buckets are kept; null for a temporary folder that goes when the emulator is disposed.</summary>
    public string? Folder { get; init; }

    /// <summary>The port on 127.0.0.1; 0 for any that is free.</summary>
    public int Port { get; init; }

    /// <summary>Buckets to create at the start, unless they exist.</summary>
    public IReadOnlyList<string> Buckets { get; init; } = [];

    /// <summary>The clock of times and generations.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where requests are logged; null for nowhere.</summary>
    public ILoggerFactory? Loggers { get; init; }
}
