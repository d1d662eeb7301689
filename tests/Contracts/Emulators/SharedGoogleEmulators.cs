using Nocturne.Emulators;
using Nocturne.Topology;

namespace Nocturne.Contracts;

/// <summary>
/// Google's emulators for all tests of a process, started by the first that asks and ended with the process. Tests keep
/// apart by projects and names of their own.
/// </summary>
public static class SharedGoogleEmulators
{
    // Guards _started.
    private static readonly Lock Gate = new();
    private static Task<GoogleEmulators>? _started;

    /// <summary>Where they are.</summary>
    /// <exception cref="EmulatorFailedException">They cannot be started.</exception>
    public static async Task<EmulatorHosts> HostsAsync()
    {
        Task<GoogleEmulators> started;
        lock (Gate)
        {
            started = _started ??= StartAsync();
        }
        return (await started).Hosts;
    }

    private static async Task<GoogleEmulators> StartAsync()
    {
        var emulators = await GoogleEmulators.StartAsync();
        // Killing them is the first thing that disposal does; the process need not wait for more.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _ = emulators.DisposeAsync().AsTask();
        return emulators;
    }
}
