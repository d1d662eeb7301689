namespace Nocturne.Serve.Search;

/// <summary>How a word of the catalogue answers a word of a query.</summary>
/// <param name="Word">The word's number.</param>
/// <param name="Quality">From 0 to 1: 1 is the same word.</param>
internal readonly record struct WordMatch(int Word, float Quality);

/// <summary>All words of a catalogue, sorted by ordinal, so that a prefix is a range.</summary>
/// <remarks>
/// Typing errors are found by walking the sorted words as the trie that they are: a row of the edit-distance table a
/// letter, kept for the letters that two words in a row share, and everything that begins with letters which are
/// already too far is passed over. The distance is the restricted one of Damerau and Levenshtein: a letter too many,
/// too few or wrong, or two swapped.
/// </remarks>
internal sealed class Vocabulary(string[] words)
{
    private const int Width = SearchText.MostLetters + 1;

    // A word that is only begun: the more of it is there, the better.
    private const float BegunLeast = 0.55f;
    private const float BegunSpan = 0.35f;

    // Beginnings with a typing error, by how many, and whole words with one.
    private static readonly float[] Mistyped = [1, 0.6f, 0.4f];
    private static readonly float[] BegunMistyped = [0, 0.35f, 0.2f];

    public int Count => words.Length;

    /// <summary>Typing errors that are forgiven in a word: short ones would become any other.</summary>
    public static int ErrorsIn(int letters) =>
        letters >= 8 ? 2
        : letters >= 4 ? 1
        : 0;

    /// <summary>Adds the words that may be meant, each once.</summary>
    /// <param name="word">A word of the query.</param>
    /// <param name="isLast">Whether it may be still being typed.</param>
    /// <param name="matches">Receives them; cleared before.</param>
    public void Find(string word, bool isLast, List<WordMatch> matches)
    {
        matches.Clear();
        var at = LowerBound(word, 0);
        for (; at < words.Length && words[at].StartsWith(word, StringComparison.Ordinal); at++)
        {
            if (words[at].Length == word.Length)
            {
                matches.Add(new WordMatch(at, 1));
            }
            else if (isLast)
            {
                matches.Add(new WordMatch(at, BegunLeast + (BegunSpan * word.Length / words[at].Length)));
            }
            else
            {
                break;
            }
        }
        if (ErrorsIn(word.Length) is > 0 and var errors)
        {
            AddMistyped(word, errors, isLast, matches);
        }
    }

    private void AddMistyped(string query, int errors, bool isLast, List<WordMatch> matches)
    {
        Span<int> rows = stackalloc int[(SearchText.MostLetters + 1) * Width];
        for (var column = 0; column <= query.Length; column++)
        {
            rows[column] = column;
        }
        var path = "";
        var depth = 0; // rows that are made for the letters of path
        for (var at = 0; at < words.Length; )
        {
            var word = words[at];
            depth = Math.Min(depth, SharedLetters(path, word));
            path = word;
            var isTooFar = false;
            for (; depth < word.Length && !isTooFar; depth++)
            {
                isTooFar = AddRow(rows, depth, word, query) > errors && Least(rows, depth, query.Length) >= errors;
            }
            if (isTooFar)
            {
                // All that begins so is too far as a whole, but its beginning may be what was meant.
                var after = AfterPrefix(word, depth, at);
                var meant = isLast && word[0] == query[0] ? Beginning(rows, depth, query.Length) : 0;
                for (; meant > 0 && meant <= errors && at < after; at++)
                {
                    matches.Add(new WordMatch(at, BegunMistyped[meant]));
                }
                at = after;
                continue;
            }
            var distance = rows[(word.Length * Width) + query.Length];
            if (isLast && word.StartsWith(query, StringComparison.Ordinal))
            {
                at++; // begun without an error: it is there
                continue;
            }
            if (distance > 0 && distance <= errors)
            {
                matches.Add(new WordMatch(at, Mistyped[distance]));
            }
            else if (isLast && distance > 0 && word[0] == query[0])
            {
                var begun = Beginning(rows, word.Length, query.Length);
                if (begun > 0 && begun <= errors)
                {
                    matches.Add(new WordMatch(at, BegunMistyped[begun]));
                }
            }
            at++;
        }
    }

    /// <summary>The distance from the query to the nearest beginning of the word.</summary>
    private static int Beginning(Span<int> rows, int letters, int columns)
    {
        var least = int.MaxValue;
        for (var row = Math.Max(1, columns - 2); row <= letters; row++)
        {
            least = Math.Min(least, rows[(row * Width) + columns]);
        }
        return least;
    }

    /// <summary>Makes the row after <paramref name="depth"/> letters and one more; returns its least.</summary>
    private static int AddRow(Span<int> rows, int depth, string word, string query)
    {
        var before = rows.Slice(depth * Width, Width);
        var row = rows.Slice((depth + 1) * Width, Width);
        row[0] = depth + 1;
        var least = row[0];
        for (var column = 1; column <= query.Length; column++)
        {
            var cost = word[depth] == query[column - 1] ? 0 : 1;
            var distance = Math.Min(Math.Min(row[column - 1], before[column]) + 1, before[column - 1] + cost);
            if (depth > 0 && column > 1 && word[depth] == query[column - 2] && word[depth - 1] == query[column - 1])
            {
                distance = Math.Min(distance, rows[((depth - 1) * Width) + column - 2] + 1);
            }
            row[column] = distance;
            least = Math.Min(least, distance);
        }
        return least;
    }

    private static int Least(Span<int> rows, int row, int columns)
    {
        var least = int.MaxValue;
        foreach (var distance in rows.Slice(row * Width, columns + 1))
        {
            least = Math.Min(least, distance);
        }
        return least;
    }

    private static int SharedLetters(string one, string other) => one.AsSpan().CommonPrefixLength(other);

    /// <summary>The first word after <paramref name="from"/> that does not begin with these letters.</summary>
    private int AfterPrefix(string word, int letters, int from)
    {
        var prefix = word.AsSpan(0, letters);
        var (low, step) = (from, 1);
        while (low + step < words.Length && words[low + step].AsSpan().StartsWith(prefix, StringComparison.Ordinal))
        {
            low += step;
            step *= 2;
        }
        var high = Math.Min(low + step, words.Length);
        while (low + 1 < high)
        {
            var middle = (low + high) / 2;
            (low, high) = words[middle].AsSpan().StartsWith(prefix, StringComparison.Ordinal)
                ? (middle, high)
                : (low, middle);
        }
        return high;
    }

    private int LowerBound(string word, int low)
    {
        var high = words.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = string.CompareOrdinal(words[middle], word) < 0 ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
