using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>The bounds of a commit, before it is sent.</summary>
internal static class CommitLimits
{
    /// <summary>Checks a commit.</summary>
    /// <returns>Bytes of data.</returns>
    /// <exception cref="LimitExceededException">It is over a bound of <see cref="DocumentLimits"/>.</exception>
    /// <exception cref="ArgumentException">A key stands in it twice.</exception>
    public static long Check(IReadOnlyList<DocumentWrite> writes)
    {
        if (writes.Count > DocumentLimits.MaxCommitWrites)
        {
            throw new LimitExceededException(
                $"The commit has {writes.Count} writes; the limit is {DocumentLimits.MaxCommitWrites}."
            );
        }
        var seen = new HashSet<DocumentKey>(writes.Count);
        var total = 0L;
        foreach (var write in writes)
        {
            var length = write.Data?.Length ?? 0;
            if (length > DocumentLimits.MaxDocumentBytes)
            {
                throw new LimitExceededException(
                    $"{write.Key} has {length} bytes; the limit is {DocumentLimits.MaxDocumentBytes}."
                );
            }
            total += length;
            if (!seen.Add(write.Key))
            {
                throw new ArgumentException($"{write.Key} is written twice in one commit.", nameof(writes));
            }
        }
        return total <= DocumentLimits.MaxCommitBytes
            ? total
            : throw new LimitExceededException(
                $"The commit has {total} bytes; the limit is {DocumentLimits.MaxCommitBytes}."
            );
    }
}
