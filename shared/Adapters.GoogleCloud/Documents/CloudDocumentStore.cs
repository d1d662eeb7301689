using System.Runtime.CompilerServices;
using Google.Cloud.Firestore;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>Documents in Firestore, in the form of <see cref="DocumentFields"/>.</summary>
/// <remarks>
/// A version is the update time in microseconds. Commits are batches with a precondition a document, never read-write
/// transactions: those take locks, and meet each other's under contention. Every commit writes a token of its own into
/// what it puts, which changes every document it puts and tells a commit that has met its own earlier attempt, be it one
/// of ours or one inside the client library, from one that has met another writer's.
/// </remarks>
internal sealed class CloudDocumentStore(
    LazyClient<FirestoreDb> client,
    Caller caller,
    WriteTokens tokens,
    OperationCounters counters,
    TimeProvider time
) : IDocumentStore
{
    // A page of history documents of 256 KiB each is 25 MiB in memory.
    private const int ListPage = 100;

    // An expired document may be replaced by another that expires at once; after so many it is a conflict.
    private const int MaxExpiredRounds = 4;

    /// <inheritdoc/>
    public async ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        var found = await ReadAsync([key], cancellationToken);
        var document = Live(DocumentMapping.ToDocument(key, found[0]));
        counters.CountDocumentReads(1, document?.Data.Length ?? 0);
        return document;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Document?>> GetManyAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    )
    {
        if (keys.Count == 0)
        {
            return [];
        }
        var distinct = keys.Distinct().ToArray();
        var snapshots = await ReadAsync(distinct, cancellationToken);
        var found = new Dictionary<DocumentKey, Document?>(distinct.Length);
        for (var i = 0; i < distinct.Length; i++)
        {
            found[distinct[i]] = Live(DocumentMapping.ToDocument(distinct[i], snapshots[i]));
        }
        var documents = keys.Select(key => found[key]).ToArray();
        counters.CountDocumentReads(keys.Count, documents.Sum(d => (long)(d?.Data.Length ?? 0)));
        return documents;
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = CommitLimits.Check(writes);
        if (writes.Count == 0)
        {
            return;
        }
        var subject = writes.Count == 1 ? writes[0].Key.ToString() : $"{writes[0].Key} and {writes.Count - 1} more";
        var token = tokens.Next();
        var replaceable = new Dictionary<DocumentKey, DocumentVersion>();
        for (var round = 1; ; round++)
        {
            var database = await client.GetAsync(cancellationToken);
            var outcome = await caller.CallAsync(
                "commit",
                subject,
                // A batch is made anew for every attempt: one can be committed once.
                deadline => CommitBatch.Of(database, writes, token, replaceable).CommitAsync(deadline.Token),
                cancellationToken
            );
            if (outcome.Fault is { } refused && !IsConflict(refused, writes))
            {
                throw caller.Refusal("commit", subject, refused);
            }
            var happened =
                outcome.Fault is null
                || (
                    await HasHappenedAsync(writes, token, outcome.MayHaveHappened, cancellationToken)
                    ?? throw caller.Unknown("commit", subject, outcome.Fault.Value.Cause)
                );
            if (happened)
            {
                var deletes = writes.Count(w => w.Data is null);
                counters.CountCommit(writes.Count - deletes, deletes, bytes);
                return;
            }
            if (round < MaxExpiredRounds && await FindExpiredAsync(writes, replaceable, cancellationToken))
            {
                continue;
            }
            counters.CountConflict();
            throw new DocumentConflictException(
                $"{subject}: written by another. Read it again and try again.",
                outcome.Fault!.Value.Cause
            );
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Document> ListAsync(
        string collection,
        string? fromInclusive,
        string? toExclusive,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? last = null;
        while (true)
        {
            var database = await client.GetAsync(cancellationToken);
            var query = database.Collection(collection).OrderBy(FieldPath.DocumentId);
            query =
                last is not null ? query.StartAfter(last)
                : fromInclusive is not null ? query.StartAt(fromInclusive)
                : query;
            query = (toExclusive is null ? query : query.EndBefore(toExclusive)).Limit(ListPage);
            var page = await caller.RequireAsync(
                "list",
                collection,
                deadline => query.GetSnapshotAsync(deadline.Token),
                cancellationToken
            );
            foreach (var snapshot in page)
            {
                last = snapshot.Id;
                var document = DocumentMapping.ToDocument(DocumentKey.Of(collection, last), snapshot);
                counters.CountDocumentReads(1, document!.Data.Length);
                if (Live(document) is { } live)
                {
                    yield return live;
                }
            }
            if (page.Count < ListPage)
            {
                yield break;
            }
        }
    }

    private async Task<IList<DocumentSnapshot>> ReadAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    )
    {
        var database = await client.GetAsync(cancellationToken);
        var references = keys.Select(key => DocumentMapping.Reference(database, key)).ToArray();
        return await caller.RequireAsync(
            "read",
            keys.Count == 1 ? keys[0].ToString() : $"{keys[0]} and {keys.Count - 1} more",
            deadline => database.GetAllSnapshotsAsync(references, deadline.Token),
            cancellationToken
        );
    }

    private Document? Live(Document? document) => document?.ExpiresAt <= time.GetUtcNow() ? null : document;

    /// <summary>A write of a version that is no longer there is refused as not found.</summary>
    private static bool IsConflict(Fault fault, IReadOnlyList<DocumentWrite> writes) =>
        fault.Kind == FaultKind.Condition
        || (
            fault.Kind == FaultKind.NotFound
            && writes.Any(w => w.Expectation == DocumentExpectation.Version)
            && !fault.Cause.Message.Contains("database", StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>
    /// Whether a commit whose condition did not hold had been made by an earlier attempt of it; null where that can no
    /// longer be told.
    /// </summary>
    /// <remarks>
    /// The client library may have repeated a commit by itself, so the token is looked for after every conflict. That a
    /// commit has not been made shows where a document still meets the condition that the commit would have ended.
    /// </remarks>
    private async ValueTask<bool?> HasHappenedAsync(
        IReadOnlyList<DocumentWrite> writes,
        string token,
        bool mayHaveHappened,
        CancellationToken cancellationToken
    )
    {
        var put = writes.FirstOrDefault(w => w.Data is not null);
        DocumentWrite[] asked =
        [
            .. writes.Where(w => w == put || (mayHaveHappened && w.Expectation != DocumentExpectation.Anything)),
        ];
        if (asked.Length == 0)
        {
            return false;
        }
        var snapshots = await ReadAsync([.. asked.Select(w => w.Key)], cancellationToken);
        counters.CountDocumentReads(asked.Length, 0);
        var documents = asked.Select((w, i) => DocumentMapping.ToDocument(w.Key, snapshots[i])).ToArray();
        if (put is not null && DocumentMapping.CommitOf(snapshots[Array.IndexOf(asked, put)]) == token)
        {
            return true;
        }
        return !mayHaveHappened || asked.Where((w, i) => StillMeets(w, documents[i])).Any() ? false : null;
    }

    private static bool StillMeets(DocumentWrite write, Document? document) =>
        write.Expectation switch
        {
            DocumentExpectation.Version => document?.Version == write.IfVersion,
            DocumentExpectation.Absent => document is null && write.Data is not null,
            _ => false,
        };

    /// <summary>
    /// Finds the documents that are to be absent and have only expired: they may be replaced as they are. False where
    /// there is no such document that is not known already.
    /// </summary>
    private async ValueTask<bool> FindExpiredAsync(
        IReadOnlyList<DocumentWrite> writes,
        Dictionary<DocumentKey, DocumentVersion> replaceable,
        CancellationToken cancellationToken
    )
    {
        var absent = writes.Where(w => w.Expectation == DocumentExpectation.Absent).Select(w => w.Key).ToArray();
        if (absent.Length == 0)
        {
            return false;
        }
        var snapshots = await ReadAsync(absent, cancellationToken);
        counters.CountDocumentReads(absent.Length, 0);
        var changed = false;
        for (var i = 0; i < absent.Length; i++)
        {
            var document = DocumentMapping.ToDocument(absent[i], snapshots[i]);
            if (document is null)
            {
                changed |= replaceable.Remove(absent[i]);
            }
            else if (Live(document) is not null)
            {
                return false;
            }
            else
            {
                changed |= !replaceable.TryGetValue(absent[i], out var known) || known != document.Version;
                replaceable[absent[i]] = document.Version;
            }
        }
        return changed;
    }
}
