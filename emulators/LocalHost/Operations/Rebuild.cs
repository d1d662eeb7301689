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

    /// <summary>Of the events, those of before their listener's data was deleted: left out.</summary>
    public long Deleted { get; set; }

    /// <summary>Lines that are no events.</summary>
    public long Refused { get; set; }

    /// <summary>Listeners that either state has.</summary>
    public long Listeners { get; set; }

    /// <summary>Documents that were as they should be, to the byte.</summary>
    public long Same { get; set; }

    /// <summary>Documents that were other, missing, or should not have been there.</summary>
    public long Replaced { get; set; }

    /// <summary>Listeners who had new events meanwhile: left as they are, for another time.</summary>
    public long Active { get; set; }
}

/// <summary>
/// Makes all profiles anew from the archive, aside; then compares them byte for byte with those in use and puts right
/// what differs. Events may come in meanwhile.
/// </summary>
/// <remarks>
/// The heads' versions are noted before anything else, and time is given until the archive holds whatever was
/// committed by then. A listener's documents are replaced on the condition that the head has the version noted: every
/// update writes it, so the archive has all that the listener's state has. Who had events since is left alone and
/// counted; the same again finds them at rest, or changed anew.
/// </remarks>
internal sealed class Rebuild(IStack stack, TimeProvider time, string folder)
{
    private const string Aside = ListenerDocuments.Rebuilt;
    private const int BatchEvents = 50_000; // in memory at a time: about 50 MB
    private const int ConcurrentListeners = 16;

    private readonly IDocumentStore _documents = stack.Documents;
    private readonly IObjectStore _objects = stack.Objects;
    private readonly RebuildReport _report = new();

    /// <summary>Rebuilds.</summary>
    /// <param name="settle">How long the archive takes to hold what is committed now.</param>
    /// <param name="eventsRead">Is told how many events of the archive are read.</param>
    /// <param name="cancellationToken">Cancels; the same again starts over.</param>
    public async Task<RebuildReport> RunAsync(
        TimeSpan settle,
        Action<long> eventsRead,
        CancellationToken cancellationToken
    )
    {
        await using var noted = await HeadVersions.NoteAsync(_documents, folder, cancellationToken);
        await Task.Delay(settle, time, cancellationToken);
        await ClearAsync(cancellationToken); // of a rebuild that was broken off
        var deleted = await TombstoneSet.ReadAsync(_documents, cancellationToken);
        await BuildAsync(deleted, eventsRead, cancellationToken);
        var deletedSince = await TombstoneSet.ReadAsync(_documents, cancellationToken);
        await foreach (var name in NamesAsync(cancellationToken))
        {
            _report.Listeners++;
            var listener = StorageName.IdOf(name);
            if (deleted.EpochOf(listener) != deletedSince.EpochOf(listener))
            {
                _report.Active++; // deleted meanwhile: what was built aside has what is to be gone
                continue;
            }
            var replacement = new ListenerReplacement(_documents, name, Aside, noted.Of(name), time);
            if (await replacement.RunAsync(cancellationToken))
            {
                _report.Same += replacement.Same;
                _report.Replaced += replacement.Replaced;
            }
            else
            {
                _report.Active++;
            }
        }
        await ClearAsync(cancellationToken);
        return _report;
    }

    private async Task BuildAsync(TombstoneSet deleted, Action<long> eventsRead, CancellationToken cancellationToken)
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
                if (deleted.Covers(listenEvent))
                {
                    _report.Deleted++;
                    eventsRead(++_report.Events);
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

    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        await foreach (var page in _documents.ListPagesAsync(Aside, 100, cancellationToken))
        {
            foreach (var head in page)
            {
                var writes = new List<DocumentWrite>();
                foreach (var part in ListenerDocuments.PartsBesideHead)
                {
                    var collection = ListenerDocuments.CollectionOf(Aside, head.Key.Id, part);
                    await foreach (var document in _documents.ListAsync(collection, null, null, cancellationToken))
                    {
                        writes.Add(DocumentWrite.Delete(document.Key));
                    }
                }
                writes.Add(DocumentWrite.Delete(head.Key)); // the last: what names the rest goes after it
                foreach (var chunk in CommitChunks.Of(writes, DocumentLimits.MaxCommitWrites))
                {
                    await Patience.CommitAsync(_documents, chunk, time, cancellationToken);
                }
            }
        }
    }
}
