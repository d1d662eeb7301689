using Nocturne.Adapters.Local;
using Nocturne.Contracts;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local.Tests;

public sealed class LocalDocumentStoreContract : DocumentStoreContract, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalDocumentStore _store;

    public LocalDocumentStoreContract() => _store = new LocalDocumentStore(_folder.Path, Small.Documents());

    protected override IDocumentStore Store => _store;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class LocalObjectStoreContract : ObjectStoreContract, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalObjectStore _store;

    public LocalObjectStoreContract() => _store = new LocalObjectStore(_folder.Path, Small.Objects());

    protected override IObjectStore Store => _store;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class LocalPublisherContract : PublisherContract, IAsyncLifetime
{
    private const string Subscription = NocturneTopology.SubscriptionNames.PlaylistsReady;

    private readonly TemporaryFolder _folder = new();
    private LocalStack? _stack;

    protected override IEventPublisher Publisher => _stack!.Messages;

    protected override string Topic => NocturneTopology.TopicNames.PlaylistsReady;

    public async Task InitializeAsync() => _stack = await LocalStack.OpenAsync(_folder.Path, Small.Stack());

    public async Task DisposeAsync()
    {
        await _stack!.DisposeAsync();
        _folder.Dispose();
    }

    protected override async Task<IReadOnlyList<ReceivedMessage>> PullAsync()
    {
        var pulled = await _stack!.Messages.PullAsync(Subscription, 300, CancellationToken.None);
        await _stack.Messages.AcknowledgeAsync(Subscription, [.. pulled.Select(m => m.AckId)], CancellationToken.None);
        return [.. pulled.Select(m => new ReceivedMessage(m.Id, m.Data.ToArray(), m.Attributes))];
    }
}

public sealed class LocalSubscriptionReaderContract : SubscriptionReaderContract, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private LocalStack? _stack;

    protected override ISubscriptionReader Reader => _stack!.Messages;

    protected override IEventPublisher Publisher => _stack!.Messages;

    protected override string Topic => NocturneTopology.TopicNames.PlaylistsReady;

    protected override string Subscription => NocturneTopology.SubscriptionNames.PlaylistsReady;

    public async Task InitializeAsync() => _stack = await LocalStack.OpenAsync(_folder.Path, Small.Stack());

    public async Task DisposeAsync()
    {
        await _stack!.DisposeAsync();
        _folder.Dispose();
    }
}
