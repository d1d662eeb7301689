using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.LocalHost.Operations;

/// <summary>
/// Compares one listener's documents with those built aside, and puts right what differs, unless the listener has
/// had events since the head's version was noted.
/// </summary>
/// <param name="documents">The store.</param>
/// <param name="name">The listener's storage name.</param>
/// <param name="aside">The collection of heads that were built.</param>
/// <param name="noted">The version that the head had; null if there was none.</param>
/// <param name="time">For pauses.</param>
internal sealed class ListenerReplacement(
    IDocumentStore documents,
    string name,
    string aside,
    DocumentVersion? noted,
    TimeProvider time
)
{
    private readonly DocumentKey _headKey = DocumentKey.Of(ListenerDocuments.Heads, name);
    private readonly List<DocumentWrite> _writes = [];

    /// <summary>Documents that were as they should be.</summary>
    public long Same { get; private set; }

    /// <summary>Documents that were put right.</summary>
    public long Replaced { get; private set; }

    /// <summary>Does it.</summary>
    /// <returns>False if the listener had events meanwhile; what is not yet put right then stays as it is.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var head = await documents.GetAsync(_headKey, cancellationToken);
        if (head?.Version != noted)
        {
            return false;
        }
        foreach (var part in ListenerDocuments.PartsBesideHead)
        {
            await CompareAsync(part, cancellationToken);
        }
        var built = await documents.GetAsync(DocumentKey.Of(aside, name), cancellationToken);
        var isHeadSame = built is null
            ? head is null
            : head is not null && head.Data.Span.SequenceEqual(built.Data.Span);
        Same += isHeadSame && head is not null ? 1 : 0;
        Replaced = _writes.Count + (isHeadSame ? 0 : 1);
        return Replaced == 0 || await CommitAsync(head, built, cancellationToken);
    }

    private async Task CompareAsync(ListenerPart part, CancellationToken cancellationToken)
    {
        var used = ListenerDocuments.CollectionOf(ListenerDocuments.Heads, name, part);
        var surplus = new Dictionary<string, Document>(StringComparer.Ordinal);
        await foreach (var document in documents.ListAsync(used, null, null, cancellationToken))
        {
            surplus.Add(document.Key.Id, document);
        }
        var built = ListenerDocuments.CollectionOf(aside, name, part);
        await foreach (var document in documents.ListAsync(built, null, null, cancellationToken))
        {
            if (surplus.Remove(document.Key.Id, out var there) && there.Data.Span.SequenceEqual(document.Data.Span))
            {
                Same++;
            }
            else
            {
                _writes.Add(DocumentWrite.Put(DocumentKey.Of(used, document.Key.Id), document.Data));
            }
        }
        _writes.AddRange(surplus.Values.Select(document => DocumentWrite.Delete(document.Key)));
    }

    /// <summary>
    /// Commits what differs, the head with every commit and on the condition that it is as it was: an update that
    /// comes in between has its way.
    /// </summary>
    private async Task<bool> CommitAsync(Document? head, Document? built, CancellationToken cancellationToken)
    {
        var chunks = CommitChunks.Of(_writes, DocumentLimits.MaxCommitWrites - 1).ToList();
        if (chunks.Count == 0)
        {
            chunks.Add([]);
        }
        for (var i = 0; i < chunks.Count; i++)
        {
            // Until the last commit the head stays as it was, or there is none; writing it changes its version.
            var data = i == chunks.Count - 1 ? built?.Data : head?.Data ?? built?.Data;
            var write = data is { } bytes ? DocumentWrite.Put(_headKey, bytes) : DocumentWrite.Delete(_headKey);
            chunks[i].Add(write.IfUnchangedSince(head));
            try
            {
                await Patience.CommitAsync(documents, chunks[i], time, cancellationToken);
            }
            catch (DocumentConflictException)
            {
                return false;
            }
            if (i < chunks.Count - 1)
            {
                head = await documents.GetAsync(_headKey, cancellationToken);
                if (head is null || !head.Data.Span.SequenceEqual(data!.Value.Span))
                {
                    return false;
                }
            }
        }
        return true;
    }
}
