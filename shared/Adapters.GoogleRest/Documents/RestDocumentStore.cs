using System.Net;
using System.Runtime.CompilerServices;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Documents in Firestore, in the form of <see cref="DocumentFields"/>.</summary>
/// <remarks>
/// <para>
/// Commits are optimistic: no transaction is begun and nothing is locked between a read and its commit; what was read
/// is named by its update time.
/// </para>
/// <para>
/// A commit that gets no answer is sent again. If it has no conditions that is all: writing the same twice is writing
/// it once, as long as nobody wrote in between, and without conditions the last writer wins anyway. If it has
/// conditions, a second application fails by them, so a commit never happens twice; but a refusal then may mean that
/// the first application happened. That is looked up: every document carries the token of the commit that wrote
/// it. Found, the commit has happened; an expected version still in place, it has not; else nobody can tell any more
/// (another writer was there in between), and <see cref="StoreUnavailableException"/> says so. The caller reads again.
/// </para>
/// </remarks>
internal sealed class RestDocumentStore(
    GoogleApi api,
    Deployment deployment,
    Tokens tokens,
    OperationCounters counters,
    TimeProvider time
) : IDocumentStore
{
    /// <summary>Keys in one request: an answer of so many of the largest documents is about 100 MB.</summary>
    private const int GetKeys = 100;

    /// <summary>
    /// Documents in one page. Collections that are listed hold documents of at most 256 KiB, of which a page holds 50
    /// MB; of heads, it is a round trip for about a MB.
    /// </summary>
    private const int ListPage = 200;

    /// <summary>How often a commit is adapted to expired documents that appear and vanish; twice is rare already.</summary>
    private const int MaxRounds = 5;

    private static readonly Dictionary<DocumentKey, DocumentVersion> NoneExpired = [];

    private readonly DocumentReader _reader = new(api, deployment);
    private readonly Uri _commit = api.Service.At($"v1/{deployment.DocumentsPath}:commit?prettyPrint=false");

    /// <inheritdoc/>
    public async ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) =>
        (await GetManyAsync([key], cancellationToken))[0];

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Document?>> GetManyAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var documents = new Document?[keys.Count];
        for (var start = 0; start < documents.Length; start += GetKeys)
        {
            var count = Math.Min(GetKeys, documents.Length - start);
            var asked = new HashSet<DocumentKey>(count);
            for (var i = start; i < start + count; i++)
            {
                asked.Add(keys[i]);
            }
            var found = await _reader.GetAsync(asked, cancellationToken);
            counters.CountDocumentReads(asked.Count, found.Values.Sum(raw => (long)raw.Document.Data.Length));
            for (var i = start; i < start + count; i++)
            {
                documents[i] = found.TryGetValue(keys[i], out var raw) ? Unexpired(raw) : null;
            }
        }
        return documents;
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var dataBytes = CommitBody.Check(writes);
        if (writes.Count == 0)
        {
            return;
        }
        var token = tokens.Next();
        Dictionary<DocumentKey, DocumentVersion>? expired = NoneExpired;
        for (var round = 1; ; round++)
        {
            var answer = await SendAsync(writes, expired, token, dataBytes, cancellationToken);
            if (answer.Error is not { } error)
            {
                break;
            }
            if (!IsConflict(error, writes))
            {
                throw answer.Refusal!;
            }
            var look = answer.MayHaveHappened || writes.Any(write => write.Expectation == DocumentExpectation.Absent);
            var read = look ? await LookAsync(writes, cancellationToken) : [];
            if (answer.MayHaveHappened && Happened(writes, read, token, error))
            {
                break;
            }
            expired = look ? ExpectExpired(writes, read) : null;
            if (expired is null || round == MaxRounds)
            {
                counters.CountConflict();
                throw new DocumentConflictException(
                    $"{Subject(writes)} was written by another ({error.Message}). Read it again and try again."
                );
            }
        }
        var deletes = writes.Count(write => write.Data is null);
        counters.CountCommit(writes.Count - deletes, deletes, dataBytes);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Document> ListAsync(
        string collection,
        string? fromInclusive,
        string? toExclusive,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (from, after) = (fromInclusive is { Length: 0 } ? null : fromInclusive, false);
        if (toExclusive is { Length: 0 })
        {
            yield break;
        }
        while (true)
        {
            var page = await _reader.QueryAsync(collection, from, after, toExclusive, ListPage, cancellationToken);
            counters.CountDocumentReads(page.Count, page.Sum(raw => (long)raw.Document.Data.Length));
            foreach (var raw in page)
            {
                if (Unexpired(raw) is { } document)
                {
                    yield return document;
                }
            }
            if (page.Count < ListPage)
            {
                yield break;
            }
            (from, after) = (page[^1].Document.Key.Id, true);
        }
    }

    private Document? Unexpired(RawDocument raw) => IsExpired(raw) ? null : raw.Document;

    private bool IsExpired(RawDocument raw) => raw.Document.ExpiresAt <= time.GetUtcNow();

    private ValueTask<ApiAnswer<bool>> SendAsync(
        IReadOnlyList<DocumentWrite> writes,
        Dictionary<DocumentKey, DocumentVersion> expired,
        string token,
        int dataBytes,
        CancellationToken cancellationToken
    )
    {
        var body = CommitBody.Write(writes, expired, token, dataBytes, deployment.DocumentsPath);
        var call = new ApiCall<bool>(
            "commit",
            Subject(writes),
            () => api.Service.Request(HttpMethod.Post, _commit, Bodies.Json(body)),
            DrainAsync
        );
        return api.SendAsync(call, cancellationToken);
    }

    /// <summary>The status says all; the rest is read so that the connection can be used again.</summary>
    private static async ValueTask<bool> DrainAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.CopyToAsync(Stream.Null, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Committed all the same.
        }
        return true;
    }

    /// <summary>
    /// Whether a refusal is that of a condition: ALREADY_EXISTS of an absence, FAILED_PRECONDITION of an update time, or
    /// NOT_FOUND of a document that was to be there (which is not the database's not being there).
    /// </summary>
    private static bool IsConflict(ApiError error, IReadOnlyList<DocumentWrite> writes) =>
        writes.Any(write => write.Expectation != DocumentExpectation.Anything)
        && (
            error.Status is "ALREADY_EXISTS" or "FAILED_PRECONDITION"
            || error.Code == HttpStatusCode.Conflict
            || (
                error.Code == HttpStatusCode.NotFound
                && !error.Message.Contains("does not exist for project", StringComparison.Ordinal)
            )
        );

    /// <summary>Reads what a refused commit was to write.</summary>
    private async ValueTask<Dictionary<DocumentKey, RawDocument>> LookAsync(
        IReadOnlyList<DocumentWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<DocumentKey, RawDocument>();
        foreach (var keys in writes.Select(write => write.Key).Chunk(GetKeys))
        {
            var some = await _reader.GetAsync(keys, cancellationToken);
            counters.CountDocumentReads(keys.Length, some.Values.Sum(raw => (long)raw.Document.Data.Length));
            foreach (var (key, raw) in some)
            {
                found[key] = raw;
            }
        }
        return found;
    }

    /// <summary>Whether a commit that was refused after an attempt without answer had happened in that attempt.</summary>
    /// <exception cref="StoreUnavailableException">Nobody can tell.</exception>
    private static bool Happened(
        IReadOnlyList<DocumentWrite> writes,
        Dictionary<DocumentKey, RawDocument> read,
        string token,
        ApiError error
    )
    {
        if (read.Values.Any(raw => string.Equals(raw.Commit, token, StringComparison.Ordinal)))
        {
            return true;
        }
        var unchanged = writes.Any(write =>
            write.Expectation == DocumentExpectation.Version
            && read.TryGetValue(write.Key, out var raw)
            && raw.Document.Version == write.IfVersion
        );
        return unchanged
            ? false
            : throw new StoreUnavailableException(
                $"The commit of {Subject(writes)} got no answer, and {error.Message} when it was sent again: whether it "
                    + "happened is unknown. Read again and try again."
            );
    }

    /// <summary>
    /// The versions of expired documents where the writes expect none, so that the commit can replace just those; null
    /// where a condition failed for another reason.
    /// </summary>
    private Dictionary<DocumentKey, DocumentVersion>? ExpectExpired(
        IReadOnlyList<DocumentWrite> writes,
        Dictionary<DocumentKey, RawDocument> read
    )
    {
        var expired = new Dictionary<DocumentKey, DocumentVersion>();
        foreach (var write in writes)
        {
            var found = read.GetValueOrDefault(write.Key);
            switch (write.Expectation)
            {
                case DocumentExpectation.Absent when found is null:
                    break;
                case DocumentExpectation.Absent when IsExpired(found):
                    expired[write.Key] = found.Document.Version;
                    break;
                case DocumentExpectation.Absent:
                case DocumentExpectation.Version when found?.Document.Version != write.IfVersion:
                    return null;
            }
        }
        return expired;
    }

    private static string Subject(IReadOnlyList<DocumentWrite> writes) =>
        writes.Count == 1 ? $"{writes[0].Key}" : $"{writes.Count} documents, {writes[0].Key} among them";
}
