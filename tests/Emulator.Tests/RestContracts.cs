using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Emulator.Tests;

[RequiresGoogleEmulators]
public sealed class RestDocumentStoreContract(EmulatorStores emulators)
    : DocumentStoreContract,
        IClassFixture<EmulatorStores>
{
    protected override IDocumentStore Store => emulators.Stores.Documents;
}

[RequiresGoogleEmulators]
public sealed class RestObjectStoreContract(EmulatorStores emulators)
    : ObjectStoreContract,
        IClassFixture<EmulatorStores>
{
    protected override IObjectStore Store => emulators.Stores.Objects;
}

[RequiresGoogleEmulators]
public sealed class RestPublisherContract(EmulatorStores emulators)
    : PublisherContract,
        IClassFixture<EmulatorStores>,
        IAsyncLifetime
{
    private readonly string _topic = Unique.Name("topic");
    private readonly string _subscription = Unique.Name("subscription");

    protected override IEventPublisher Publisher => emulators.Stores.Messages;

    protected override string Topic => _topic;

    public Task InitializeAsync() => TestTopics.CreateAsync(emulators, _topic, _subscription);

    public Task DisposeAsync() => Task.CompletedTask;

    protected override async Task<IReadOnlyList<ReceivedMessage>> PullAsync()
    {
        var messages = emulators.Stores.Messages;
        var pulled = await messages.PullAsync(_subscription, 1000, CancellationToken.None);
        await messages.AcknowledgeAsync(_subscription, [.. pulled.Select(m => m.AckId)], CancellationToken.None);
        return [.. pulled.Select(m => new ReceivedMessage(m.Id, m.Data.ToArray(), m.Attributes))];
    }
}

[RequiresGoogleEmulators]
public sealed class RestSubscriptionReaderContract(EmulatorStores emulators)
    : SubscriptionReaderContract,
        IClassFixture<EmulatorStores>,
        IAsyncLifetime
{
    private readonly string _topic = Unique.Name("topic");
    private readonly string _subscription = Unique.Name("subscription");

    protected override ISubscriptionReader Reader => emulators.Stores.Messages;

    protected override IEventPublisher Publisher => emulators.Stores.Messages;

    protected override string Topic => _topic;

    protected override string Subscription => _subscription;

    public Task InitializeAsync() => TestTopics.CreateAsync(emulators, _topic, _subscription);

    public Task DisposeAsync() => Task.CompletedTask;
}
