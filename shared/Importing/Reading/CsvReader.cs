using System.Runtime.InteropServices;
using System.Text;

namespace Nocturne.Importing.Reading;

/// <summary>One record of a table.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Bytes">Itself; valid until the next.</param>
/// <param name="Fields">Its fields; null if it is too long or has a quotation that does not end.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CsvRecord(long Line, ReadOnlyMemory<byte> Bytes, List<string>? Fields);

/// <summary>
/// Comma- and semicolon-separated values (RFC 4180: fields in quotation marks may hold separators, line ends and
/// doubled marks) and tab-separated ones, in which a mark is a character unless a field stands in a pair of them.
/// Blank lines are passed over.
/// </summary>
internal sealed class CsvReader(ByteWindow window, char separator)
{
    /// <summary>Takes the next record; false behind the last.</summary>
    public bool TryTake(out CsvRecord record)
    {
        while (true)
        {
            var line = window.Line;
            if (separator != '\t' && QuotedLength() is > 0 and var length)
            {
                var bytes = window.Take(length);
                record = new CsvRecord(line, bytes, Split(Texts.Decode(bytes.Span), separator));
                return true;
            }
            if (!window.TryTakeLine(out var text, out var isCut))
            {
                record = default;
                return false;
            }
            if (text.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }
            record = new CsvRecord(line, text, isCut ? null : Split(Texts.Decode(text.Span), separator));
            return true;
        }
    }

    /// <summary>The fields of a record; null if a quotation in it does not end.</summary>
    public static List<string>? Split(string record, char separator)
    {
        var fields = new List<string>(8);
        var rest = record.AsSpan().TrimEnd("\r\n");
        while (true)
        {
            var field = rest;
            if (separator != '\t' && rest is ['"', ..])
            {
                var end = QuotationEnd(rest);
                if (end < 0)
                {
                    return null;
                }
                var behind = rest[end..].IndexOf(separator);
                var unread = behind < 0 ? default : rest[(end + behind + 1)..];
                fields.Add(
                    Unquote(rest[1..(end - 1)]) + rest[end..(behind < 0 ? rest.Length : end + behind)].ToString()
                );
                if (behind < 0)
                {
                    return fields;
                }
                rest = unread;
                continue;
            }
            var next = rest.IndexOf(separator);
            field = next < 0 ? rest : rest[..next];
            fields.Add(separator == '\t' && IsQuoted(field) ? Unquote(field[1..^1]) : field.ToString());
            if (next < 0)
            {
                return fields;
            }
            rest = rest[(next + 1)..];
        }
    }

    /// <summary>
    /// The length of the record that begins here, with its line end, if a quotation goes over the end of its first line;
    /// 0 if none does, or none that ends within bounds: the record is then its line.
    /// </summary>
    private int QuotedLength()
    {
        var (at, isQuoted, isFieldStart) = (0, false, true);
        while (true)
        {
            var bytes = window.Unread;
            for (; at < bytes.Length; at++)
            {
                var c = bytes[at];
                if (isQuoted)
                {
                    var end = bytes[at..].IndexOf((byte)'"');
                    if (end < 0)
                    {
                        at = bytes.Length;
                        break;
                    }
                    at += end;
                    if (at + 1 == bytes.Length && window.Fill())
                    {
                        bytes = window.Unread;
                    }
                    if (at + 1 < bytes.Length && bytes[at + 1] == (byte)'"')
                    {
                        at++;
                    }
                    else
                    {
                        (isQuoted, isFieldStart) = (false, false);
                    }
                }
                else if (c == (byte)'\n')
                {
                    return at > ByteWindow.MaxRecord || bytes[..at].IndexOf((byte)'\n') < 0 ? 0 : at + 1;
                }
                else
                {
                    isQuoted = isFieldStart && c == (byte)'"';
                    isFieldStart = c == separator;
                }
            }
            if (at > ByteWindow.MaxRecord)
            {
                return 0;
            }
            if (!window.Fill())
            {
                return isQuoted || at > ByteWindow.MaxRecord || bytes[..at].IndexOf((byte)'\n') < 0 ? 0 : at;
            }
        }
    }

    /// <summary>Where the quotation at the beginning ends, behind its mark; -1 if it does not.</summary>
    private static int QuotationEnd(ReadOnlySpan<char> text)
    {
        var at = 1;
        while (true)
        {
            var mark = text[at..].IndexOf('"');
            if (mark < 0)
            {
                return -1;
            }
            at += mark + 1;
            if (at >= text.Length || text[at] != '"')
            {
                return at;
            }
            at++;
        }
    }

    private static bool IsQuoted(ReadOnlySpan<char> field) =>
        field is ['"', _, .., '"'] && QuotationEnd(field) == field.Length;

    private static string Unquote(ReadOnlySpan<char> text)
    {
        if (!text.Contains('"'))
        {
            return text.ToString();
        }
        var unquoted = new StringBuilder(text.Length);
        unquoted.Append(text).Replace("\"\"", "\"");
        return unquoted.ToString();
    }
}
