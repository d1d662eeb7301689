using System.Text.Json.Serialization;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>The answer of <c>publish</c>.</summary>
internal sealed record PublishedIds
{
    public IReadOnlyList<string>? MessageIds { get; init; }
}

/// <summary>The answer of <c>pull</c>.</summary>
internal sealed record PulledBatch
{
    public IReadOnlyList<ReceivedMessage>? ReceivedMessages { get; init; }
}

/// <summary>One delivery.</summary>
internal sealed record ReceivedMessage
{
    public required string AckId { get; init; }

    public required StoredMessage Message { get; init; }
}

/// <summary>A message; its data and attributes are absent where they are empty.</summary>
internal sealed record StoredMessage
{
    public byte[]? Data { get; init; }

    public Dictionary<string, string>? Attributes { get; init; }

    public required string MessageId { get; init; }

    public DateTimeOffset PublishTime { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PublishedIds))]
[JsonSerializable(typeof(PulledBatch))]
internal sealed partial class PubSubJson : JsonSerializerContext;
