using System.Security.Cryptography;
using System.Text;

namespace Nocturne.Domain;

/// <summary>
/// How an id appears in a document or object name: four hexadecimal digits of its hash, a hyphen, and the id with
/// everything but ASCII letters, digits, '_', '-' and '.' percent-encoded.
/// </summary>
/// <remarks>
/// The prefix spreads neighbouring ids over the key range (stores split by key) and cuts listeners into shards of
/// equal size; the rest keeps names readable and unique. Names sort by hash first.
/// </remarks>
public static class StorageName
{
    /// <summary>How many values the hash prefix has.</summary>
    public const int Prefixes = 1 << 16;

    /// <summary>The name of <paramref name="id"/>.</summary>
    public static string Of(string id)
    {
        Span<byte> utf8 = stackalloc byte[Id.MaxBytes * 3];
        var bytes = utf8[..Encoding.UTF8.GetBytes(id, utf8)];
        var name = new StringBuilder(bytes.Length + 8);
        AppendHex(name, Prefix(bytes));
        name.Append('-');
        foreach (var b in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' or (byte)'.')
            {
                name.Append((char)b);
            }
            else
            {
                name.Append('%').Append(Hex(b >> 4)).Append(Hex(b & 15));
            }
        }
        return name.ToString();
    }

    /// <summary>The id whose name is <paramref name="name"/>.</summary>
    /// <exception cref="FormatException">It is not a name that <see cref="Of"/> makes.</exception>
    public static string IdOf(string name)
    {
        if (name.Length < 6 || name[4] != '-')
        {
            throw new FormatException($"'{name}' is not a storage name.");
        }
        var id = Uri.UnescapeDataString(name[5..]);
        return Of(id) == name ? id : throw new FormatException($"'{name}' is not a storage name.");
    }

    /// <summary>The shard, of <paramref name="shards"/> equal ones, in which <paramref name="id"/> falls.</summary>
    public static int ShardOf(string id, int shards)
    {
        Span<byte> utf8 = stackalloc byte[Id.MaxBytes * 3];
        return (int)((long)Prefix(utf8[..Encoding.UTF8.GetBytes(id, utf8)]) * shards / Prefixes);
    }

    /// <summary>The range [from, to) of names in one of <paramref name="shards"/> shards; a null end is open.</summary>
    public static (string? From, string? To) ShardRange(int shard, int shards) =>
        (shard == 0 ? null : Boundary(shard, shards), shard == shards - 1 ? null : Boundary(shard + 1, shards));

    private static string Boundary(int shard, int shards)
    {
        var prefix = (((long)shard * Prefixes) + shards - 1) / shards;
        return prefix.ToString("x4", System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int Prefix(ReadOnlySpan<byte> id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, hash);
        return (hash[0] << 8) | hash[1];
    }

    private static void AppendHex(StringBuilder text, int prefix)
    {
        for (var shift = 12; shift >= 0; shift -= 4)
        {
            text.Append(Hex((prefix >> shift) & 15));
        }
    }

    private static char Hex(int digit) => "0123456789abcdef"[digit];
}
