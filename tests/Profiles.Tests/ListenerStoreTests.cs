using Nocturne.Contracts;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

public sealed class ListenerStoreTests
{
    [Fact]
    public async Task Apply_MoreDaysThanACommitHolds_CommitsThemInParts()
    {
        var random = new Random(1_200);
        var alphabet = EventAlphabet.Small with
        {
            Days = [.. Enumerable.Range(0, 1_200).Select(back => EventAlphabet.Today.AddDays(-back))],
        };
        var rows = Enumerable.Range(0, 3_000).Select(_ => HistoryRow.Of(EventDraw.Event(random, alphabet))).ToArray();
        var (whole, streamed) = (new InMemoryDocumentStore(), new InMemoryDocumentStore());

        Assert.True(await new ListenerStore(whole, TimeProvider.System).ApplyAsync(EventDraw.Listener, rows, default));

        foreach (var batch in rows.Chunk(100))
        {
            await new ListenerStore(streamed, TimeProvider.System).ApplyAsync(EventDraw.Listener, batch, default);
        }
        Assert.True(whole.Commits > 1);
        ListenerState.AssertSame(await ListenerState.ReadAsync(streamed), await ListenerState.ReadAsync(whole));
    }

    [Fact]
    public async Task List_AllShards_GiveEveryListenerOnceInItsShard()
    {
        var store = new InMemoryDocumentStore();
        var listeners = new ListenerStore(store, TimeProvider.System);
        var ids = Enumerable.Range(0, 200).Select(i => new ListenerId($"listener {i}/é")).ToArray();
        foreach (var id in ids)
        {
            await listeners.ApplyAsync(id, [HistoryRow.Of(EventDraw.Event(1, EventAlphabet.Small))], default);
        }

        const int Shards = 7;
        var listed = new List<ListenerId>();
        for (var shard = 0; shard < Shards; shard++)
        {
            await foreach (var id in listeners.ListAsync(shard, Shards, default))
            {
                Assert.Equal(shard, StorageName.ShardOf(id.Value, Shards));
                listed.Add(id);
            }
        }

        Assert.Equal(ids.OrderBy(id => StorageName.Of(id.Value), StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task ReadHistory_FromOneDayToAnother_GivesTheRowsOfTheDaysBetween()
    {
        var store = new InMemoryDocumentStore();
        var listeners = new ListenerStore(store, TimeProvider.System);
        var random = new Random(3);
        var plays = EventAlphabet.Small with { Weights = [1, 0, 0, 0, 0, 0, 0] };
        var events = Enumerable.Range(0, 200).Select(_ => EventDraw.Event(random, plays)).ToArray();
        await listeners.ApplyAsync(EventDraw.Listener, [.. events.Select(HistoryRow.Of)], default);
        var (from, to) = (new DateOnly(2022, 12, 1), EventAlphabet.Today);

        var rows = new List<HistoryRow>();
        await foreach (var day in listeners.ReadHistoryAsync(EventDraw.Listener, from, to, default))
        {
            rows.AddRange(day.Rows);
        }

        Assert.Equal(
            events
                .Where(e => e.StartedAt.Date >= from && e.StartedAt.Date < to)
                .Select(e => (e.StartedAt, e.Id))
                .Distinct()
                .Count(),
            rows.Count
        );
        Assert.All(rows, row => Assert.InRange(row.StartedAt.Date, from, to.AddDays(-1)));
    }

    [Fact]
    public async Task Apply_WhenTheStoreContradictsItself_SaysSo()
    {
        var store = new InMemoryDocumentStore();
        var listeners = new ListenerStore(store, TimeProvider.System);
        var key = ListenerDocuments.KeyOf(
            ListenerDocuments.Heads,
            StorageName.Of(EventDraw.Listener.Value),
            ListenerPart.Head,
            ""
        );
        await store.CommitAsync([DocumentWrite.Put(key, new byte[] { 99 })], default);

        var failure = await Assert.ThrowsAsync<InvalidDataException>(async () =>
            await listeners.ApplyAsync(
                EventDraw.Listener,
                [HistoryRow.Of(EventDraw.Event(1, EventAlphabet.Small))],
                default
            )
        );

        Assert.Contains("version 99", failure.Message, StringComparison.Ordinal);
    }
}

/// <summary>The store of these suites keeps the port's contract.</summary>
public sealed class InMemoryDocumentStoreTests : DocumentStoreContract
{
    protected override IDocumentStore Store { get; } = new InMemoryDocumentStore();
}
