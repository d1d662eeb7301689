using System.Buffers.Text;
using System.Text.Json;

namespace Nocturne.Identity;

/// <summary>What an ID token says; nothing of it is proved until its signature is.</summary>
/// <param name="Subject">Whom it is about.</param>
/// <param name="ExpiresAt">Until when it is good, in Unix seconds.</param>
/// <param name="All">Every claim.</param>
public sealed record IdClaims(string Subject, long ExpiresAt, JsonElement All);

/// <summary>What became of an ID token.</summary>
/// <param name="Claims">What it says; null where it is not good.</param>
/// <param name="Refusal">Why not, for whoever sent it; nothing of the token is in it.</param>
public sealed record IdTokenVerdict(IdClaims? Claims, string Refusal)
{
    internal static IdTokenVerdict Good(IdClaims claims) => new(claims, "");

    internal static IdTokenVerdict Bad(string refusal) => new(null, refusal);
}

/// <summary>Tells good ID tokens from others.</summary>
public interface IIdTokens
{
    /// <summary>Looks at a token: anything that a client may send.</summary>
    /// <exception cref="Ports.StoreUnavailableException">It cannot be told now; nothing is said of the token.</exception>
    ValueTask<IdTokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken);
}

/// <summary>The parts of a token that do not need its key: form, issuer, audience, times.</summary>
internal static class UnverifiedToken
{
    /// <summary>Longer than Identity Platform makes them, with a kilobyte of custom claims.</summary>
    public const int MaxLength = 4_096;

    // Of claims: objects within objects as Firebase has them, and some.
    private const int MaxDepth = 8;

    /// <summary>How far clocks may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>Reads a token's header and claims; null where it is none.</summary>
    public static (JsonElement Header, JsonElement Claims)? Read(string token)
    {
        if (token.Length > MaxLength || token.Split('.') is not [var header, var claims, { Length: > 0 }])
        {
            return null;
        }
        return Part(header) is { } head && Part(claims) is { } body ? (head, body) : null;
    }

    /// <summary>Holds claims against what is expected, without the signature.</summary>
    public static IdTokenVerdict Judge(JsonElement claims, string issuer, string audience, DateTimeOffset now)
    {
        if (Text(claims, "iss") != issuer)
        {
            return IdTokenVerdict.Bad("The ID token is of another issuer: sign in with this service's own project.");
        }
        if (Text(claims, "aud") != audience)
        {
            return IdTokenVerdict.Bad(
                "The ID token is made for another audience: sign in with this service's project."
            );
        }
        var seconds = now.ToUnixTimeSeconds();
        var skew = (long)Skew.TotalSeconds;
        if (Number(claims, "exp") is not { } expires || Number(claims, "iat") is not { } issued)
        {
            return IdTokenVerdict.Bad("The ID token does not say from when to when it is good.");
        }
        if (expires <= seconds - skew)
        {
            return IdTokenVerdict.Bad("The ID token has expired: refresh it.");
        }
        if (issued > seconds + skew || Number(claims, "nbf") > seconds + skew)
        {
            return IdTokenVerdict.Bad("The ID token is not good yet: check the clock of whoever made it.");
        }
        return Text(claims, "sub") is { Length: > 0 } subject
            ? IdTokenVerdict.Good(new IdClaims(subject, expires, claims))
            : IdTokenVerdict.Bad("The ID token is about nobody: it has no 'sub'.");
    }

    /// <summary>A claim that is a text; null for none.</summary>
    public static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? TextOf(value) : null;

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair, escaped
        }
    }

    private static long? Number(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
        && number is >= 0 and < 1L << 40
            ? number
            : null;

    private static JsonElement? Part(string encoded)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(encoded);
            using var json = JsonDocument.Parse(
                bytes,
                new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false }
            );
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        // The last is the reader's answer to a name with half of a surrogate pair, escaped.
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
