using System.Globalization;
using System.Text;

namespace Nocturne.Domain;

/// <summary>
/// Names without what spellings of one name differ in: Unicode's compatibility decomposition (as in NFKC and NFKD, whose
/// equalities are the same), full case folding, no invisible characters, one space between words.
/// </summary>
/// <remarks>
/// The table is the project's own and stays as it is. The framework's normal forms do nothing where it has no ICU, and
/// both they and its cases change with versions of Unicode, with which the ids of items would.
/// </remarks>
public static class NameFolding
{
    private const string Table = "folding.txt";

    private const int HangulFirst = 0xAC00;
    private const int HangulLast = 0xD7A3;
    private const int Leading = 0x1100;
    private const int Vowel = 0x1161;
    private const int Trailing = 0x11A7;
    private const int Trailings = 28;
    private const int SyllablesOfLeading = 21 * Trailings;

    private static readonly Lazy<Folds> Loaded = new(Load);

    /// <summary>The folded name; empty where nothing of it can be seen.</summary>
    public static string Fold(string name) => Ascii.IsValid(name) ? FoldAscii(name) : FoldAny(name);

    private static string FoldAscii(string name)
    {
        var needsWork = false;
        var before = ' ';
        foreach (var c in name)
        {
            needsWork |= char.IsAsciiLetterUpper(c) || c < ' ' || (c == ' ' && before == ' ');
            before = c;
        }
        if (!needsWork && before != ' ')
        {
            return name;
        }
        var folded = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            Append(folded, c <= ' ' ? ' ' : char.ToLowerInvariant(c));
        }
        return WithoutLastSpace(folded);
    }

    private static string FoldAny(string name)
    {
        var folds = Loaded.Value;
        var codes = new List<int>(name.Length + 8);
        foreach (var rune in name.EnumerateRunes())
        {
            var code = rune.Value;
            if (code < 0x80)
            {
                codes.Add(code <= ' ' ? ' ' : char.ToLowerInvariant((char)code));
            }
            else if (code is >= HangulFirst and <= HangulLast)
            {
                AddHangul(codes, code - HangulFirst);
            }
            else if (folds.Letters.TryGetValue(code, out var letters))
            {
                codes.AddRange(letters);
            }
            else
            {
                codes.Add(code);
            }
        }
        Order(codes, folds.Classes);
        var folded = new StringBuilder(codes.Count);
        foreach (var code in codes)
        {
            if (code < 0x10000)
            {
                Append(folded, (char)code);
            }
            else
            {
                folded.Append(char.ConvertFromUtf32(code));
            }
        }
        return WithoutLastSpace(folded);
    }

    private static void AddHangul(List<int> codes, int syllable)
    {
        codes.Add(Leading + (syllable / SyllablesOfLeading));
        codes.Add(Vowel + (syllable % SyllablesOfLeading / Trailings));
        if (syllable % Trailings is > 0 and var trailing)
        {
            codes.Add(Trailing + trailing);
        }
    }

    /// <summary>Marks on one letter in the order of their classes, those of one class as they came.</summary>
    private static void Order(List<int> codes, Dictionary<int, byte> classes)
    {
        for (var i = 1; i < codes.Count; i++)
        {
            var code = codes[i];
            var itsClass = classes.GetValueOrDefault(code);
            if (itsClass == 0)
            {
                continue;
            }
            var place = i;
            while (place > 0 && classes.GetValueOrDefault(codes[place - 1]) > itsClass)
            {
                codes[place] = codes[place - 1];
                place--;
            }
            codes[place] = code;
        }
    }

    private static void Append(StringBuilder folded, char c)
    {
        if (c != ' ' || (folded.Length > 0 && folded[^1] != ' '))
        {
            folded.Append(c);
        }
    }

    private static string WithoutLastSpace(StringBuilder folded)
    {
        if (folded.Length > 0 && folded[^1] == ' ')
        {
            folded.Length--;
        }
        return folded.ToString();
    }

    private static Folds Load()
    {
        var folds = new Folds([], []);
        using var stream = typeof(NameFolding).Assembly.GetManifestResourceStream(Table)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }
            if (line.Split(':') is [var marks, var markClass])
            {
                var (first, last, _) = Range(marks);
                for (var code = first; code <= last; code++)
                {
                    folds.Classes.Add(code, byte.Parse(markClass, CultureInfo.InvariantCulture));
                }
                continue;
            }
            AddLetters(folds.Letters, line);
        }
        return folds;
    }

    private static void AddLetters(Dictionary<int, int[]> letters, string line)
    {
        var sides = line.Split('=');
        var (first, last, step) = Range(sides[0]);
        int[] folded = [.. sides[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Code)];
        for (var code = first; code <= last; code += step)
        {
            letters.Add(code, folded.Length == 1 ? [folded[0] + (code - first)] : folded);
        }
    }

    private static (int First, int Last, int Step) Range(string text)
    {
        var step = text.Split('/');
        var ends = step[0].Split('-');
        return (Code(ends[0]), Code(ends[^1]), step.Length == 2 ? Code(step[1]) : 1);
    }

    private static int Code(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Folds(Dictionary<int, int[]> Letters, Dictionary<int, byte> Classes);
}
