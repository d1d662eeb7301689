using System.Globalization;
using System.Runtime.InteropServices;
using Nocturne.StorageEmulator.Http;

namespace Nocturne.StorageEmulator.Uploads;

/// <summary>What a <c>Content-Range</c> says of a request to an upload session.</summary>
/// <param name="Start">Where the body begins in the content; null where the request only asks how far it is.</param>
/// <param name="End">The last byte's place; null where it is not known before the body ends.</param>
/// <param name="Total">The content's length; null while it is not known.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UploadRange(long? Start, long? End, long? Total)
{
    /// <summary>Whether the body goes on to the content's end.</summary>
    public bool IsLast { get; private init; }

    /// <summary>
    /// Reads <c>bytes 0-99/*</c>, <c>bytes 0-99/1000</c>, <c>bytes */1000</c> and <c>bytes */*</c>; without the header the
    /// body is the whole content.
    /// </summary>
    public static UploadRange Parse(string? header)
    {
        const string Unit = "bytes ";
        if (string.IsNullOrEmpty(header))
        {
            return new UploadRange(0, null, null) { IsLast = true };
        }
        if (
            !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase)
            || header[Unit.Length..].Trim().Split('/') is not [var part, var total]
        )
        {
            throw Malformed(header);
        }
        var length = Number(total, header);
        if (part == "*")
        {
            return new UploadRange(null, null, length);
        }
        if (part.Split('-') is not [var first, var last])
        {
            throw Malformed(header);
        }
        var (start, end) = (Number(first, header), Number(last, header));
        return start is null || end < start || end >= length
            ? throw Malformed(header)
            : new UploadRange(start, end, length) { IsLast = length is not null && (end is null || end + 1 == length) };
    }

    private static long? Number(string text, string header) =>
        text == "*" ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Malformed(header);

    private static ApiException Malformed(string header) =>
        ApiException.Invalid($"Failed to parse Content-Range header: '{header}'");
}
