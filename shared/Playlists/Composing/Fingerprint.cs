using System.Text;

namespace Nocturne.Playlists.Composing;

/// <summary>64-bit hashes that are the same on every machine and in every night.</summary>
internal static class Fingerprint
{
    private const ulong Basis = 14695981039346656037ul;
    private const ulong Prime = 1099511628211ul;
    private const int StackBytes = 512;

    /// <summary>Of a text: FNV-1a over its UTF-8, mixed, so that its upper bits are as good as its lower ones.</summary>
    public static ulong Of(string text)
    {
        var hash = Basis;
        Span<byte> bytes = stackalloc byte[StackBytes];
        var all =
            Encoding.UTF8.GetMaxByteCount(text.Length) <= bytes.Length
                ? bytes[..Encoding.UTF8.GetBytes(text, bytes)]
                : Encoding.UTF8.GetBytes(text);
        foreach (var value in all)
        {
            hash = (hash ^ value) * Prime;
        }
        return Mix(hash);
    }

    /// <summary>Of a sequence: what it was so far and its next value.</summary>
    public static ulong Add(ulong soFar, ulong next) => Mix(soFar ^ next);

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
