using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Profiles;

/// <summary>
/// That a listener's data was deleted: no event of theirs that was received by then counts any more, however late or
/// often it comes, and whoever rebuilds.
/// </summary>
/// <param name="Epoch">Events received at this moment or before are dropped.</param>
/// <param name="IsErasing">Whether documents of before may still be there: nothing is written to the profile until they are gone.</param>
/// <remarks>
/// It outlives what it is about, so it does not name the listener: its name is <see cref="HashOf"/>, which begins as
/// <see cref="StorageName"/> does.
/// </remarks>
public sealed record Tombstone(Instant Epoch, bool IsErasing)
{
    /// <summary>The collection.</summary>
    public const string Collection = "tombstones";

    /// <summary>The SHA-256 of a listener's id, in 64 lower-case hexadecimal digits.</summary>
    public static string HashOf(ListenerId listener) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(listener.Value)));

    /// <summary>The key of a listener's tombstone.</summary>
    public static DocumentKey KeyOf(ListenerId listener) => DocumentKey.Of(Collection, HashOf(listener));

    /// <summary>Whether an event is among those that were deleted.</summary>
    /// <param name="receivedAt">When it was received.</param>
    public bool Covers(Instant receivedAt) => receivedAt <= Epoch;

    /// <summary>Reads a document.</summary>
    public static Tombstone Read(ReadOnlyMemory<byte> data)
    {
        var stored =
            JsonSerializer.Deserialize(data.Span, TombstoneJson.Default.StoredTombstone)
            ?? throw new InvalidDataException("A tombstone is null.");
        return new Tombstone(Instant.From(stored.Epoch), stored.Erasing);
    }

    /// <summary>The document's bytes.</summary>
    public byte[] ToBytes() =>
        JsonSerializer.SerializeToUtf8Bytes(
            new StoredTombstone(Epoch.ToDateTimeOffset(), IsErasing),
            TombstoneJson.Default.StoredTombstone
        );
}

/// <summary>A tombstone as it is stored.</summary>
internal sealed record StoredTombstone(DateTimeOffset Epoch, bool Erasing);

/// <summary>Source-generated JSON of tombstones.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredTombstone))]
internal sealed partial class TombstoneJson : JsonSerializerContext;
