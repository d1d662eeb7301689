using System.Text;
using System.Text.Unicode;

namespace Nocturne.Importing.Reading;

/// <summary>Which characters a file's bytes are.</summary>
internal static class Texts
{
    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <summary>The bytes as UTF-8: by a mark at their beginning, or by the zeros of UTF-16; else they are left alone.</summary>
    public static Stream AsUtf8(Stream stream, ReadOnlySpan<byte> head) =>
        head switch
        {
            [0xEF, 0xBB, 0xBF, ..] => Skip(stream, 3),
            [0xFF, 0xFE, ..] => Transcode(Skip(stream, 2), Encoding.Unicode),
            [0xFE, 0xFF, ..] => Transcode(Skip(stream, 2), Encoding.BigEndianUnicode),
            [not 0, 0, not 0, 0, ..] => Transcode(stream, Encoding.Unicode),
            [0, not 0, 0, not 0, ..] => Transcode(stream, Encoding.BigEndianUnicode),
            _ => stream,
        };

    /// <summary>A record's text. What is not UTF-8 is Windows-1252, of which Latin-1's letters are a part: every byte is a character there.</summary>
    public static string Decode(ReadOnlySpan<byte> record) =>
        (Utf8.IsValid(record) ? Encoding.UTF8 : Windows1252).GetString(record);

    /// <summary>A record's bytes in UTF-8, likewise.</summary>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> record) =>
        Utf8.IsValid(record.Span) ? record : Encoding.UTF8.GetBytes(Windows1252.GetString(record.Span));

    private static Stream Transcode(Stream stream, Encoding encoding) =>
        Encoding.CreateTranscodingStream(stream, encoding, Encoding.UTF8);

    private static Stream Skip(Stream stream, int bytes)
    {
        Span<byte> mark = stackalloc byte[bytes];
        stream.ReadExactly(mark);
        return stream;
    }
}
