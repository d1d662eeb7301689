using System.Runtime.CompilerServices;

namespace Nocturne.Ports;

/// <summary>
/// Where a document is: a collection path of alternating collection and document segments
/// (<c>listeners</c>, or <c>listeners/ab-alice/days</c>) and the document's id in it.
/// </summary>
/// <remarks>
/// Both are in Firestore's own shape, so every adapter can use them as they are. A segment is 1 to 1,500 bytes
/// of UTF-8, has no '/', is not "." or "..", and is not of the form <c>__x__</c>; <see cref="Of"/> checks it.
/// </remarks>
public readonly record struct DocumentKey
{
    private DocumentKey(string collection, string id)
    {
        Collection = collection;
        Id = id;
    }

    /// <summary>The collection's path: an odd number of segments.</summary>
    public string Collection { get; }

    /// <summary>The document's id within the collection.</summary>
    public string Id { get; }

    /// <summary>Makes a key, checking both parts.</summary>
    /// <exception cref="ArgumentException">A part is not a legal Firestore path.</exception>
    public static DocumentKey Of(string collection, string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(collection);
        CheckSegment(id, nameof(id));
        var segments = 1;
        foreach (var c in collection.AsSpan())
        {
            if (c == '/')
            {
                segments++;
            }
        }
        if (
            segments % 2 == 0
            || collection[0] == '/'
            || collection[^1] == '/'
            || collection.Contains("//", StringComparison.Ordinal)
        )
        {
            throw new ArgumentException(
                $"'{collection}' is not a collection path: it needs an odd number of non-empty segments.",
                nameof(collection)
            );
        }
        return new DocumentKey(collection, id);
    }

    /// <summary>The full path, <c>collection/id</c>.</summary>
    public override string ToString() => $"{Collection}/{Id}";

    private static void CheckSegment(string segment, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(segment, name);
        if (
            segment is "." or ".."
            || segment.Contains('/')
            || (
                segment.Length >= 4
                && segment.StartsWith("__", StringComparison.Ordinal)
                && segment.EndsWith("__", StringComparison.Ordinal)
            )
            || System.Text.Encoding.UTF8.GetByteCount(segment) > 1500
        )
        {
            throw new ArgumentException($"'{segment}' is not a document id.", name);
        }
    }
}

/// <summary>
/// A document's version: opaque, different after every write of the document. Versions of one document compare,
/// versions of two do not.
/// </summary>
/// <param name="Value">The adapter's own number (a log position, an update time in microseconds); never 0.</param>
public readonly record struct DocumentVersion(long Value);

/// <summary>A stored document: packed bytes under a key.</summary>
/// <param name="Key">Where it is.</param>
/// <param name="Data">Its content; at most <see cref="DocumentLimits.MaxDocumentBytes"/>.</param>
/// <param name="Version">Its version, for <see cref="DocumentWrite.IfVersion"/>.</param>
/// <param name="ExpiresAt">From when on it no longer exists (a TTL field in Firestore); null for never.</param>
public sealed record Document(
    DocumentKey Key,
    ReadOnlyMemory<byte> Data,
    DocumentVersion Version,
    DateTimeOffset? ExpiresAt
);

/// <summary>What a write expects of the document before it.</summary>
public enum DocumentExpectation
{
    /// <summary>Nothing: the last writer wins.</summary>
    Anything,

    /// <summary>The document does not exist, or has expired.</summary>
    Absent,

    /// <summary>The document exists with <see cref="DocumentWrite.IfVersion"/>.</summary>
    Version,
}

/// <summary>One write of an atomic commit: a put where <see cref="Data"/> is set, else a delete.</summary>
public sealed record DocumentWrite
{
    private DocumentWrite(DocumentKey key, ReadOnlyMemory<byte>? data, DocumentExpectation expectation)
    {
        Key = key;
        Data = data;
        Expectation = expectation;
    }

    /// <summary>The document written.</summary>
    public DocumentKey Key { get; }

    /// <summary>The new content; null deletes.</summary>
    public ReadOnlyMemory<byte>? Data { get; }

    /// <summary>What is expected of the document before the write.</summary>
    public DocumentExpectation Expectation { get; private init; }

    /// <summary>The expected version, where <see cref="Expectation"/> is <see cref="DocumentExpectation.Version"/>.</summary>
    public DocumentVersion IfVersion { get; private init; }

    /// <summary>From when on the document no longer exists; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Writes whatever is there.</summary>
    public static DocumentWrite Put(DocumentKey key, ReadOnlyMemory<byte> data) =>
        new(key, data, DocumentExpectation.Anything);

    /// <summary>Deletes whatever is there; deleting nothing is no error.</summary>
    public static DocumentWrite Delete(DocumentKey key) => new(key, null, DocumentExpectation.Anything);

    /// <summary>The same write, only if the document is as <paramref name="read"/> found it (null: absent).</summary>
    public DocumentWrite IfUnchangedSince(Document? read) =>
        read is null
            ? this with
            {
                Expectation = DocumentExpectation.Absent,
            }
            : this with
            {
                Expectation = DocumentExpectation.Version,
                IfVersion = read.Version,
            };

