using Nocturne.Adapters.GoogleRest;
using Nocturne.Contracts;
using Nocturne.StorageEmulator;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

/// <summary>Stores of a project of their own on all three emulators, for the tests of one class.</summary>
public sealed class EmulatorStores : IAsyncLifetime
{
    private StorageEmulatorHost? _storage;
    private GoogleRestStores? _stores;

    /// <summary>The project.</summary>
    public Deployment Deployment { get; } = new(Unique.Name("emulated"));

    /// <summary>Where the emulators are.</summary>
    public EmulatorHosts Hosts { get; private set; } = EmulatorHosts.None;

    /// <summary>The stores.</summary>
    public GoogleRestStores Stores => _stores ?? throw new InvalidOperationException("The emulators are missing.");

    /// <summary>
    /// Patient beyond what production is: on a machine that does much else a call may take long. Chunks are as small
    /// as they may be, so that objects of a few MiB have several.
    /// </summary>
    public static GoogleRestOptions Options(EmulatorHosts hosts) =>
        new()
        {
            Emulators = hosts,
            UploadChunkBytes = 256 << 10,
            Retry = new RetryOptions
            {
                MaxAttempts = 20,
                AttemptTimeout = TimeSpan.FromSeconds(60),
                TotalTimeout = TimeSpan.FromMinutes(3),
                JitterSeed = 1,
            },
        };

    /// <summary>Whether a request writes a small object.</summary>
    public static bool IsUpload(string request) => request.Contains("uploadType=multipart", StringComparison.Ordinal);

    public async Task InitializeAsync()
    {
        if (new RequiresGoogleEmulatorsAttribute().Missing is not null)
        {
            return; // the tests are skipped
        }
        _storage = await StorageEmulatorHost.StartAsync(
            new StorageEmulatorOptions
            {
                Buckets = [.. NocturneTopology.Buckets.Select(bucket => Deployment.BucketName(bucket.Name))],
            }
        );
        Hosts = await SharedGoogleEmulators.HostsAsync() with { Objects = _storage.Host };
        _stores = new GoogleRestStores(Deployment, Options(Hosts));
    }

    public async Task DisposeAsync()
    {
        if (_stores is not null)
        {
            await _stores.DisposeAsync();
        }
        if (_storage is not null)
        {
            await _storage.DisposeAsync();
        }
    }
}
