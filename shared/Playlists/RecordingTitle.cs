using System.Text;

namespace Nocturne.Playlists;

/// <summary>When two titles, or two codes, name the same recording.</summary>
public static class RecordingTitle
{
    private static readonly string[] Additions = ["feat", "ft", "featuring", "remaster", "remastered"];

    /// <summary>
    /// The title in lower case, letters and digits only, without an addition that names guests or a remaster:
    /// "Help! (feat. X)", "Help! - Remastered 2009" and "help" are equal; "Help! (Live)" is another recording.
    /// </summary>
    /// <remarks>A title of other characters only, such as "!!!", stays as it is, trimmed.</remarks>
    public static string Normalise(string title)
    {
        var kept = title.AsSpan();
        while (WithoutAddition(kept) is var shorter && shorter.Length < kept.Length)
        {
            kept = shorter;
        }
        var normal = new StringBuilder(kept.Length);
        foreach (var rune in kept.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                normal.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }
        return normal.Length > 0 ? normal.ToString() : title.Trim();
    }

    /// <summary>An ISRC in upper case without hyphens and spaces, or null if it is not twelve letters and digits.</summary>
    public static string? NormaliseIsrc(string? isrc)
    {
        if (isrc is null)
        {
            return null;
        }
        Span<char> code = stackalloc char[12];
        var length = 0;
        foreach (var c in isrc)
        {
            if (c is '-' or ' ')
            {
                continue;
            }
            if (length == code.Length || !char.IsAsciiLetterOrDigit(c))
            {
                return null;
            }
            code[length++] = char.ToUpperInvariant(c);
        }
        return length == code.Length ? new string(code) : null;
    }

    /// <summary>Cuts one trailing "(…)", "[…]" or " - …" if one of its words is an addition.</summary>
    private static ReadOnlySpan<char> WithoutAddition(ReadOnlySpan<char> title)
    {
        title = title.TrimEnd();
        var start = title switch
        {
            [.., ')'] => title.LastIndexOf('('),
            [.., ']'] => title.LastIndexOf('['),
            _ => title.LastIndexOf(" - "),
        };
        return start > 0 && HasAddition(title[start..]) ? title[..start] : title;
    }

    private static bool HasAddition(ReadOnlySpan<char> text)
    {
        foreach (var range in text.SplitAny(" ()[].-"))
        {
            foreach (var addition in Additions)
            {
                if (text[range].Equals(addition, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }
        return false;
    }
}
