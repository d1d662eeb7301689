using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nocturne.LocalHost.Importing;

/// <summary>A line of a file.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">Without its end; cut where it is longer than <see cref="LineReader.MaxBytes"/>. Valid until the next line.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileLine(long Number, ReadOnlyMemory<byte> Bytes);

/// <summary>Reads lines of any length in bounded memory.</summary>
internal static class LineReader
{
    /// <summary>Bytes that are kept of a line; no valid line of any kind is as long.</summary>
    public const int MaxBytes = 128 << 10;

    public static async IAsyncEnumerable<FileLine> ReadAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var reader = PipeReader.Create(
            stream,
            new StreamPipeReaderOptions(bufferSize: 256 << 10, minimumReadSize: 64 << 10, leaveOpen: true)
        );
        long number = 0;
        byte[]? cut = null; // the start of a line whose end is not in sight
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                yield return new FileLine(++number, cut ?? Trim(line));
                cut = null;
            }
            if (buffer.Length > MaxBytes)
            {
                cut ??= buffer.Slice(0, MaxBytes).ToArray();
                buffer = buffer.Slice(buffer.End);
            }
            if (read.IsCompleted)
            {
                if (cut is not null || !buffer.IsEmpty)
                {
                    yield return new FileLine(++number, cut ?? Trim(buffer));
                }
                break;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlySequence<byte> line)
    {
        var bytes = line.IsSingleSegment ? line.First : line.ToArray();
        return bytes.Span is [.., (byte)'\r'] ? bytes[..^1] : bytes;
    }
}
