using System.Security.Cryptography;
using System.Text;

namespace Nocturne.Identity;

/// <summary>The secret that keys the hashes of tokens: whoever reads the database cannot make or test one without it.</summary>
public sealed class TokenPepper
{
    /// <summary>The fewest characters of a pepper; 32 random bytes in base64 have 44.</summary>
    public const int MinLength = 32;

    /// <summary>The variable that hands it to a function.</summary>
    public const string Variable = "NOCTURNE_TOKEN_PEPPER";

    // Hashes for another purpose with the same pepper must differ.
    private static readonly byte[] Purpose = "nocturne-listener-token\n"u8.ToArray();

    private readonly byte[] _key;

    private TokenPepper(byte[] key) => _key = key;

    /// <summary>Wraps a secret's value.</summary>
    /// <exception cref="FormatException">It is too short to be one.</exception>
    public static TokenPepper Of(string secret)
    {
        var trimmed = secret.Trim();
        return trimmed.Length >= MinLength
            ? new TokenPepper(Encoding.UTF8.GetBytes(trimmed))
            : throw new FormatException(
                $"{Variable} has {trimmed.Length} characters; it needs {MinLength} or more. Make one: "
                    + "head -c 32 /dev/urandom | base64"
            );
    }

    /// <summary>HMAC-SHA256 of a token, in lower-case hexadecimal: the name under which it is stored.</summary>
    internal string HashOf(Guid token)
    {
        Span<byte> message = stackalloc byte[Purpose.Length + 16];
        Purpose.CopyTo(message);
        token.TryWriteBytes(message[Purpose.Length..], bigEndian: true, out _);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, message, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Says what it is, not its value.</summary>
    public override string ToString() => "a token pepper";
}
