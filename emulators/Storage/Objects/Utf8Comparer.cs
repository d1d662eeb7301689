namespace Nocturne.StorageEmulator.Objects;

/// <summary>The order of names in Cloud Storage: that of their UTF-8 bytes.</summary>
internal sealed class Utf8Comparer : IComparer<string>
{
    public static Utf8Comparer Instance { get; } = new();

    /// <summary>UTF-16 order, but with surrogates above all other characters.</summary>
    public int Compare(string? x, string? y)
    {
        var (left, right) = (x ?? "", y ?? "");
        var length = Math.Min(left.Length, right.Length);
        for (var i = 0; i < length; i++)
        {
            var (l, r) = (left[i], right[i]);
            if (l != r)
            {
                return char.IsSurrogate(l) == char.IsSurrogate(r) ? l.CompareTo(r)
                    : char.IsSurrogate(l) ? 1
                    : -1;
            }
        }
        return left.Length.CompareTo(right.Length);
    }
}
