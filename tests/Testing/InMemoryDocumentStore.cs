using System.Runtime.CompilerServices;
using Nocturne.Ports;

namespace Nocturne.Testing;

/// <summary>
/// Documents in memory, with every condition, bound and order of the port: for suites of thousands of small
/// histories, where a durable store's waiting would be most of the time. It passes the port's contract.
/// </summary>
/// <param name="time">The clock that expires documents.</param>
public sealed class InMemoryDocumentStore(TimeProvider time) : IDocumentStore
{
    // Guards the collections and the last version.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<string, Document>> _collections = new(StringComparer.Ordinal);
    private long _version;

    public InMemoryDocumentStore()
        : this(TimeProvider.System) { }

    /// <summary>Whether every operation first lets other tasks run, so that concurrent updates really interleave.</summary>
    public bool Interleaves { get; init; }

    /// <summary>Commits made.</summary>
    public int Commits { get; private set; }

    /// <summary>Commits refused because a condition did not hold.</summary>
    public int Conflicts { get; private set; }

    /// <summary>Every document of every collection, by key.</summary>
    public IReadOnlyList<Document> Contents()
    {
        lock (_gate)
        {
            return
            [
                .. _collections
                    .Values.SelectMany(collection => collection.Values)
                    .OrderBy(d => $"{d.Key}", StringComparer.Ordinal),
            ];
        }
    }

    public async ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        await StepAsync(cancellationToken);
        lock (_gate)
        {
            return Find(key);
        }
    }

    public async ValueTask<IReadOnlyList<Document?>> GetManyAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    )
    {
        var documents = new Document?[keys.Count];
        for (var i = 0; i < documents.Length; i++)
        {
            documents[i] = await GetAsync(keys[i], cancellationToken);
        }
        return documents;
    }

    public async ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken)
    {
        await StepAsync(cancellationToken);
        Check(writes);
        lock (_gate)
        {
            foreach (var write in writes)
            {
                var found = Find(write.Key);
                var holds = write.Expectation switch
                {
                    DocumentExpectation.Absent => found is null,
                    DocumentExpectation.Version => found?.Version == write.IfVersion,
                    _ => true,
                };
                if (!holds)
                {
                    Conflicts++;
                    throw new DocumentConflictException($"{write.Key} is not as it was read.");
                }
            }
            _version++;
            Commits++;
            foreach (var write in writes)
            {
                Apply(write);
            }
        }
    }

    public async IAsyncEnumerable<Document> ListAsync(
        string collection,
        string? fromInclusive,
        string? toExclusive,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await StepAsync(cancellationToken);
        Document[] page;
        lock (_gate)
        {
            page = _collections.TryGetValue(collection, out var documents)
                ?
                [
                    .. documents
                        .Values.SkipWhile(d => fromInclusive is not null && CompareUtf8(d.Key.Id, fromInclusive) < 0)
                        .TakeWhile(d => toExclusive is null || CompareUtf8(d.Key.Id, toExclusive) < 0)
                        .Where(d => !IsExpired(d)),
                ]
                : [];
        }
        foreach (var document in page)
        {
            await StepAsync(cancellationToken);
            yield return document;
        }
    }

    private static void Check(IReadOnlyList<DocumentWrite> writes)
    {
        var keys = new HashSet<DocumentKey>();
        var total = 0L;
        foreach (var write in writes)
        {
            if (!keys.Add(write.Key))
            {
                throw new ArgumentException($"{write.Key} is written twice in one commit.", nameof(writes));
            }
            var length = write.Data?.Length ?? 0;
            total += length;
            if (length > DocumentLimits.MaxDocumentBytes)
            {
                throw new LimitExceededException($"{write.Key} has {length} bytes.");
            }
        }
        if (writes.Count > DocumentLimits.MaxCommitWrites || total > DocumentLimits.MaxCommitBytes)
        {
            throw new LimitExceededException($"The commit has {writes.Count} writes and {total} bytes.");
        }
    }

    /// <summary>UTF-8 byte order: UTF-16 order, but with surrogates above all other characters.</summary>
    private static int CompareUtf8(string left, string right)
    {
        var length = Math.Min(left.Length, right.Length);
        for (var i = 0; i < length; i++)
        {
            var (l, r) = (left[i], right[i]);
            if (l != r)
            {
                return char.IsSurrogate(l) == char.IsSurrogate(r) ? l.CompareTo(r)
                    : char.IsSurrogate(l) ? 1
                    : -1;
            }
        }
        return left.Length.CompareTo(right.Length);
    }

    private async ValueTask StepAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Interleaves)
        {
            await Task.Yield();
        }
    }

    private Document? Find(DocumentKey key) =>
        _collections.TryGetValue(key.Collection, out var documents)
        && documents.TryGetValue(key.Id, out var document)
        && !IsExpired(document)
            ? document
            : null;

    private void Apply(DocumentWrite write)
    {
        if (!_collections.TryGetValue(write.Key.Collection, out var documents))
        {
            documents = new SortedDictionary<string, Document>(Comparer<string>.Create(CompareUtf8));
            _collections.Add(write.Key.Collection, documents);
        }
        if (write.Data is { } data)
        {
            documents[write.Key.Id] = new Document(
                write.Key,
                data.ToArray(),
                new DocumentVersion(_version),
                write.ExpiresAt
            );
        }
        else
        {
            documents.Remove(write.Key.Id);
        }
    }

    private bool IsExpired(Document document) => document.ExpiresAt <= time.GetUtcNow();
}
