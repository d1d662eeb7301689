using System.Text.Json;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>The body of a commit, and the bounds of one.</summary>
internal static class CommitBody
{
    /// <summary>About what a write has beside its data and twice its name.</summary>
    private const int WriteOverhead = 512;

    /// <summary>Checks a commit's bounds.</summary>
    /// <returns>Bytes of all data.</returns>
    /// <exception cref="LimitExceededException">It is over one.</exception>
    /// <exception cref="ArgumentException">A document is written twice.</exception>
    public static int Check(IReadOnlyList<DocumentWrite> writes)
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
            if (!seen.Add(write.Key))
            {
                throw new ArgumentException($"{write.Key} is written twice in one commit.", nameof(writes));
            }
            total += length;
        }
        return total <= DocumentLimits.MaxCommitBytes
            ? (int)total
            : throw new LimitExceededException(
                $"The commit has {total} bytes; the limit is {DocumentLimits.MaxCommitBytes}."
            );
    }

    /// <summary>Writes the body.</summary>
    /// <param name="writes">What is written.</param>
    /// <param name="expired">Versions of expired documents that stand where a write expects none.</param>
    /// <param name="token">The commit's own, see <see cref="DocumentFields.Commit"/>.</param>
    /// <param name="dataBytes">Bytes of all data.</param>
    /// <param name="documentsPath">The full name under which all documents are.</param>
    public static ReadOnlyMemory<byte> Write(
        IReadOnlyList<DocumentWrite> writes,
        IReadOnlyDictionary<DocumentKey, DocumentVersion> expired,
        string token,
        int dataBytes,
        string documentsPath
    ) =>
        Bodies.Write(
            Bodies.Base64Length(dataBytes) + (writes.Count * WriteOverhead),
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("writes");
                foreach (var write in writes)
                {
                    json.WriteStartObject();
                    WriteChange(json, write, token, $"{documentsPath}/{write.Key}");
                    WriteCondition(json, write, expired);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    private static void WriteChange(Utf8JsonWriter json, DocumentWrite write, string token, string name)
    {
        if (write.Data is not { } data)
        {
            json.WriteString("delete", name);
            return;
        }
        json.WriteStartObject("update");
        json.WriteString("name", name);
        json.WriteStartObject("fields");
        json.WriteStartObject(DocumentFields.Data);
        json.WriteBase64String("bytesValue", data.Span);
        json.WriteEndObject();
        json.WriteStartObject(DocumentFields.Commit);
        json.WriteString("stringValue", token);
        json.WriteEndObject();
        if (write.ExpiresAt is { } expires)
        {
            json.WriteStartObject(DocumentFields.ExpiresAt);
            json.WriteString("timestampValue", FirestoreTime.ToText(expires));
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteCondition(
        Utf8JsonWriter json,
        DocumentWrite write,
        IReadOnlyDictionary<DocumentKey, DocumentVersion> expired
    )
    {
        if (write.Expectation == DocumentExpectation.Anything)
        {
            return;
        }
        json.WriteStartObject("currentDocument");
        if (write.Expectation == DocumentExpectation.Version)
        {
            json.WriteString("updateTime", FirestoreTime.ToText(write.IfVersion));
        }
        else if (expired.TryGetValue(write.Key, out var version))
        {
            json.WriteString("updateTime", FirestoreTime.ToText(version));
        }
        else
        {
            json.WriteBoolean("exists", value: false);
        }
        json.WriteEndObject();
    }
}
