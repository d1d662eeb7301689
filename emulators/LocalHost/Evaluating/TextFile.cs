using System.Buffers;
using System.Globalization;
using System.Text;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Importing;

namespace Nocturne.LocalHost.Evaluating;

/// <summary>Reads the tab-separated lines of a file, one at a time.</summary>
internal static class TextFile
{
    /// <summary>Longer lines are none of any format that is read here.</summary>
    private const int MaxLineChars = 4_096;

    /// <summary>What is done with a line; its characters are good during the call.</summary>
    public delegate void Line(long number, ReadOnlySpan<char> text);

    public static async Task ReadAsync(string path, Line line, Action<long> progress, CancellationToken cancellation)
    {
        await using var file = new FileStream(
            path,
            new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan }
        );
        var characters = ArrayPool<char>.Shared.Rent(LineReader.MaxBytes);
        try
        {
            await foreach (var read in LineReader.ReadAsync(file, cancellation))
            {
                if (read.Bytes.IsEmpty)
                {
                    continue;
                }
                if (read.Bytes.Length > MaxLineChars)
                {
                    throw At(path, read.Number, $"it is longer than {MaxLineChars} bytes");
                }
                var bytes = read.Bytes.Span;
                if (read.Number == 1 && bytes is [0xEF, 0xBB, 0xBF, ..])
                {
                    bytes = bytes[3..]; // the mark that some editors put before UTF-8
                }
                var length = Encoding.UTF8.GetChars(bytes, characters);
                line(read.Number, characters.AsSpan(0, length));
                if ((read.Number & 0xFFFF) == 0)
                {
                    progress(read.Number);
                }
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    /// <summary>The error for a line.</summary>
    public static CommandFailedException At(string path, long line, string problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"'{path}', line {line}: {problem}."));

    /// <summary>One of the line's cells, without spaces around it; empty where there is none.</summary>
    public static ReadOnlySpan<char> Cell(ReadOnlySpan<char> line, int column)
    {
        for (; column > 0; column--)
        {
            var tab = line.IndexOf('\t');
            if (tab < 0)
            {
                return [];
            }
            line = line[(tab + 1)..];
        }
        var end = line.IndexOf('\t');
        return (end < 0 ? line : line[..end]).Trim();
    }

    /// <summary>A cell that may not be empty.</summary>
    public static ReadOnlySpan<char> Needed(
        ReadOnlySpan<char> line,
        int column,
        string name,
        string path,
        long number,
        string format
    )
    {
        var cell = Cell(line, column);
        return cell.IsEmpty ? throw At(path, number, $"there is no {name}; a line is {format}") : cell;
    }

    /// <summary>
    /// Seconds since 1970, whole or with decimals; also milliseconds, which are told by their size, or ISO 8601 with
    /// an offset. In milliseconds.
    /// </summary>
    public static bool TryReadTime(ReadOnlySpan<char> text, out long milliseconds)
    {
        const decimal FirstMilliseconds = 100_000_000_000; // as seconds, the year 5138
        milliseconds = 0;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            if (Math.Abs(number) >= FirstMilliseconds * 1_000)
            {
                return false;
            }
            milliseconds = (long)Math.Floor(Math.Abs(number) < FirstMilliseconds ? number * 1_000 : number);
            return true;
        }
        var hasOffset = text is [.., 'Z'] || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        if (!hasOffset || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var moment))
        {
            return false;
        }
        milliseconds = moment.ToUnixTimeMilliseconds();
        return true;
    }
}
