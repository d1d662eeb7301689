using Google.Cloud.Firestore;
using Google.Protobuf;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>Makes a commit a batch.</summary>
internal static class CommitBatch
{
    /// <param name="database">Where.</param>
    /// <param name="writes">What.</param>
    /// <param name="token">The commit's own, written into every document that is put.</param>
    /// <param name="replaceable">Documents that count as absent while they have this version: they have expired.</param>
    public static WriteBatch Of(
        FirestoreDb database,
        IReadOnlyList<DocumentWrite> writes,
        string token,
        Dictionary<DocumentKey, DocumentVersion> replaceable
    )
    {
        var batch = database.StartBatch();
        foreach (var write in writes)
        {
            var document = DocumentMapping.Reference(database, write.Key);
            var version = write.Expectation switch
            {
                DocumentExpectation.Version => write.IfVersion,
                DocumentExpectation.Absent when replaceable.TryGetValue(write.Key, out var expired) => expired,
                _ => (DocumentVersion?)null,
            };
            if (write.Data is { } data)
            {
                Put(batch, document, write, Fields(data, token), version);
            }
            else
            {
                Delete(batch, document, write.Expectation, version, token);
            }
        }
        return batch;
    }

    private static Dictionary<string, object> Fields(ReadOnlyMemory<byte> data, string token) =>
        new(StringComparer.Ordinal)
        {
            [DocumentFields.Data] = Blob.FromByteString(ByteString.CopyFrom(data.Span)),
            [DocumentFields.Commit] = token,
        };

    private static void Put(
        WriteBatch batch,
        DocumentReference document,
        DocumentWrite write,
        Dictionary<string, object> fields,
        DocumentVersion? version
    )
    {
        if (write.ExpiresAt is { } expires)
        {
            fields[DocumentFields.ExpiresAt] = Timestamp.FromDateTimeOffset(expires);
        }
        if (version is { } expected)
        {
            // An update leaves the fields alone that it does not name.
            fields.TryAdd(DocumentFields.ExpiresAt, FieldValue.Delete);
            batch.Update(document, fields, Precondition.LastUpdated(DocumentMapping.ToTimestamp(expected)));
        }
        else if (write.Expectation == DocumentExpectation.Absent)
        {
            batch.Create(document, fields);
        }
        else
        {
            batch.Set(document, fields);
        }
    }

    private static void Delete(
        WriteBatch batch,
        DocumentReference document,
        DocumentExpectation expectation,
        DocumentVersion? version,
        string token
    )
    {
        if (version is { } expected)
        {
            batch.Delete(document, Precondition.LastUpdated(DocumentMapping.ToTimestamp(expected)));
            return;
        }
        if (expectation == DocumentExpectation.Absent)
        {
            // The public preconditions of a delete have no "must not exist"; those of a create have no other.
            batch.Create(document, Fields(default, token));
        }
        batch.Delete(document);
    }
}
