using System.Text.Json;
using System.Text.Json.Serialization;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.Privacy;

/// <summary>A store that a deletion has gone through.</summary>
/// <param name="Store">Which; one of <see cref="DeletionSteps.All"/>.</param>
/// <param name="DoneAt">When nothing of before the deletion was left there.</param>
/// <param name="Removed">What was removed: documents, objects, rows of objects or lines, as the store has them.</param>
public sealed record DeletedFrom(string Store, DateTimeOffset DoneAt, long Removed);

/// <summary>A copy that nobody reads and that goes by itself.</summary>
/// <param name="Store">What it is a copy of.</param>
/// <param name="Copy">What kind of copy.</param>
/// <param name="Until">By when it is gone; null where that is not by the clock, and <paramref name="Copy"/> says by what.</param>
public sealed record RetainedCopy(string Store, string Copy, DateTimeOffset? Until);

/// <summary>A deletion: how far it is, and, when it is done, the receipt.</summary>
public sealed record DeletionRecord
{
    /// <summary>The collection of deletions; their names are those of the tombstones.</summary>
    public const string Collection = "deletions";

    /// <summary>The listener's hash, <see cref="Tombstone.HashOf"/>.</summary>
    public required string Hash { get; init; }

    /// <summary>Whose data; null once it is complete, so that the receipt does not name who was to be forgotten.</summary>
    public string? Listener { get; init; }

    /// <summary>Everything received at this moment or before is deleted.</summary>
    public required DateTimeOffset Epoch { get; init; }

    /// <summary>When it was complete; null while something is left to do.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The stores that are done, in the order in which they were.</summary>
    public IReadOnlyList<DeletedFrom> Done { get; init; } = [];

    /// <summary>What it waits for; null where it waits for nothing but to be gone on with.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>Copies that are kept for mishaps, and until when; empty before it is complete.</summary>
    public IReadOnlyList<RetainedCopy> Retained { get; init; } = [];

    /// <summary>Deletions of the same listener that were complete before this one.</summary>
    public int Earlier { get; init; }

    /// <summary>Whether a store is done.</summary>
    public bool IsDone(string store) => Done.Any(done => done.Store == store);

    /// <summary>The key of a listener's deletion.</summary>
    public static DocumentKey KeyOf(ListenerId listener) => DocumentKey.Of(Collection, Tombstone.HashOf(listener));

    /// <summary>Reads a document.</summary>
    public static DeletionRecord Read(ReadOnlyMemory<byte> data) =>
        JsonSerializer.Deserialize(data.Span, PrivacyJson.Default.DeletionRecord)
        ?? throw new InvalidDataException("A deletion is null.");

    /// <summary>The document's bytes; also what apps get.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, PrivacyJson.Default.DeletionRecord);
}

/// <summary>A tombstone's copy beside the catalogue, for when the documents are restored from a backup.</summary>
internal sealed record TombstoneCopy(DateTimeOffset Epoch);

/// <summary>Source-generated JSON of deletions: snake_case.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(DeletionRecord))]
[JsonSerializable(typeof(TombstoneCopy))]
internal sealed partial class PrivacyJson : JsonSerializerContext;
