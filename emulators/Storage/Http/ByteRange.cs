using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;

namespace Nocturne.StorageEmulator.Http;

/// <summary>A part of a content.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>
    /// The part that a request's <c>Range</c> asks for; null for the whole, also where the header is none of bytes, asks
    /// for several parts, or cannot be read: such a header is ignored.
    /// </summary>
    /// <exception cref="ApiException">It begins at or after the end.</exception>
    public static ByteRange? Read(HttpRequest request, long size)
    {
        const string Unit = "bytes=";
        var header = request.Headers.Range.ToString();
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || header.Contains(','))
        {
            return null;
        }
        var bounds = header[Unit.Length..].Split('-');
        if (bounds.Length != 2 || !TryRead(bounds[0], out var first) || !TryRead(bounds[1], out var last))
        {
            return null;
        }
        switch (first, last)
        {
            case (null, null):
                return null;
            case (null, { } suffix):
                if (suffix == 0 || size == 0)
                {
                    throw ApiException.RangeNotSatisfiable(size);
                }
                return new ByteRange(Math.Max(0, size - suffix), Math.Min(size, suffix));
            case ({ } start, _) when last < start:
                return null;
            case ({ } start, _) when start >= size:
                throw ApiException.RangeNotSatisfiable(size);
            default:
                return new ByteRange(first.Value, Math.Min(last ?? long.MaxValue, size - 1) - first.Value + 1);
        }

        static bool TryRead(string text, out long? number)
        {
            number = null;
            if (text.Length == 0)
            {
                return true;
            }
            var read = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed);
            number = parsed;
            return read;
        }
    }
}
