using Nocturne.LocalHost.CommandLine;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Which column is what.</summary>
/// <remarks>
/// A header is told by its first cell being a known name, so that files with and without one can be read; where there
/// is none, columns have the order that the format states.
/// </remarks>
internal sealed class Columns
{
    private static readonly Dictionary<string, string> Meanings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ts"] = "ts",
        ["timestamp"] = "ts",
        ["time"] = "ts",
        ["started_at"] = "ts",
        ["listened_at"] = "ts",
        ["user"] = "user",
        ["user_id"] = "user",
        ["userid"] = "user",
        ["listener"] = "user",
        ["item"] = "item",
        ["item_id"] = "item",
        ["itemid"] = "item",
        ["track"] = "item",
        ["track_id"] = "item",
        ["trackid"] = "item",
        ["song"] = "item",
        ["session"] = "session",
        ["session_id"] = "session",
        ["sessionid"] = "session",
        ["artist"] = "artist",
        ["artist_id"] = "artist",
        ["artistid"] = "artist",
    };

    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);

    private Columns() { }

    /// <summary>A column's place, or -1.</summary>
    public int this[string meaning] => _columns.GetValueOrDefault(meaning, -1);

    /// <summary>Columns in an order.</summary>
    public static Columns Of(params ReadOnlySpan<string> names)
    {
        var columns = new Columns();
        foreach (var name in names)
        {
            columns._columns.Add(name, columns._columns.Count);
        }
        return columns;
    }

    /// <summary>Whether a line is a header; if so, what its columns are.</summary>
    /// <exception cref="CommandFailedException">It is one that lacks a column that is needed.</exception>
    public static bool TryRead(ReadOnlySpan<char> line, string path, out Columns columns, params string[] needed)
    {
        columns = new Columns();
        var known = 0;
        var names = line.ToString().Split('\t');
        for (var i = 0; i < names.Length; i++)
        {
            if (Meanings.TryGetValue(names[i].Trim(), out var meaning))
            {
                known++;
                if (!columns._columns.TryAdd(meaning, i))
                {
                    throw TextFile.At(path, 1, $"the header has two columns for {meaning}");
                }
            }
        }
        if (known == 0)
        {
            return false;
        }
        foreach (var name in needed)
        {
            if (columns[name] < 0)
            {
                throw TextFile.At(path, 1, $"the header names no column {name}; it needs {string.Join(", ", needed)}");
            }
        }
        return true;
    }
}
