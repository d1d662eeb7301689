using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Testing;

namespace Nocturne.Profiles.Tests;

/// <summary>Updates of one listener made at the same time lose nothing, whoever makes them.</summary>
public sealed class ConcurrencyTests
{
    private const int Workers = 4;

    [Fact]
    public async Task Apply_FromTwoInstancesInParallel_EndsAsInSequence()
    {
        var conflicts = 0;
        // Whether tasks meet is the scheduler's choice: histories are added until some did.
        for (var seed = 0; seed < 10 || (conflicts == 0 && seed < 1_000); seed++)
        {
            var store = new InMemoryDocumentStore { Interleaves = true };

            await AssertParallelEndsAsSequenceAsync(store, seed, 100);

            conflicts += store.Conflicts;
        }

        Assert.True(conflicts > 0, "The updates never met.");
    }

    [Fact]
    public async Task Apply_FromTwoInstancesInParallelOnTheLocalStore_EndsAsInSequence()
    {
        using var folder = new TemporaryFolder();
        await using var store = new LocalDocumentStore(folder.Path);

        await AssertParallelEndsAsSequenceAsync(store, 1, 100);
    }

    [Fact]
    public async Task Derive_WhileEventsAreApplied_LosesNone()
    {
        var random = new Random(5);
        var rows = Rows(random, 200);
        var store = new InMemoryDocumentStore { Interleaves = true };
        var (first, second) = (Listeners(store), Listeners(store));

        await Task.WhenAll(
            Task.WhenAll(rows.Chunk(40).Select(batch => Task.Run(() => ApplyAsync(first, batch)))),
            Task.Run(async () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    await second.DeriveAsync(EventDraw.Listener, CancellationToken.None);
                }
            })
        );

        ListenerState.AssertSame(await InSequenceAsync(rows), await ListenerState.ReadAsync(store));
    }

    [Fact]
    public async Task Read_WhileEventsAreApplied_SeesOneMoment()
    {
        var random = new Random(6);
        var plays = EventAlphabet.Small with { Weights = [1, 0, 0, 0, 0, 0, 0], Days = [EventAlphabet.Today] };
        var rows = Rows(random, 300, plays);
        var store = new InMemoryDocumentStore { Interleaves = true };
        var (first, second) = (Listeners(store), Listeners(store));
        await ApplyAsync(first, rows[..1]);

        var applying = Task.Run(async () =>
        {
            foreach (var row in rows)
            {
                await ApplyAsync(first, [row]);
            }
        });
        do
        {
            var reading = await second.ReadAllAsync(EventDraw.Listener, CancellationToken.None);

            Assert.Equal(
                reading!.Profile.Totals.Plays,
                reading.Tallies.Sum(month => month.Tally.Items.Sum(item => item.Plays))
            );
        } while (!applying.IsCompleted);
        await applying;
    }

    [Fact]
    public async Task Apply_ReadingDocumentsOfTwoMoments_StartsAgain()
    {
        var (latest, earlier, late) = (Play("2026-11-20"), Play("2026-10-05"), Play("2026-09-05"));
        var retraction = HistoryRow.Of(
            new RetractEvent
            {
                Listener = EventDraw.Listener,
                Id = earlier.Id,
                StartedAt = earlier.StartedAt,
                ReceivedAt = earlier.StartedAt,
            }
        );
        var store = new InMemoryDocumentStore();
        await ApplyAsync(Listeners(store), [latest, earlier]);
        // Between the head, which says that October has plays, and October's tally, which is deleted.
        var interrupted = new InterruptedStore(store, "2026-10", () => ApplyAsync(Listeners(store), [retraction]));

        await Listeners(interrupted).ApplyAsync(EventDraw.Listener, [late], CancellationToken.None);

        Assert.True(interrupted.WasInterrupted);
        ListenerState.AssertSame(
            await InSequenceAsync([latest, earlier, retraction, late]),
            await ListenerState.ReadAsync(store)
        );
    }

    [Fact]
    public async Task Apply_WithHeadBytesUnchanged_StillWritesTheHeadThatSerialisesUpdates()
    {
        var store = new InMemoryDocumentStore();
        var key = ListenerDocuments.KeyOf(
            ListenerDocuments.Heads,
            StorageName.Of(EventDraw.Listener.Value),
            ListenerPart.Head,
            ""
        );
        await ApplyAsync(Listeners(store), [OpinionTakenBack("i")]);
        var before = await store.GetAsync(key, CancellationToken.None);

        await ApplyAsync(Listeners(store), [OpinionTakenBack("longer")]);

        var after = await store.GetAsync(key, CancellationToken.None);
        Assert.Equal(before!.Data.ToArray(), after!.Data.ToArray());
        Assert.NotEqual(before.Version, after.Version);
    }

    private static HistoryRow Play(string date)
    {
        var start = Instant.FromDate(DateOnly.ParseExact(date, "yyyy-MM-dd"));
        return HistoryRow.Of(
            new PlayEvent
            {
                Listener = EventDraw.Listener,
                Id = new EventId("e"),
                StartedAt = start,
                ReceivedAt = start,
                Item = new ItemId("i"),
            }
        );
    }

    private static HistoryRow OpinionTakenBack(string item)
    {
        var start = Instant.FromDate(EventAlphabet.Today);
        return HistoryRow.Of(
            new FeedbackEvent
            {
                Listener = EventDraw.Listener,
                Id = new EventId("e"),
                StartedAt = start,
                ReceivedAt = start,
                Item = new ItemId(item),
                Score = 0,
            }
        );
    }

    private static async Task AssertParallelEndsAsSequenceAsync(IDocumentStore store, int seed, int count)
    {
        var random = new Random(seed);
        var rows = Rows(random, count);
        var (first, second) = (Listeners(store), Listeners(store));

        var workers = Enumerable
            .Range(0, Workers)
            .Select(worker =>
            {
                var batches = EventDraw.Deliver(
                    rows.Where((_, i) => i % Workers == worker).ToArray(),
                    new Random(worker)
                );
                return Task.Run(async () =>
                {
                    foreach (var batch in batches)
                    {
                        await ApplyAsync(worker % 2 == 0 ? first : second, batch);
                    }
                });
            });
        await Task.WhenAll(workers);

        ListenerState.AssertSame(await InSequenceAsync(rows), await ListenerState.ReadAsync(store));
    }

    private static async Task<SortedDictionary<string, byte[]>> InSequenceAsync(HistoryRow[] rows)
    {
        var store = new InMemoryDocumentStore();
        var listeners = Listeners(store);
        foreach (var row in rows)
        {
            await ApplyAsync(listeners, [row]);
        }
        return await ListenerState.ReadAsync(store);
    }

    /// <summary>Publishers and push deliveries repeat what conflicts too often; so does this.</summary>
    private static async Task ApplyAsync(ListenerStore listeners, IReadOnlyList<HistoryRow> rows)
    {
        while (true)
        {
            try
            {
                await listeners.ApplyAsync(EventDraw.Listener, rows, CancellationToken.None);
                return;
            }
            catch (DocumentConflictException)
            {
                // Others won every attempt.
            }
        }
    }

    private static ListenerStore Listeners(IDocumentStore store) => new(store, TimeProvider.System);

    private static HistoryRow[] Rows(Random random, int count, EventAlphabet? alphabet = null) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => HistoryRow.Of(EventDraw.Event(random, alphabet ?? EventAlphabet.Small))),
        ];

    /// <summary>Lets another writer in once, just before one document is read by itself.</summary>
    private sealed class InterruptedStore(IDocumentStore store, string id, Func<Task> interrupt) : IDocumentStore
    {
        public bool WasInterrupted { get; private set; }

        public async ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken)
        {
            if (key.Id == id && !WasInterrupted)
            {
                WasInterrupted = true;
                await interrupt();
            }
            return await store.GetAsync(key, cancellationToken);
        }

        public ValueTask<IReadOnlyList<Document?>> GetManyAsync(
            IReadOnlyList<DocumentKey> keys,
            CancellationToken cancellationToken
        ) => store.GetManyAsync(keys, cancellationToken);

        public ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken) =>
            store.CommitAsync(writes, cancellationToken);

        public IAsyncEnumerable<Document> ListAsync(
            string collection,
            string? fromInclusive,
            string? toExclusive,
            CancellationToken cancellationToken
        ) => store.ListAsync(collection, fromInclusive, toExclusive, cancellationToken);
    }
}
