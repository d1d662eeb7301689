using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Identity;

/// <summary>
/// Makes ID tokens and takes them, by a key of its own: stands for Identity Platform on a developer's machine, and is
/// refused anywhere else.
/// </summary>
public sealed class DevelopmentIssuer : IIdTokens
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    private const string Issuer = "https://development.nocturne.invalid";
    private const string Audience = "nocturne-development";

    // What is signed with it says nothing of this algorithm elsewhere: no real issuer's token has it.
    private static readonly string Header = Encode("""{"alg":"HS256","typ":"JWT"}"""u8);

    private readonly byte[] _key;
    private readonly TimeProvider _time;

    /// <summary>An issuer with a key.</summary>
    /// <param name="key"><see cref="KeyBytes"/> random bytes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="variable">Reads the environment.</param>
    /// <exception cref="InvalidOperationException">This process is deployed.</exception>
    /// <exception cref="FormatException">Not such a key.</exception>
    public DevelopmentIssuer(ReadOnlySpan<byte> key, TimeProvider time, Func<string, string?> variable)
    {
        DevelopmentAccess.Require("The development issuer", variable);
        if (key.Length != KeyBytes)
        {
            throw new FormatException($"The development issuer's key has {key.Length} bytes, and not {KeyBytes}.");
        }
        _key = key.ToArray();
        _time = time;
    }

    /// <summary>A token for a listener, an operator, or one who is both.</summary>
    /// <param name="subject">The listener's id, or the operator's name.</param>
    /// <param name="isOperator">Whether it is an operator's.</param>
    /// <param name="options">By which claim operators are told.</param>
    /// <param name="lifetime">How long it is good.</param>
    public string Mint(ListenerId subject, bool isOperator, CallerOptions options, TimeSpan lifetime)
    {
        var now = _time.GetUtcNow();
        using var claims = new MemoryStream();
        using (var json = new Utf8JsonWriter(claims))
        {
            json.WriteStartObject();
            json.WriteString("iss"u8, Issuer);
            json.WriteString("aud"u8, Audience);
            json.WriteString("sub"u8, subject.Value);
            json.WriteNumber("iat"u8, now.ToUnixTimeSeconds());
            json.WriteNumber("exp"u8, (now + lifetime).ToUnixTimeSeconds());
            if (isOperator)
            {
                json.WriteBoolean(options.OperatorClaim, value: true);
            }
            json.WriteEndObject();
        }
        var content = $"{Header}.{Encode(claims.ToArray())}";
        return $"{content}.{Encode(Sign(content))}";
    }

    /// <inheritdoc/>
    public ValueTask<IdTokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Verify(token));

    private IdTokenVerdict Verify(string token)
    {
        // The header is compared whole, so a token cannot choose how it is verified.
        if (
            UnverifiedToken.Read(token) is not var (_, claims)
            || !token.StartsWith($"{Header}.", StringComparison.Ordinal)
        )
        {
            return IdTokenVerdict.Bad("The credential is no ID token of this machine: nocturne token id makes one.");
        }
        var dot = token.LastIndexOf('.');
        var expected = Encoding.ASCII.GetBytes(Encode(Sign(token[..dot])));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(token[(dot + 1)..]))
            ? UnverifiedToken.Judge(claims, Issuer, Audience, _time.GetUtcNow())
            : IdTokenVerdict.Bad("The ID token's signature is not this machine's: nocturne token id makes one.");
    }

    private byte[] Sign(string content) => HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(content));

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
