using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles;

/// <summary>Takes a listener's profile away, whatever is written to it meanwhile.</summary>
/// <remarks>
/// <para>
/// Rows do not say when they were received, so what was there before and what comes after must never be in one
/// document. <see cref="BeginAsync"/> writes the tombstone, marked as erasing, and deletes the head in one commit: an
/// update that began before is refused, for it wrote the head as it was, or, where there was none, the absence of the
/// tombstone. Whoever finds a tombstone that is erasing finishes it before anything else.
/// </para>
/// <para>
/// So several may finish at one time. Each deletes documents only as it found them, and looks at the tombstone again
/// where one is not: if another has finished, what is there now is new.
/// </para>
/// </remarks>
/// <param name="documents">The store.</param>
/// <param name="time">For pauses.</param>
public sealed class ListenerErasure(IDocumentStore documents, TimeProvider time)
{
    // A listing brings the documents along: 256 KiB each at most.
    private const int PageSize = 32;
    private const int MaxAttempts = 64;

    private static readonly string[] Collections = [ListenerDocuments.Heads, ListenerDocuments.Rebuilt];

    /// <summary>Writes the tombstone and deletes the head; what was received by the epoch is dropped from now on.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="epoch">Until when.</param>
    /// <param name="along">What is written in the same commit.</param>
    /// <param name="cancellationToken">Cancels; the same call may be repeated.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    public async ValueTask BeginAsync(
        ListenerId listener,
        Instant epoch,
        IReadOnlyList<DocumentWrite> along,
        CancellationToken cancellationToken
    )
    {
        var tombstone = Tombstone.KeyOf(listener);
        var head = HeadOf(ListenerDocuments.Heads, listener);
        for (var attempt = 1; ; attempt++)
        {
            var read = await documents.GetManyAsync([tombstone, head], cancellationToken);
            var before = read[0] is { } known ? Tombstone.Read(known.Data) : null;
            var latest = before is not null && before.Epoch > epoch ? before.Epoch : epoch;
            List<DocumentWrite> writes =
            [
                DocumentWrite
                    .Put(tombstone, new Tombstone(latest, IsErasing: true).ToBytes())
                    .IfUnchangedSince(read[0]),
                .. along,
            ];
            if (read[1] is not null)
            {
                writes.Add(DocumentWrite.Delete(head).IfUnchangedSince(read[1]));
            }
            try
            {
                await documents.CommitAsync(writes, cancellationToken);
                return;
            }
            catch (DocumentConflictException) when (attempt < MaxAttempts)
            {
                await Task.Delay(DocumentStoreExtensions.Backoff(head, attempt), time, cancellationToken);
            }
        }
    }

    /// <summary>Deletes whatever an erasure that has begun left; does nothing where none has, or it is finished.</summary>
    /// <returns>How many documents this call deleted.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; the same call may be repeated.</exception>
    /// <exception cref="DocumentConflictException">Others were in the way all the time; repeat.</exception>
    public async ValueTask<int> FinishAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var key = Tombstone.KeyOf(listener);
        var removed = 0;
        for (var attempt = 1; ; attempt++)
        {
            var read = await documents.GetAsync(key, cancellationToken);
            if (read is null || Tombstone.Read(read.Data) is not { IsErasing: true } tombstone)
            {
                return removed;
            }
            try
            {
                foreach (var collection in Collections)
                {
                    await foreach (var page in PagesAsync(collection, listener, cancellationToken))
                    {
                        await documents.CommitAsync(
                            [.. page.Select(document => DocumentWrite.Delete(document.Key).IfUnchangedSince(document))],
                            cancellationToken
                        );
                        removed += page.Count;
                    }
                }
                var done = tombstone with { IsErasing = false };
                await documents.CommitAsync(
                    [DocumentWrite.Put(key, done.ToBytes()).IfUnchangedSince(read)],
                    cancellationToken
                );
                return removed;
            }
            catch (DocumentConflictException) when (attempt < MaxAttempts)
            {
                await Task.Delay(DocumentStoreExtensions.Backoff(key, attempt), time, cancellationToken);
            }
        }
    }

    /// <summary>How many documents of a profile there are.</summary>
    public async ValueTask<int> CountAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var collection in Collections)
        {
            await foreach (var page in PagesAsync(collection, listener, cancellationToken))
            {
                count += page.Count;
            }
        }
        return count;
    }

    private static DocumentKey HeadOf(string heads, ListenerId listener) =>
        ListenerDocuments.KeyOf(heads, StorageName.Of(listener.Value), ListenerPart.Head, "");

    /// <summary>The documents of a profile, the head last: what names the rest goes after it.</summary>
    private async IAsyncEnumerable<IReadOnlyList<Document>> PagesAsync(
        string heads,
        ListenerId listener,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var name = StorageName.Of(listener.Value);
        foreach (var part in ListenerDocuments.PartsBesideHead)
        {
            var collection = ListenerDocuments.CollectionOf(heads, name, part);
            await foreach (var page in documents.ListPagesAsync(collection, PageSize, cancellationToken))
            {
                yield return page;
            }
        }
        if (await documents.GetAsync(HeadOf(heads, listener), cancellationToken) is { } head)
        {
            yield return [head];
        }
    }
}
