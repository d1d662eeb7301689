using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing.Formats;

/// <summary>Reads the records of a JSON history one at a time: the elements of an array, or the lines of JSON Lines.</summary>
internal static class JsonHistory
{
    /// <summary>Makes what a record is; a bad one costs the others nothing.</summary>
    internal delegate Imported Maker(long line, ReadOnlyMemory<byte> bytes, JsonFields fields);

    /// <summary>Reads an array's elements.</summary>
    /// <param name="window">At its beginning, before what leads to the array.</param>
    /// <param name="lead">How many bytes lead to it, its bracket included.</param>
    /// <param name="shape">What is wanted of a record.</param>
    /// <param name="make">Makes of it what it is.</param>
    public static IEnumerable<Imported> ReadArray(ByteWindow window, int lead, JsonShape shape, Maker make)
    {
        window.Peek(lead);
        window.Take(lead);
        var elements = new JsonElements(window);
        while (elements.TryTake(out var element))
        {
            yield return element.IsWhole
                ? Read(element.Line, element.Bytes, shape, make)
                : PlayMaker.Reject(
                    element.Line,
                    element.Bytes,
                    element.Bytes.Length >= ByteWindow.MaxRecord ? RejectReason.LineTooLong : RejectReason.InvalidJson
                );
        }
    }

    /// <summary>Reads lines.</summary>
    public static IEnumerable<Imported> ReadLines(ByteWindow window, JsonShape shape, Maker make)
    {
        while (true)
        {
            var line = window.Line;
            if (!window.TryTakeLine(out var bytes, out var isCut))
            {
                yield break;
            }
            if (isCut)
            {
                yield return PlayMaker.Reject(line, bytes, RejectReason.LineTooLong);
            }
            else if (!bytes.Span.Trim(" \t"u8).IsEmpty)
            {
                yield return Read(line, bytes, shape, make);
            }
        }
    }

    private static Imported Read(long line, ReadOnlyMemory<byte> bytes, JsonShape shape, Maker make)
    {
        JsonFields fields;
        try
        {
            fields = shape.Read(Texts.ToUtf8(bytes).Span);
        }
        catch (JsonException)
        {
            var isObject = bytes.Span.TrimStart(" \t"u8) is [(byte)'{', ..];
            return PlayMaker.Reject(line, bytes, isObject ? RejectReason.InvalidJson : RejectReason.NotAnObject);
        }
        catch (InvalidOperationException)
        {
            return PlayMaker.Reject(line, bytes, RejectReason.InvalidUtf8); // half of a surrogate pair, escaped
        }
        return make(line, bytes, fields);
    }
}
