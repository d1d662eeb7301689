using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>Cuts many writes into commits.</summary>
internal static class CommitChunks
{
    /// <summary>Commits within the bounds of one, in order; of no writes there is none.</summary>
    public static IEnumerable<List<DocumentWrite>> Of(IEnumerable<DocumentWrite> writes, int maxWrites)
    {
        var chunk = new List<DocumentWrite>();
        long bytes = 0;
        foreach (var write in writes)
        {
            var size = write.Data?.Length ?? 0;
            if (chunk.Count > 0 && (chunk.Count == maxWrites || bytes + size > MaxBytes))
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

    // Leaves room for one document more: the head that goes along.
    private const long MaxBytes = DocumentLimits.MaxCommitBytes - DocumentLimits.MaxDocumentBytes;
}
