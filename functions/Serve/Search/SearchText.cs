using System.Globalization;
using System.Text;
using Nocturne.Domain;

namespace Nocturne.Serve.Search;

/// <summary>Words of names and queries as they are compared: folded, without marks, letters and digits only.</summary>
internal static class SearchText
{
    /// <summary>Letters of a word that count; what is longer is found by its beginning.</summary>
    public const int MostLetters = 32;

    /// <summary>Words of one name that count.</summary>
    public const int MostWords = 24;

    /// <summary>The words, in order. Apostrophes join ("don't" is "dont"), anything else between letters parts.</summary>
    public static List<string> Words(string text, int most = MostWords)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var c in NameFolding.Fold(text))
        {
            if (char.IsLetterOrDigit(c) || char.IsSurrogate(c))
            {
                Append(word, c);
            }
            else if (c is not ('\'' or '’' or '.') && !IsMark(c))
            {
                End();
            }
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0 && words.Count < most)
            {
                // Never half of a pair.
                var length = Math.Min(word.Length, MostLetters);
                words.Add(word.ToString(0, char.IsHighSurrogate(word[length - 1]) ? length - 1 : length));
            }
            word.Clear();
        }
    }

    /// <summary>Letters that have no decomposition, as keyboards without them write them.</summary>
    private static void Append(StringBuilder word, char c) =>
        _ = c switch
        {
            'ø' => word.Append('o'),
            'ł' => word.Append('l'),
            'đ' or 'ð' => word.Append('d'),
            'þ' => word.Append("th"),
            'æ' => word.Append("ae"),
            'œ' => word.Append("oe"),
            'ı' => word.Append('i'),
            _ => word.Append(c),
        };

    private static bool IsMark(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
