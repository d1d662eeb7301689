using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Playlists;

namespace Nocturne.Nights.Blends;

/// <summary>Who is in a blend; a document of its own.</summary>
public sealed record Blend
{
    /// <summary>The blend's id.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// The members in the order in which they came: 1 while the second is waited for, at most
    /// <see cref="BlendParameters.MostMembers"/>; none once the last one left, and then nobody can come any more.
    /// </summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>1 when it is made, and one more with every change of the members.</summary>
    public required int Version { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When somebody came or left last.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Whether a listener is a member.</summary>
    public bool Has(ListenerId listener) => Members.Contains(listener.Value, StringComparer.Ordinal);

    /// <summary>Whether there are members enough for a playlist.</summary>
    public bool IsJoint => Members.Count >= BlendParameters.LeastMembers;

    /// <summary>Reads a document.</summary>
    public static Blend Read(ReadOnlyMemory<byte> data) =>
        JsonSerializer.Deserialize(data.Span, NightJson.Default.Blend)
        ?? throw new InvalidDataException("A blend is null.");

    /// <summary>The document's bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, NightJson.Default.Blend);
}

/// <summary>Which blends a listener is in; a document of its own, written together with the blends'.</summary>
/// <param name="Blends">Their ids, in ordinal order.</param>
public sealed record ListenerBlends(IReadOnlyList<string> Blends);

/// <summary>A message on <c>blend-changes</c>: <c>{"blend":ID}</c>, somebody came or left.</summary>
/// <param name="Blend">Which blend.</param>
public readonly record struct BlendChange(BlendId Blend)
{
    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">Not such a message.</exception>
    public static BlendChange Parse(ReadOnlyMemory<byte> data)
    {
        try
        {
            using var json = JsonDocument.Parse(data);
            return new BlendChange(BlendId.Parse(json.RootElement.GetProperty("blend").GetString() ?? ""));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"Not a blend's change: {e.Message}", e);
        }
    }

    /// <summary>The message's bytes.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("blend"u8, Blend.Value);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
