using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

/// <summary>Invariant 1: any order, any duplicates and any batching of a set of events give the same documents.</summary>
public sealed class OrderTests
{
    [Fact]
    public void Apply_AnyOrderDuplicatesAndBatching_GivesTheSameDocuments() =>
        Histories.ForAll(
            100,
            async history =>
            {
                var rows = history.Rows;

                var whole = await DocumentsAfterAsync(new InMemoryDocumentStore(), [rows]);
                var streamed = await DocumentsAfterAsync(
                    new InMemoryDocumentStore(),
                    EventDraw.Deliver(rows, new Random(history.Order))
                );

                ListenerState.AssertSame(whole, streamed);
                ListenerState.AssertBounded(streamed);
            }
        );

    [Fact]
    public void Apply_EverythingASecondTime_WritesNothing() =>
        Histories.ForAll(
            60,
            async history =>
            {
                var store = new InMemoryDocumentStore();
                var listeners = new ListenerStore(store, TimeProvider.System);
                await listeners.ApplyAsync(EventDraw.Listener, history.Rows, CancellationToken.None);
                var commits = store.Commits;

                foreach (var batch in EventDraw.Deliver(history.Rows, new Random(history.Order)))
                {
                    Assert.False(await listeners.ApplyAsync(EventDraw.Listener, batch, CancellationToken.None));
                }

                Assert.Equal(commits, store.Commits);
            }
        );

    [Fact]
    public async Task Apply_OnTheLocalStore_GivesTheSameDocuments()
    {
        using var folder = new TemporaryFolder();
        await using var local = new LocalDocumentStore(folder.Path);
        Histories.ForAll(
            100,
            40,
            async history =>
            {
                var rows = history.Rows;
                var heads = Unique.Name("listeners");

                var whole = await DocumentsAfterAsync(new InMemoryDocumentStore(), [rows]);
                var streamed = await DocumentsAfterAsync(
                    local,
                    EventDraw.Deliver(rows, new Random(history.Order)),
                    heads
                );

                ListenerState.AssertSame(whole, streamed);
            }
        );
    }

    private static async Task<SortedDictionary<string, byte[]>> DocumentsAfterAsync(
        IDocumentStore store,
        IEnumerable<IReadOnlyList<HistoryRow>> batches,
        string heads = ListenerDocuments.Heads
    )
    {
        var listeners = new ListenerStore(store, TimeProvider.System, heads);
        foreach (var batch in batches)
        {
            await listeners.ApplyAsync(EventDraw.Listener, batch, CancellationToken.None);
        }
        return await ListenerState.ReadAsync(store, heads);
    }
}
