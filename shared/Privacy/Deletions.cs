using System.Runtime.CompilerServices;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.Privacy;

/// <summary>Deletes listeners' data, everywhere, and keeps a receipt of it.</summary>
/// <remarks>
/// <para>
/// A deletion begins with a tombstone: from then on no event received before counts, whoever brings it. Then it goes
/// through the stores, one after another, notes each that is done, and can be stopped and gone on with anywhere. The
/// first ones are documents of the listener alone; the others are gone through for all deletions at one time.
/// </para>
/// <para>
/// A night that began before the deletion may have the listener in its snapshot, and still make playlists of it. So
/// what nights made is gone through when no such night is under way.
/// </para>
/// </remarks>
/// <param name="stores">The stores.</param>
public sealed class Deletions(PrivacyStores stores)
{
    /// <summary>Deletions that go through the stores together; more wait for the next time.</summary>
    public const int MaxTogether = 1_000;

    private readonly IDocumentStore _documents = stores.Documents;
    private readonly ListenerErasure _erasure = new(stores.Documents, stores.Time);
    private readonly DeletionSteps _steps = new(stores);

    /// <summary>How long after a deletion the archive may still get lines of before; their turn comes after it.</summary>
    public TimeSpan ArchiveDelay { get; init; }

    /// <summary>What the receipt says of copies: from when the deletion is complete.</summary>
    public Func<DateTimeOffset, IReadOnlyList<RetainedCopy>> RetainedFrom { get; init; } = Retention.Deployed;

