using Nocturne.Adapters.GoogleCloud;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

/// <summary>Stores that reach the emulators through a proxy with faults.</summary>
internal sealed class FaultyStores : IAsyncDisposable
{
    /// <summary>What a hanging request costs a test. Calls that are slow for other reasons are sent again, too.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);

    private readonly List<FaultProxy> _proxies;

    private FaultyStores(GoogleCloudStores stores, List<FaultProxy> proxies)
    {
        Stores = stores;
        _proxies = proxies;
    }

    public GoogleCloudStores Stores { get; }

    /// <summary>Puts a proxy with one plan before each emulator.</summary>
    public static async Task<FaultyStores> StartAsync(EmulatorStores emulators, FaultPlan plan, int maxAttempts = 16)
    {
        var proxies = new List<FaultProxy>();
        foreach (var host in new[] { emulators.Hosts.Documents, emulators.Hosts.Messages, emulators.Hosts.Objects })
        {
            proxies.Add(await FaultProxy.StartAsync(host!, plan));
        }
        var options = EmulatorStores.Options(new EmulatorHosts(proxies[0].Host, proxies[1].Host, proxies[2].Host));
        var stores = new GoogleCloudStores(
            emulators.Deployment,
            options with
            {
                Retry = options.Retry with
                {
                    MaxAttempts = maxAttempts,
                    AttemptTimeout = AttemptTimeout,
                    FirstBackoff = TimeSpan.FromMilliseconds(10),
                    LongestBackoff = TimeSpan.FromMilliseconds(500),
                },
            }
        );
        return new FaultyStores(stores, proxies);
    }

    public async ValueTask DisposeAsync()
    {
        await Stores.DisposeAsync();
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }
    }
}
