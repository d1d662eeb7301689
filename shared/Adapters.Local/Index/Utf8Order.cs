namespace Nocturne.Adapters.Local;

/// <summary>
/// Compares strings as their UTF-8 bytes compare, which is the order of Firestore and Cloud Storage. It differs from
/// the order of UTF-16 units only between surrogates and U+E000 to U+FFFF.
/// </summary>
internal static class Utf8Order
{
    public static int Compare(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var same = a.CommonPrefixLength(b);
        return same == a.Length || same == b.Length ? a.Length.CompareTo(b.Length) : Rank(a[same]) - Rank(b[same]);
    }

    private static int Rank(char c) =>
        c switch
        {
            < '\ud800' => c,
            < '\ue000' => c + 0x2000,
            _ => c - 0x800,
        };
}