    /// <summary>The same write, only if there is no such document.</summary>
    public DocumentWrite IfAbsent() => this with { Expectation = DocumentExpectation.Absent };
}

/// <summary>Bounds that every adapter enforces with <see cref="LimitExceededException"/>; Firestore's own.</summary>
public static class DocumentLimits
{
    /// <summary>Bytes of one document's data: 1 MiB less room for its name and fields.</summary>
    public const int MaxDocumentBytes = (1 << 20) - (8 << 10);

    /// <summary>Bytes of all data in one commit: 10 MiB less room for the request.</summary>
    public const int MaxCommitBytes = (10 << 20) - (512 << 10);

    /// <summary>Writes in one commit.</summary>
    public const int MaxCommitWrites = 500;
}

/// <summary>
/// Documents with optimistic transactions: read, compute, then commit several writes atomically, each on the
/// condition that what was read is unchanged.
/// </summary>
/// <remarks>
/// Reads are strongly consistent one by one; a set of documents that must agree shares one document that every
/// writer of the set writes with a version condition.
/// </remarks>
public interface IDocumentStore
{
    /// <summary>Reads one document; null where there is none or it has expired.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; try again later.</exception>
    ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken);

    /// <summary>Reads several documents, in the order asked for; null where there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; try again later.</exception>
    ValueTask<IReadOnlyList<Document?>> GetManyAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Applies all writes, or none. Durable when it returns. A key may stand in <paramref name="writes"/> once.
    /// </summary>
    /// <exception cref="DocumentConflictException">A condition did not hold; nothing was written.</exception>
    /// <exception cref="LimitExceededException">The commit is over a bound of <see cref="DocumentLimits"/>.</exception>
    /// <exception cref="StoreUnavailableException">
    /// The store did not answer: whether the commit happened is unknown. Writes with conditions may be repeated.
    /// </exception>
    ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken);

    /// <summary>
    /// The documents of one collection (not of its subcollections) whose ids are in [from, to) in ordinal byte
    /// order, ascending; a null bound is open. Streams by pages; documents written meanwhile may or may not show.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store did not answer; try again later.</exception>
    IAsyncEnumerable<Document> ListAsync(
        string collection,
        string? fromInclusive,
        string? toExclusive,
        CancellationToken cancellationToken
    );
}

/// <summary>Optimistic read-compute-commit loops on any store.</summary>
public static class DocumentStoreExtensions
{
    /// <summary>How often a conflicting transaction is tried before its conflict is raised.</summary>
    public const int DefaultMaxAttempts = 64;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Reads one document, lets <paramref name="change"/> say what it becomes, and writes that on the condition that
    /// nobody wrote in between; repeats on a conflict, with growing, jittered pauses.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="key">The document.</param>
    /// <param name="change">From the document (or null) to its new data; null means no write. May run repeatedly.</param>
    /// <param name="time">For the pauses.</param>
    /// <param name="cancellationToken">Cancels between attempts.</param>
    /// <returns>Whether a write was made.</returns>
    /// <exception cref="DocumentConflictException">Still in conflict after <see cref="DefaultMaxAttempts"/>.</exception>
    public static async ValueTask<bool> UpdateAsync(
        this IDocumentStore store,
        DocumentKey key,
        Func<Document?, ReadOnlyMemory<byte>?> change,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var read = await store.GetAsync(key, cancellationToken);
            if (change(read) is not { } data)
            {
                return false;
            }
            try
            {
                var write = DocumentWrite.Put(key, data) with { ExpiresAt = read?.ExpiresAt };
                await store.CommitAsync([write.IfUnchangedSince(read)], cancellationToken);
                return true;
            }
            catch (DocumentConflictException) when (attempt < DefaultMaxAttempts)
            {
                await Task.Delay(Backoff(key, attempt), time, cancellationToken);
            }
        }
    }

    /// <summary>
    /// The pause before attempt <paramref name="attempt"/> + 1: doubles up to half a second, spread by a hash of the
    /// key and the attempt so that contenders part without a global random source.
    /// </summary>
    public static TimeSpan Backoff(DocumentKey key, int attempt)
    {
        var longest = Math.Min(LongestBackoff.Ticks, FirstBackoff.Ticks << Math.Min(attempt, 20));
        var spread = (uint)HashCode.Combine(key, attempt, Environment.CurrentManagedThreadId) / (double)uint.MaxValue;
        return TimeSpan.FromTicks((long)(longest * (0.5 + (spread / 2))));
    }

    /// <summary>Reads a collection to its end in pages of at most <paramref name="pageSize"/> documents.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<Document>> ListPagesAsync(
        this IDocumentStore store,
        string collection,
        int pageSize,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var page = new List<Document>(pageSize);
        await foreach (var document in store.ListAsync(collection, null, null, cancellationToken))
        {
            page.Add(document);
            if (page.Count == pageSize)
            {
                yield return page;
                page = new List<Document>(pageSize);
            }
        }
        if (page.Count > 0)
        {
            yield return page;
        }
    }
}
