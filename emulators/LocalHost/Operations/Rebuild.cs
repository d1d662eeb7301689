using System.Runtime.InteropServices;
using Nocturne.Domain;
using Nocturne.LocalHost.Importing;
using Nocturne.LocalHost.Stack;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Operations;

/// <summary>What a rebuild found.</summary>
internal sealed record RebuildReport
{
    /// <summary>Files of the archive.</summary>
    public long Files { get; set; }

    /// <summary>Events in them, duplicates included.</summary>
    public long Events { get; set; }

    /// <summary>Lines that are no events.</summary>
    public long Refused { get; set; }

    /// <summary>Listeners that either state has.</summary>
    public long Listeners { get; set; }

    /// <summary>Documents that were as they should be, to the byte.</summary>
    public long Same { get; set; }

    /// <summary>Documents that were other, missing, or should not have been there.</summary>
    public long Replaced { get; set; }
}

/// <summary>
/// Makes all profiles anew from the archive, aside; then compares them byte for byte with those in use and puts right
/// what differs. Deliveries must be at rest.
/// </summary>
internal sealed class Rebuild(IStack stack, TimeProvider time)
{
    private const string Aside = "listeners-rebuilt";
    private const int BatchEvents = 50_000; // in memory at a time: about 50 MB
    private const int ConcurrentListeners = 16;

    private static readonly ListenerPart[] Parts =
    [
        ListenerPart.Day,
        ListenerPart.ImpressionDay,
        ListenerPart.Tally,
        ListenerPart.Statements,
    ];

    private readonly IDocumentStore _documents = stack.Documents;
    private readonly IObjectStore _objects = stack.Objects;
    private readonly RebuildReport _report = new();

    public async Task<RebuildReport> RunAsync(Action<long> eventsRead, CancellationToken cancellationToken)
    {
        await ClearAsync(cancellationToken); // of a rebuild that was broken off
        await BuildAsync(eventsRead, cancellationToken);
        await foreach (var name in NamesAsync(cancellationToken))
        {
            _report.Listeners++;
            await CompareAsync(name, cancellationToken);
        }
        await ClearAsync(cancellationToken);
        return _report;
    }

    private async Task BuildAsync(Action<long> eventsRead, CancellationToken cancellationToken)
    {
        var store = new ListenerStore(_documents, time, Aside);
        var rows = new Dictionary<ListenerId, List<HistoryRow>>();
        var batched = 0;
        await foreach (
            var file in _objects.ListAsync(NocturneTopology.BucketNames.Events, "dt=", null, cancellationToken)
        )
        {
            _report.Files++;
            await using var content = await _objects.OpenReadAsync(file.Key, cancellationToken);
            if (content is null)
            {
                continue;
            }
            await foreach (var line in LineReader.ReadAsync(content.Stream, cancellationToken))
            {
                if (line.Bytes.IsEmpty)
                {
                    continue;
                }
                if (!EventParser.TryParseLine(line.Bytes, 0, out var listenEvent, out _))
                {
                    _report.Refused++;
                    continue;
                }
                (CollectionsMarshal.GetValueRefOrAddDefault(rows, listenEvent.Listener, out _) ??= []).Add(
                    HistoryRow.Of(listenEvent)
                );
                eventsRead(++_report.Events);
                if (++batched == BatchEvents)
                {
                    await ApplyAsync(store, rows, cancellationToken);
                    batched = 0;
                }
            }
        }
        await ApplyAsync(store, rows, cancellationToken);
    }

