using System.Runtime.CompilerServices;
using Nocturne.Ports;

namespace Nocturne.RunNight.Tests;

/// <summary>The process is dead: nothing that it was about to do happens.</summary>
internal sealed class CrashException() : Exception("The process died here.");

/// <summary>
/// A process's operations on stores and topics, and the one at which it dies: before its effect, or after it and
/// before the answer. Whatever else was under way then dies with it.
/// </summary>
internal sealed class Crash
{
    private const int None = int.MaxValue;

    private int _at = None;
    private bool _isAfter;
    private int _operations;
    private int _objectWrites;
    private int _commits;

    /// <summary>Operations so far, of all processes.</summary>
    public int Operations => _operations;

    /// <summary>Of these, writes of objects.</summary>
    public int ObjectWrites => _objectWrites;

    /// <summary>Of these, commits of documents.</summary>
    public int Commits => _commits;

    /// <summary>Lets the process die at an operation, counted from now.</summary>
    public void After(int operations, bool afterItsEffect)
    {
        _isAfter = afterItsEffect;
        Volatile.Write(ref _at, _operations + operations);
    }

    /// <summary>Nothing dies.</summary>
    public void Never() => Volatile.Write(ref _at, None);

    public async ValueTask<T> RunAsync<T>(Func<ValueTask<T>> operation)
    {
        var number = Interlocked.Increment(ref _operations);
        var at = Volatile.Read(ref _at);
        if (number > at || (number == at && !_isAfter))
        {
            throw new CrashException();
        }
        var result = await operation();
        return number == at ? throw new CrashException() : result;
    }

    public void CountObjectWrite() => Interlocked.Increment(ref _objectWrites);

    public void CountCommit() => Interlocked.Increment(ref _commits);
}

/// <summary>Objects behind a crash.</summary>
internal sealed class CrashingObjects(IObjectStore objects, Crash crash) : IObjectStore
{
    public ValueTask<ObjectInfo> PutAsync(
        ObjectKey key,
        Stream content,
        string contentType,
        long ifGeneration,
        CancellationToken cancellationToken
    )
    {
        crash.CountObjectWrite();
        return crash.RunAsync(() => objects.PutAsync(key, content, contentType, ifGeneration, cancellationToken));
    }

    public ValueTask<ObjectInfo?> HeadAsync(ObjectKey key, CancellationToken cancellationToken) =>
        crash.RunAsync(() => objects.HeadAsync(key, cancellationToken));

    public ValueTask<ObjectContent?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken) =>
        crash.RunAsync(() => objects.OpenReadAsync(key, cancellationToken));

    public ValueTask<bool> DeleteAsync(ObjectKey key, long ifGeneration, CancellationToken cancellationToken) =>
        crash.RunAsync(() => objects.DeleteAsync(key, ifGeneration, cancellationToken));

    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string bucket,
        string prefix,
        string? startAfter,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await crash.RunAsync(() => ValueTask.FromResult(true));
        await foreach (var info in objects.ListAsync(bucket, prefix, startAfter, cancellationToken))
        {
            yield return info;
        }
    }
}

/// <summary>Documents behind a crash.</summary>
internal sealed class CrashingDocuments(IDocumentStore documents, Crash crash) : IDocumentStore
{
    public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) =>
        crash.RunAsync(() => documents.GetAsync(key, cancellationToken));

    public ValueTask<IReadOnlyList<Document?>> GetManyAsync(
        IReadOnlyList<DocumentKey> keys,
        CancellationToken cancellationToken
    ) => crash.RunAsync(() => documents.GetManyAsync(keys, cancellationToken));

    public async IAsyncEnumerable<Document> ListAsync(
        string collection,
        string? fromInclusive,
        string? toExclusive,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await crash.RunAsync(() => ValueTask.FromResult(true));
        await foreach (var document in documents.ListAsync(collection, fromInclusive, toExclusive, cancellationToken))
        {
            yield return document;
        }
    }

    public async ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken)
    {
        crash.CountCommit();
        await crash.RunAsync(async () =>
        {
            await documents.CommitAsync(writes, cancellationToken);
            return true;
        });
    }
}

/// <summary>A topic behind a crash.</summary>
internal sealed class CrashingPublisher(IEventPublisher publisher, Crash crash) : IEventPublisher
{
    public ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    ) => crash.RunAsync(() => publisher.PublishAsync(topic, messages, cancellationToken));
}
