using Google.Cloud.Firestore;
using Nocturne.Ports;
using Nocturne.Topology;
using ProtoTimestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>The port's documents and Firestore's.</summary>
internal static class DocumentMapping
{
    private const long MicrosPerSecond = 1_000_000;
    private const int NanosPerMicro = 1000;

    /// <summary>Where a document is.</summary>
    public static DocumentReference Reference(FirestoreDb database, DocumentKey key) =>
        database.Collection(key.Collection).Document(key.Id);

    /// <summary>What is there; null for nothing. It may have expired.</summary>
    public static Document? ToDocument(DocumentKey key, DocumentSnapshot snapshot)
    {
        if (!snapshot.Exists)
        {
            return null;
        }
        var data = snapshot.TryGetValue<Blob>(DocumentFields.Data, out var blob)
            ? blob.ByteString.Memory
            : throw new InvalidOperationException(
                $"{key} has no field '{DocumentFields.Data}': something else than Nocturne wrote it."
            );
        DateTimeOffset? expiresAt = snapshot.TryGetValue<Timestamp>(DocumentFields.ExpiresAt, out var expires)
            ? expires.ToDateTimeOffset()
            : null;
        return new Document(key, data, ToVersion(snapshot.UpdateTime!.Value), expiresAt);
    }

    /// <summary>The token of the commit that wrote what is there; null where nothing is there.</summary>
    public static string? CommitOf(DocumentSnapshot snapshot) =>
        snapshot.Exists && snapshot.TryGetValue<string>(DocumentFields.Commit, out var token) ? token : null;

    /// <summary>Firestore's times have microseconds.</summary>
    public static DocumentVersion ToVersion(Timestamp updated)
    {
        var time = updated.ToProto();
        return new DocumentVersion((time.Seconds * MicrosPerSecond) + (time.Nanos / NanosPerMicro));
    }

    /// <summary>The time that a version stands for.</summary>
    public static Timestamp ToTimestamp(DocumentVersion version)
    {
        var (seconds, micros) = Math.DivRem(version.Value, MicrosPerSecond);
        return Timestamp.FromProto(new ProtoTimestamp { Seconds = seconds, Nanos = (int)micros * NanosPerMicro });
    }
}