    private async Task ApplyAsync(
        ListenerStore store,
        Dictionary<ListenerId, List<HistoryRow>> rows,
        CancellationToken cancellationToken
    )
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ConcurrentListeners,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            rows,
            options,
            async (listener, token) =>
                await Patience.TryAsync(() => store.ApplyAsync(listener.Key, listener.Value, token), time, token)
        );
        rows.Clear();
    }

    /// <summary>The storage names that either state has.</summary>
    private async IAsyncEnumerable<string> NamesAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var used = _documents
            .ListAsync(ListenerDocuments.Heads, null, null, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        await using var built = _documents
            .ListAsync(Aside, null, null, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        var hasUsed = await used.MoveNextAsync();
        var hasBuilt = await built.MoveNextAsync();
        while (hasUsed || hasBuilt)
        {
            var order =
                !hasUsed ? 1
                : !hasBuilt ? -1
                : string.CompareOrdinal(used.Current.Key.Id, built.Current.Key.Id);
            yield return order <= 0 ? used.Current.Key.Id : built.Current.Key.Id;
            hasUsed = order <= 0 ? await used.MoveNextAsync() : hasUsed;
            hasBuilt = order >= 0 ? await built.MoveNextAsync() : hasBuilt;
        }
    }

    private async Task CompareAsync(string name, CancellationToken cancellationToken)
    {
        var writes = new List<DocumentWrite>();
        foreach (var part in Parts)
        {
            var used = ListenerDocuments.CollectionOf(ListenerDocuments.Heads, name, part);
            var surplus = new Dictionary<string, Document>(StringComparer.Ordinal);
            await foreach (var document in _documents.ListAsync(used, null, null, cancellationToken))
            {
                surplus.Add(document.Key.Id, document);
            }
            var built = ListenerDocuments.CollectionOf(Aside, name, part);
            await foreach (var document in _documents.ListAsync(built, null, null, cancellationToken))
            {
                surplus.Remove(document.Key.Id, out var there);
                Compare(writes, DocumentKey.Of(used, document.Key.Id), there, document);
            }
            writes.AddRange(surplus.Values.Select(document => DocumentWrite.Delete(document.Key)));
        }
        var head = ListenerDocuments.KeyOf(ListenerDocuments.Heads, name, ListenerPart.Head, "");
        var headBuilt = await _documents.GetAsync(DocumentKey.Of(Aside, name), cancellationToken);
        var headUsed = await _documents.GetAsync(head, cancellationToken);
        if (headBuilt is not null)
        {
            Compare(writes, head, headUsed, headBuilt);
        }
        else if (headUsed is not null)
        {
            writes.Add(DocumentWrite.Delete(head));
        }
        _report.Replaced += writes.Count;
        await CommitAsync(writes, cancellationToken);
    }

    private void Compare(List<DocumentWrite> writes, DocumentKey key, Document? used, Document built)
    {
        if (used is not null && used.Data.Span.SequenceEqual(built.Data.Span))
        {
            _report.Same++;
        }
        else
        {
            writes.Add(DocumentWrite.Put(key, built.Data));
        }
    }

    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        await foreach (var page in _documents.ListPagesAsync(Aside, 100, cancellationToken))
        {
            foreach (var head in page)
            {
                var writes = new List<DocumentWrite>();
                foreach (var part in Parts)
                {
                    var collection = ListenerDocuments.CollectionOf(Aside, head.Key.Id, part);
                    await foreach (var document in _documents.ListAsync(collection, null, null, cancellationToken))
                    {
                        writes.Add(DocumentWrite.Delete(document.Key));
                    }
                }
                writes.Add(DocumentWrite.Delete(head.Key)); // the last: what names the rest goes after it
                await CommitAsync(writes, cancellationToken);
            }
        }
    }

    private async Task CommitAsync(List<DocumentWrite> writes, CancellationToken cancellationToken)
    {
        foreach (var chunk in Chunks(writes))
        {
            await Patience.TryAsync(
                async () =>
                {
                    await _documents.CommitAsync(chunk, cancellationToken);
                    return true;
                },
                time,
                cancellationToken
            );
        }
    }

    /// <summary>Commits within the bounds of one.</summary>
    private static IEnumerable<List<DocumentWrite>> Chunks(List<DocumentWrite> writes)
    {
        var chunk = new List<DocumentWrite>();
        long bytes = 0;
        foreach (var write in writes)
        {
            var size = write.Data?.Length ?? 0;
            if (chunk.Count == DocumentLimits.MaxCommitWrites || bytes + size > DocumentLimits.MaxCommitBytes)
            {
                yield return chunk;
                chunk = [];
                bytes = 0;
            }
            chunk.Add(write);
            bytes += size;
        }
        if (chunk.Count > 0)
        {
            yield return chunk;
        }
    }
}
