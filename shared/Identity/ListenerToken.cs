using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nocturne.Identity;

/// <summary>What is known of a token but the token itself.</summary>
/// <param name="Id">Names it among the listener's tokens; the beginning of its hash.</param>
/// <param name="Name">What its owner calls it, such as the player that has it.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record ListenerToken(string Id, string Name, DateTimeOffset CreatedAt);

/// <summary>A token that was just made.</summary>
/// <param name="Secret">The token: shown now and never again.</param>
/// <param name="Token">What is kept of it.</param>
public sealed record NewListenerToken(string Secret, ListenerToken Token)
{
    /// <summary>Leaves out the secret: this may come into a log.</summary>
    public override string ToString() => $"{Token}";
}

/// <summary>The document of one token, under its hash.</summary>
internal sealed record StoredToken(string Listener, string Name, DateTimeOffset CreatedAt);

/// <summary>An entry of the document of a listener's tokens.</summary>
internal sealed record OwnedToken(string Hash, string Name, DateTimeOffset CreatedAt);

/// <summary>The document of a listener's tokens.</summary>
internal sealed record OwnedTokens(IReadOnlyList<OwnedToken> Tokens);

/// <summary>Source-generated JSON of the documents of tokens.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredToken))]
[JsonSerializable(typeof(OwnedTokens))]
internal sealed partial class TokenJson : JsonSerializerContext;
