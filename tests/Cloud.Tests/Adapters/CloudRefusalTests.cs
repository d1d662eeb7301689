using Nocturne.Adapters.GoogleCloud;
using Nocturne.Contracts;
using Nocturne.Emulator.Tests;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Cloud.Tests.Adapters;

/// <summary>What is missing or wrong is said in words that help.</summary>
[RequiresGoogleEmulators]
public sealed class CloudRefusalTests(EmulatorStores emulators) : IClassFixture<EmulatorStores>
{
    private const string Nowhere = "127.0.0.1:1"; // nothing listens there

    private static CancellationToken None => CancellationToken.None;

    [ContractFact]
    public async Task Emulators_ThatDoNotRun_AreNamedWithTheirVariables()
    {
        await using var stores = new GoogleCloudStores(
            emulators.Deployment,
            new GoogleCloudOptions
            {
                Emulators = new EmulatorHosts(Nowhere, Nowhere, Nowhere),
                Retry = new RetryOptions { MaxAttempts = 2, FirstBackoff = TimeSpan.FromMilliseconds(1) },
            }
        );

        var document = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await stores.Documents.GetAsync(DocumentKey.Of("c", "d"), None)
        );
        var message = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await stores.Messages.PublishAsync("topic", [new OutgoingMessage("x"u8.ToArray())], None)
        );
        var stored = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
            await stores.Objects.HeadAsync(new ObjectKey("nights", "x"), None)
        );

        Assert.Contains("FIRESTORE_EMULATOR_HOST", document.Message, StringComparison.Ordinal);
        Assert.Contains("PUBSUB_EMULATOR_HOST", message.Message, StringComparison.Ordinal);
        Assert.Contains("STORAGE_EMULATOR_HOST", stored.Message, StringComparison.Ordinal);
        Assert.All([document, message, stored], e => Assert.Contains(Nowhere, e.Message, StringComparison.Ordinal));
    }

    [ContractFact]
    public async Task Project_WithoutTheDeployment_IsSaidToLackIt()
    {
        var other = new Deployment(Unique.Name("other"));
        await using var stores = new GoogleCloudStores(other, EmulatorStores.Options(emulators.Hosts));
        var key = new ObjectKey(NocturneTopology.BucketNames.Nights, "x");

        StoreUnavailableException[] missing =
        [
            await Assert.ThrowsAsync<StoreUnavailableException>(async () => await stores.Objects.HeadAsync(key, None)),
            await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
                await stores.Objects.PutBytesAsync(key, "x"u8.ToArray(), "text/plain", IfGeneration.Any, None)
            ),
            await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
                await stores.Objects.DeleteAsync(key, IfGeneration.Any, None)
            ),
            await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
                await stores.Messages.PullAsync(NocturneTopology.SubscriptionNames.PlaylistsReady, 1, None)
            ),
        ];

        Assert.All(
            missing,
            e =>
            {
                Assert.Contains(other.Project, e.Message, StringComparison.Ordinal);
                Assert.Contains("pulumi up", e.Message, StringComparison.Ordinal);
            }
        );
    }
}
