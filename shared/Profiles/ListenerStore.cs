using System.Runtime.CompilerServices;
using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles;

/// <summary>Everything that a night needs of one listener, read at one moment.</summary>
/// <param name="Profile">The head.</param>
/// <param name="Tallies">The months' tallies, ascending.</param>
/// <param name="Statements">All statements.</param>
public sealed record ListenerReading(
    ListenerProfile Profile,
    IReadOnlyList<(Month Month, MonthTally Tally)> Tallies,
    Statements Statements
);

/// <summary>
/// Listeners' state in a document store: <see cref="ListenerUpdate"/>'s rules, applied in optimistic transactions.
/// </summary>
/// <remarks>
/// Every update writes the head on the condition that it is as it was read, and every other document likewise, so
/// updates of one listener are serialised by the store, whoever makes them.
/// </remarks>
/// <param name="documents">The store.</param>
/// <param name="time">For the pauses between attempts.</param>
/// <param name="heads">The collection of heads; another one builds a state aside.</param>
public sealed partial class ListenerStore(
    IDocumentStore documents,
    TimeProvider time,
    string heads = ListenerDocuments.Heads
)
{
    private const int MaxAttempts = 64;

    /// <summary>Takes rows into a listener's state, whenever they were received; durable when it returns.</summary>
    /// <returns>Whether anything was new.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    /// <exception cref="DocumentConflictException">Other writers won <c>64</c> times in a row; repeat.</exception>
    public ValueTask<bool> ApplyAsync(
        ListenerId listener,
        IReadOnlyList<HistoryRow> rows,
        CancellationToken cancellationToken
    ) => ApplyAsync(listener, rows, receipts: null, cancellationToken);

    private async ValueTask<bool> ApplyAsync(
        ListenerId listener,
        IReadOnlyList<HistoryRow> rows,
        IReadOnlyList<Instant>? receipts,
        CancellationToken cancellationToken
    )
    {
        var storageName = StorageName.Of(listener.Value);
        for (var attempt = 1; ; attempt++)
        {
            var state = new ReadState(
                documents,
                heads,
                storageName,
                receipts is null ? null : Tombstone.KeyOf(listener)
            );
            await state.PrefetchAsync(rows, cancellationToken);
            if (state.Tombstone is { IsErasing: true } && attempt < MaxAttempts)
            {
                await new ListenerErasure(documents, time).FinishAsync(listener, cancellationToken);
                continue;
            }
            if (state.Tombstone is { } tombstone && receipts is not null && receipts.Any(tombstone.Covers))
            {
                int[] kept = [.. Enumerable.Range(0, rows.Count).Where(i => !tombstone.Covers(receipts[i]))];
                if (kept.Length == 0)
                {
                    return false;
                }
                // One more look at what is wanted now; few listeners ever come here.
                rows = [.. kept.Select(i => rows[i])];
                receipts = [.. kept.Select(i => receipts[i])];
                continue;
            }
            try
            {
                return await TryUpdateAsync(
                    state,
                    ListenerUpdate.ApplyAsync(listener, rows, state, cancellationToken),
                    cancellationToken
                );
            }
            catch (DocumentConflictException) when (attempt < MaxAttempts)
            {
                var head = ListenerDocuments.KeyOf(heads, storageName, ListenerPart.Head, "");
                await Task.Delay(DocumentStoreExtensions.Backoff(head, attempt), time, cancellationToken);
            }
            catch (LimitExceededException) when (rows.Count > 1)
            {
                // Rows of very many days in one commit (an import): halves commit by themselves, and each is exact.
                int[] sorted = [.. Enumerable.Range(0, rows.Count).OrderBy(i => rows[i].StartedAt.UnixMilliseconds)];
                var middle = sorted.Length / 2;
                var first = await ApplyAsync(sorted[..middle]);
                return await ApplyAsync(sorted[middle..]) || first;
            }
        }

        ValueTask<bool> ApplyAsync(int[] some) =>
            this.ApplyAsync(
                listener,
                [.. some.Select(i => rows[i])],
                receipts is null ? null : [.. some.Select(i => receipts[i])],
                cancellationToken
            );
    }

    /// <summary>Derives everything but the days anew, and writes what differs.</summary>
    /// <returns>Whether anything differed.</returns>
    public async ValueTask<bool> DeriveAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var storageName = StorageName.Of(listener.Value);
        for (var attempt = 1; ; attempt++)
        {
            var state = new ReadState(documents, heads, storageName);
            await state.ReadAsync(ListenerPart.Head, "", cancellationToken);
            try
            {
                return await TryUpdateAsync(
                    state,
                    ListenerUpdate.DeriveAsync(listener, state, cancellationToken),
                    cancellationToken
                );
            }
            catch (DocumentConflictException) when (attempt < MaxAttempts)
            {
                var head = ListenerDocuments.KeyOf(heads, storageName, ListenerPart.Head, "");
                await Task.Delay(DocumentStoreExtensions.Backoff(head, attempt), time, cancellationToken);
            }
        }
    }

    /// <summary>Reads a profile: one document; null for a listener without events.</summary>
    public async ValueTask<ListenerProfile?> ReadProfileAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var key = ListenerDocuments.KeyOf(heads, StorageName.Of(listener.Value), ListenerPart.Head, "");
        var document = await documents.GetAsync(key, cancellationToken);
        return document is null ? null : ListenerProfile.Read(listener, document.Data);
    }

    /// <summary>Reads what a listener said outright: one document.</summary>
    public async ValueTask<Statements> ReadStatementsAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var key = ListenerDocuments.KeyOf(heads, StorageName.Of(listener.Value), ListenerPart.Statements, "");
        var document = await documents.GetAsync(key, cancellationToken);
        return document is null ? Statements.Empty() : Statements.Read(document.Data);
    }

    /// <summary>Reads all that a night needs of a listener, as of one moment; null for one without events.</summary>
    public async ValueTask<ListenerReading?> ReadAllAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var storageName = StorageName.Of(listener.Value);
        var headKey = ListenerDocuments.KeyOf(heads, storageName, ListenerPart.Head, "");
        for (var attempt = 1; ; attempt++)
        {
            var head = await documents.GetAsync(headKey, cancellationToken);
            if (head is null)
            {
                return null;
            }
            var tallies = new List<(Month, MonthTally)>();
            var months = ListenerDocuments.CollectionOf(heads, storageName, ListenerPart.Tally);
            await foreach (var month in documents.ListAsync(months, null, null, cancellationToken))
            {
                tallies.Add((MonthOf(month.Key.Id), MonthTally.Read(month.Data)));
            }
            var statements = await documents.GetAsync(
                ListenerDocuments.KeyOf(heads, storageName, ListenerPart.Statements, ""),
                cancellationToken
            );
            // Every update writes the head: unchanged now, nothing was written between the reads.
            var again = await documents.GetAsync(headKey, cancellationToken);
            if (again?.Version == head.Version)
            {
                return new ListenerReading(
                    ListenerProfile.Read(listener, head.Data),
                    tallies,
                    statements is null ? Statements.Empty() : Statements.Read(statements.Data)
                );
            }
            if (attempt == MaxAttempts)
            {
                throw new StoreUnavailableException($"{headKey} changed during {MaxAttempts} reads in a row.");
            }
            await Task.Delay(DocumentStoreExtensions.Backoff(headKey, attempt), time, cancellationToken);
        }
    }

    /// <summary>The listeners of one of <paramref name="shards"/> equal shards, in storage-name order.</summary>
    public async IAsyncEnumerable<ListenerId> ListAsync(
        int shard,
        int shards,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (from, to) = StorageName.ShardRange(shard, shards);
        await foreach (var head in documents.ListAsync(heads, from, to, cancellationToken))
        {
            yield return new ListenerId(StorageName.IdOf(head.Key.Id));
        }
    }

    /// <summary>Every history row of a listener in [from, to), by day; null bounds are open.</summary>
    public async IAsyncEnumerable<HistoryDay> ReadHistoryAsync(
        ListenerId listener,
        DateOnly? from,
        DateOnly? to,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var days = ListenerDocuments.CollectionOf(heads, StorageName.Of(listener.Value), ListenerPart.Day);
        await foreach (
            var day in documents.ListAsync(
                days,
                from is { } first ? ListenerUpdate.DayName(first) : null,
                to is { } end ? ListenerUpdate.DayName(end) : null,
                cancellationToken
            )
        )
        {
            yield return HistoryDay.Read(day.Data);
        }
    }

    private static Month MonthOf(string name) =>
        Month.Of(DateOnly.ParseExact(name, "yyyy-MM", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Commits what an update says on the condition that all it read is unchanged; false if it says nothing.</summary>
    /// <exception cref="DocumentConflictException">Another writer changed the listener's documents meanwhile.</exception>
    private async ValueTask<bool> TryUpdateAsync(
        ReadState state,
        ValueTask<List<ListenerWrite>> update,
        CancellationToken cancellationToken
    )
    {
        List<ListenerWrite> writes;
        try
        {
            writes = await update;
        }
        catch (InvalidDataException e)
        {
            // Documents of two moments may contradict each other; of one moment they must not.
            throw await state.IsOutdatedAsync(cancellationToken)
                ? new DocumentConflictException("The listener's documents were written while they were read.", e)
                : new InvalidDataException(e.Message, e);
        }
        if (writes.Count == 0)
        {
            return false;
        }
        await documents.CommitAsync(state.Conditional(writes), cancellationToken);
        return true;
    }

    /// <summary>Remembers what was read, so that writes can be made conditional on it.</summary>
    private sealed class ReadState(
        IDocumentStore documents,
        string heads,
        string storageName,
        DocumentKey? tombstone = null
    ) : IListenerState
    {
        private readonly Dictionary<DocumentKey, Document?> _read = [];

        /// <summary>That the listener's data was deleted, where that is looked at.</summary>
        public Tombstone? Tombstone { get; private set; }

        /// <summary>Reads in one round trip what an update of these rows will certainly or very likely need.</summary>
        public async ValueTask PrefetchAsync(IReadOnlyList<HistoryRow> rows, CancellationToken cancellationToken)
        {
            var keys = new HashSet<DocumentKey> { KeyOf(ListenerPart.Head, "") };
            foreach (var row in rows)
            {
                var date = row.StartedAt.Date;
                var isImpression = row.Kind == EventKind.Impression;
                keys.Add(
                    KeyOf(isImpression ? ListenerPart.ImpressionDay : ListenerPart.Day, ListenerUpdate.DayName(date))
                );
                if (row.Kind is EventKind.Play or EventKind.Retract)
                {
                    keys.Add(KeyOf(ListenerPart.Tally, Month.Of(date).ToString()));
                }
                else if (!isImpression)
                {
                    keys.Add(KeyOf(ListenerPart.Statements, ""));
                }
            }
            if (tombstone is { } asked)
            {
                keys.Add(asked);
            }
            var wanted = keys.ToArray();
            var found = await documents.GetManyAsync(wanted, cancellationToken);
            for (var i = 0; i < wanted.Length; i++)
            {
                _read[wanted[i]] = found[i];
            }
            Tombstone =
                tombstone is { } key && _read[key] is { } document ? Profiles.Tombstone.Read(document.Data) : null;
        }

        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(
            ListenerPart part,
            string name,
            CancellationToken cancellationToken
        )
        {
            var key = KeyOf(part, name);
            if (!_read.TryGetValue(key, out var document))
            {
                document = await documents.GetAsync(key, cancellationToken);
                _read[key] = document;
            }
            return document?.Data ?? default;
        }

        public async IAsyncEnumerable<(string Name, ReadOnlyMemory<byte> Data)> ListAsync(
            ListenerPart part,
            string? fromInclusive,
            string? toExclusive,
            [EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            var collection = ListenerDocuments.CollectionOf(heads, storageName, part);
            await foreach (
                var document in documents.ListAsync(collection, fromInclusive, toExclusive, cancellationToken)
            )
            {
                if (part == ListenerPart.Tally)
                {
                    _read.TryAdd(document.Key, document);
                }
                yield return (document.Key.Id, document.Data);
            }
        }

        /// <summary>Whether another writer has been there since the head was read.</summary>
        public async ValueTask<bool> IsOutdatedAsync(CancellationToken cancellationToken)
        {
            var key = KeyOf(ListenerPart.Head, "");
            return (await documents.GetAsync(key, cancellationToken))?.Version != _read[key]?.Version;
        }

        /// <summary>The writes, each on the condition that its document is as it was read.</summary>
        /// <remarks>
        /// Every update writes the head, and a deletion deletes it: an update that did not see the deletion conflicts.
        /// Where there is no head to delete, the tombstone itself is among the conditions.
        /// </remarks>
        public List<DocumentWrite> Conditional(List<ListenerWrite> writes)
        {
            var conditional = writes.ConvertAll(write =>
            {
                var key = KeyOf(write.Part, write.Name);
                var change = write.Data is null ? DocumentWrite.Delete(key) : DocumentWrite.Put(key, write.Data);
                return _read.TryGetValue(key, out var read) ? change.IfUnchangedSince(read) : change;
            });
            if (tombstone is { } guarded && _read.GetValueOrDefault(KeyOf(ListenerPart.Head, "")) is null)
            {
                var known = _read[guarded];
                conditional.Add(
                    known is null
                        ? DocumentWrite.Delete(guarded).IfAbsent()
                        : DocumentWrite.Put(guarded, known.Data).IfUnchangedSince(known)
                );
            }
            return conditional;
        }

        private DocumentKey KeyOf(ListenerPart part, string name) =>
            ListenerDocuments.KeyOf(heads, storageName, part, name);
    }
}
