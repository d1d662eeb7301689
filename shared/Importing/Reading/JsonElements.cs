using System.Runtime.InteropServices;

namespace Nocturne.Importing.Reading;

/// <summary>One of the values of a JSON array, as it stands in the file.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Bytes">Itself; valid until the next.</param>
/// <param name="IsWhole">Whether its end was found.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JsonElementBytes(long Line, ReadOnlyMemory<byte> Bytes, bool IsWhole);

/// <summary>
/// The elements of a JSON array of any length, one at a time. Where one is broken (a quotation mark or brace is
/// missing, the file ends) the next is looked for behind it, so that it costs the others nothing.
/// </summary>
/// <param name="window">At the first byte behind the array's bracket.</param>
internal sealed class JsonElements(ByteWindow window)
{
    private bool _isOver;

    /// <summary>Takes the next element; false behind the last.</summary>
    public bool TryTake(out JsonElementBytes element)
    {
        element = default;
        if (_isOver || !SkipToValue())
        {
            _isOver = true;
            return false;
        }
        var line = window.Line;
        var length = window.Unread[0] is (byte)'{' or (byte)'[' ? ObjectLength() : ScalarLength();
        if (length < 0)
        {
            element = new JsonElementBytes(line, window.Take(BrokenLength()), IsWhole: false);
            return true;
        }
        element = new JsonElementBytes(line, window.Take(length), IsWhole: true);
        return true;
    }

    private bool SkipToValue()
    {
        while (!window.IsEmpty)
        {
            var space = window.Unread.IndexOfAnyExcept(" \t\r\n,"u8);
            if (space < 0)
            {
                window.Take(window.Unread.Length);
                continue;
            }
            window.Take(space);
            return window.Unread[0] != (byte)']';
        }
        return false;
    }

    /// <summary>The bytes of the object that begins here; -1 if it has no end within bounds.</summary>
    private int ObjectLength()
    {
        var (at, depth, isText) = (0, 0, false);
        while (true)
        {
            var rest = window.Unread[at..];
            var found = isText ? rest.IndexOfAny((byte)'"', (byte)'\\', (byte)'\n') : rest.IndexOfAny("{}[]\""u8);
            if (found < 0 || (rest[found] == (byte)'\\' && found + 1 >= rest.Length))
            {
                at = found < 0 ? window.Unread.Length : at + found;
                if (at > ByteWindow.MaxRecord || !window.Fill())
                {
                    return -1;
                }
                continue;
            }
            at += found + 1;
            switch (rest[found])
            {
                case (byte)'\\':
                    at++;
                    break;
                case (byte)'\n':
                    return -1; // no text has one: its end is missing
                case (byte)'"':
                    isText = !isText;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case var _ when --depth == 0:
                    return at > ByteWindow.MaxRecord ? -1 : at;
            }
        }
    }

    private int ScalarLength()
    {
        var seen = 0;
        while (true)
        {
            var end = window.Unread[seen..].IndexOfAny(",]\n"u8);
            if (end >= 0)
            {
                return Math.Max(1, seen + end);
            }
            seen = window.Unread.Length;
            if (seen > ByteWindow.MaxRecord || !window.Fill())
            {
                return Math.Max(1, seen);
            }
        }
    }

    /// <summary>How much of a broken element there is before the next one begins: a brace behind a comma.</summary>
    private int BrokenLength()
    {
        var bytes = window.Peek(ByteWindow.MaxRecord);
        for (var at = 1; at < bytes.Length; at++)
        {
            var next = bytes[at..].IndexOf((byte)'{');
            if (next < 0)
            {
                break;
            }
            at += next;
            var before = bytes[..at].TrimEnd(" \t\r\n"u8);
            if (before is [.., (byte)','])
            {
                return at;
            }
        }
        return Math.Min(bytes.Length, ByteWindow.MaxRecord);
    }
}