    /// <summary>A listener's latest deletion; null if there never was one.</summary>
    public async ValueTask<DeletionRecord?> ReadAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var document = await _documents.GetAsync(DeletionRecord.KeyOf(listener), cancellationToken);
        return document is null ? null : DeletionRecord.Read(document.Data);
    }

    /// <summary>Deletions that are not complete.</summary>
    public async IAsyncEnumerable<DeletionRecord> ListPendingAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var document in _documents.ListAsync(DeletionRecord.Collection, null, null, cancellationToken))
        {
            if (DeletionRecord.Read(document.Data) is { CompletedAt: null } pending)
            {
                yield return pending;
            }
        }
    }

    /// <summary>
    /// Asks for a deletion: from when this returns, what was received before counts no more. One that is under way, or
    /// complete with nothing new since, is the one that is returned.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    public async ValueTask<DeletionRecord> RequestAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var known = await ReadAsync(listener, cancellationToken);
        if (known is not null && !await HasMoreSinceAsync(known, listener, cancellationToken))
        {
            return known;
        }
        return await RequestAsync(listener, Instant.From(stores.Time.GetUtcNow()), known, cancellationToken);
    }

    /// <summary>Does what a request can do at once: the documents of the listener alone.</summary>
    public async ValueTask<DeletionRecord> RunDocumentsAsync(
        DeletionRecord deletion,
        CancellationToken cancellationToken
    )
    {
        if (deletion.CompletedAt is null)
        {
            foreach (var step in DeletionSteps.OfDocuments)
            {
                deletion = (await RunAsync(step, [deletion], () => { }, cancellationToken))[0];
            }
        }
        return deletion;
    }

    /// <summary>Goes on with all deletions that are not complete, and completes those that wait for nothing.</summary>
    /// <param name="progress">Is told which store is gone through, and how many objects of it are.</param>
    /// <param name="cancellationToken">Cancels; the same again goes on.</param>
    /// <returns>Those deletions, as they are now.</returns>
    /// <exception cref="StoreUnavailableException">A store did not answer; the same again goes on.</exception>
    public async ValueTask<IReadOnlyList<DeletionRecord>> RunAsync(
        Action<string, long> progress,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<DeletionRecord> deletions = [];
        await foreach (var pending in ListPendingAsync(cancellationToken))
        {
            deletions = [.. deletions, pending with { WaitsFor = null }];
            if (deletions.Count == MaxTogether)
            {
                break;
            }
        }
        foreach (var step in DeletionSteps.All)
        {
            var looked = 0L;
            progress(step, looked);
            deletions = await RunAsync(step, deletions, () => progress(step, ++looked), cancellationToken);
        }
        var ended = new List<DeletionRecord>();
        foreach (var deletion in deletions)
        {
            ended.Add(deletion.WaitsFor is null ? await CompleteAsync(deletion, cancellationToken) : deletion);
        }
        return ended;
    }

    /// <summary>
    /// Takes up again the deletions that a restore of the documents undid: those whose tombstones are beside the catalogue
    /// but no longer, or older, in the documents. Go on with <see cref="RunAsync(Action{string, long}, CancellationToken)"/>.
    /// </summary>
    /// <returns>How many there were.</returns>
    public async ValueTask<int> ReplayAsync(CancellationToken cancellationToken)
    {
        var known = await TombstoneSet.ReadAsync(_documents, cancellationToken);
        var lost = new Dictionary<string, Instant>(StringComparer.Ordinal);
        await foreach (var (hash, epoch) in CopiesAsync(cancellationToken))
        {
            var there = await _documents.GetAsync(DocumentKey.Of(Tombstone.Collection, hash), cancellationToken);
            if (there is null || Tombstone.Read(there.Data).Epoch < epoch)
            {
                lost.Add(hash, epoch);
            }
        }
        if (lost.Count == 0)
        {
            return 0;
        }
        // Whoever has a document that the restore brought back; of the others the tombstone alone is missing.
        var restored = TombstoneSet.Of(lost);
        var found = new Dictionary<string, Instant>(StringComparer.Ordinal);
        string[] collections =
        [
            ListenerDocuments.Heads,
            BlendObjects.Members,
            Identity.ListenerTokens.Owners,
            .. ListenerRecords.Collections,
        ];
        foreach (var collection in collections)
        {
            await foreach (var document in _documents.ListAsync(collection, null, null, cancellationToken))
            {
                var id = StorageName.IdOf(document.Key.Id);
                if (restored.EpochOf(id) is { } epoch)
                {
                    found[id] = epoch;
                }
            }
        }
        foreach (var (id, epoch) in found)
        {
            var listener = new ListenerId(id);
            var before = await ReadAsync(listener, cancellationToken);
            await RequestAsync(listener, epoch, before, cancellationToken);
            lost.Remove(Tombstone.HashOf(listener));
        }
        foreach (var (hash, epoch) in lost)
        {
            var key = DocumentKey.Of(Tombstone.Collection, hash);
            await _documents.UpdateAsync(
                key,
                read =>
                    read is not null && Tombstone.Read(read.Data).Epoch >= epoch
                        ? default(ReadOnlyMemory<byte>?)
                        : new Tombstone(epoch, IsErasing: false).ToBytes(),
                stores.Time,
                cancellationToken
            );
        }
        return found.Count + lost.Count;
    }

    private async IAsyncEnumerable<(string Hash, Instant Epoch)> CopiesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        const int MaxCopyBytes = 4 << 10;
        var (bucket, prefix) = (DeletionSteps.CopyOf("").Bucket, DeletionSteps.CopyPrefix);
        await foreach (var info in stores.Objects.ListAsync(bucket, prefix, null, cancellationToken))
        {
            if (await stores.Objects.ReadBytesAsync(info.Key, MaxCopyBytes, cancellationToken) is { } read)
            {
                var copy = System.Text.Json.JsonSerializer.Deserialize(read.Data, PrivacyJson.Default.TombstoneCopy)!;
                yield return (Path.GetFileNameWithoutExtension(info.Key.Name), Instant.From(copy.Epoch));
            }
        }
    }

    private async ValueTask<DeletionRecord> RequestAsync(
        ListenerId listener,
        Instant epoch,
        DeletionRecord? before,
        CancellationToken cancellationToken
    )
    {
        var record = new DeletionRecord
        {
            Hash = Tombstone.HashOf(listener),
            Listener = listener.Value,
            Epoch = epoch.ToDateTimeOffset(),
            Earlier = before is null ? 0 : before.Earlier + (before.CompletedAt is null ? 0 : 1),
        };
        await _erasure.BeginAsync(
            listener,
            epoch,
            [DocumentWrite.Put(DeletionRecord.KeyOf(listener), record.ToBytes())],
            cancellationToken
        );
        return record;
    }

    /// <summary>Whether there is something that came after a deletion's documents were gone.</summary>
    private async ValueTask<bool> HasMoreSinceAsync(
        DeletionRecord known,
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        if (DeletionSteps.OfDocuments.Any(step => !known.IsDone(step)))
        {
            return false;
        }
        var name = StorageName.Of(listener.Value);
        DocumentKey[] keys =
        [
            DocumentKey.Of(ListenerDocuments.Heads, name),
            DocumentKey.Of(Identity.ListenerTokens.Owners, name),
            .. known.IsDone(DeletionSteps.Blends) ? [BlendObjects.Index(listener)] : Array.Empty<DocumentKey>(),
            .. ListenerRecords.Collections.Select(collection => ListenerRecords.KeyOf(collection, listener)),
        ];
        return (await _documents.GetManyAsync(keys, cancellationToken)).Any(document => document is not null);
    }

    /// <summary>Goes through one store for all that are not done with it, and notes it.</summary>
    private async ValueTask<IReadOnlyList<DeletionRecord>> RunAsync(
        string step,
        IReadOnlyList<DeletionRecord> deletions,
        Action worked,
        CancellationToken cancellationToken
    )
    {
        var now = new List<DeletionRecord>();
        var due = new List<DeletionRecord>();
        foreach (var deletion in deletions)
        {
            if (deletion.IsDone(step) || deletion.CompletedAt is not null)
            {
                now.Add(deletion);
            }
            else if (await WaitsForAsync(step, deletion, cancellationToken) is { } reason)
            {
                now.Add(await NoteAsync(deletion with { WaitsFor = reason }, cancellationToken));
            }
            else
            {
                due.Add(deletion);
            }
        }
        if (due.Count == 0)
        {
            return now;
        }
        var removed = new Dictionary<string, long>(StringComparer.Ordinal);
        await _steps.RunAsync(
            step,
            due,
            id => removed[id] = removed.GetValueOrDefault(id) + 1,
            worked,
            cancellationToken
        );
        foreach (var deletion in due)
        {
            var done = new DeletedFrom(step, stores.Time.GetUtcNow(), removed.GetValueOrDefault(deletion.Listener!));
            now.Add(await NoteAsync(deletion with { Done = [.. deletion.Done, done] }, cancellationToken));
        }
        return now;
    }

    /// <summary>What a step must wait for; null for nothing.</summary>
    private async ValueTask<string?> WaitsForAsync(
        string step,
        DeletionRecord deletion,
        CancellationToken cancellationToken
    )
    {
        switch (step)
        {
            case DeletionSteps.Playlists or DeletionSteps.Nights or DeletionSteps.BlendPlaylists:
                var nights = new NightTraces(_documents, stores.Objects);
                await foreach (var run in nights.RunsAsync(cancellationToken))
                {
                    if (run.State == RunState.Running && run.StartedAt <= ErasedAt(deletion))
                    {
                        return $"run {run.Run} began before the deletion and is under way: go on when it has ended";
                    }
                }
                return null;
            case DeletionSteps.Archive or DeletionSteps.Rejected or DeletionSteps.DeadLetters:
                var from = deletion.Epoch + ArchiveDelay;
                return stores.Time.GetUtcNow() < from
                    ? FormattableString.Invariant(
                        $"the archive may get lines of before the deletion until {from:yyyy-MM-dd HH:mm:ss} UTC: go on then"
                    )
                    : null;
            default:
                return null;
        }
    }

    private static DateTimeOffset ErasedAt(DeletionRecord deletion) =>
        deletion.Done.FirstOrDefault(done => done.Store == DeletionSteps.Profile)?.DoneAt ?? DateTimeOffset.MaxValue;

    private ValueTask<DeletionRecord> CompleteAsync(DeletionRecord deletion, CancellationToken cancellationToken)
    {
        if (DeletionSteps.All.Any(step => !deletion.IsDone(step)))
        {
            return ValueTask.FromResult(deletion);
        }
        var now = stores.Time.GetUtcNow();
        return NoteAsync(
            deletion with
            {
                CompletedAt = now,
                Retained = RetainedFrom(now),
                Listener = null,
            },
            cancellationToken
        );
    }

    /// <summary>Stores how far a deletion is; unless it was asked for anew meanwhile, which begins it again.</summary>
    private async ValueTask<DeletionRecord> NoteAsync(DeletionRecord deletion, CancellationToken cancellationToken)
    {
        var stored = deletion;
        await _documents.UpdateAsync(
            DocumentKey.Of(DeletionRecord.Collection, deletion.Hash),
            read =>
            {
                stored = read is null ? deletion : DeletionRecord.Read(read.Data);
                if (read is not null && (stored.Epoch != deletion.Epoch || stored.CompletedAt is not null))
                {
                    return null;
                }
                stored = deletion;
                return deletion.ToBytes();
            },
            stores.Time,
            cancellationToken
        );
        return stored;
    }
}
