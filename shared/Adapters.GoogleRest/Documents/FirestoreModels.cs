using System.Text.Json.Serialization;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>A document as Firestore gives it; fields of others are skipped.</summary>
internal sealed record StoredDocument
{
    public required string Name { get; init; }

    public StoredFields? Fields { get; init; }

    public required string UpdateTime { get; init; }
}

/// <summary>The fields of <see cref="DocumentFields"/>.</summary>
internal sealed record StoredFields
{
    [JsonPropertyName(DocumentFields.Data)]
    public StoredValue? Data { get; init; }

    [JsonPropertyName(DocumentFields.ExpiresAt)]
    public StoredValue? ExpiresAt { get; init; }

    [JsonPropertyName(DocumentFields.Commit)]
    public StoredValue? Commit { get; init; }
}

/// <summary>One value, of whatever kind the field has.</summary>
internal sealed record StoredValue
{
    public byte[]? BytesValue { get; init; }

    public string? TimestampValue { get; init; }

    public string? StringValue { get; init; }
}

/// <summary>An element of the answers of <c>batchGet</c> and <c>runQuery</c>.</summary>
internal sealed record StreamedDocument
{
    /// <summary>Of <c>batchGet</c>.</summary>
    public StoredDocument? Found { get; init; }

    /// <summary>Of <c>runQuery</c>.</summary>
    public StoredDocument? Document { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StreamedDocument))]
internal sealed partial class FirestoreJson : JsonSerializerContext;
