using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Nocturne.Nights;

/// <summary>Lines of a stream, one at a time.</summary>
public static class Lines
{
    /// <summary>The lines without their ends; longer ones than <paramref name="maxBytes"/> are passed over.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        Stream stream,
        int maxBytes,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var reader = PipeReader.Create(
            stream,
            new StreamPipeReaderOptions(bufferSize: 1 << 16, minimumReadSize: 1 << 12, leaveOpen: true)
        );
        var passesOver = false;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (!passesOver && line.Length <= maxBytes)
                {
                    yield return line.IsSingleSegment ? line.First : line.ToArray();
                }
                passesOver = false;
            }
            if (buffer.Length > maxBytes)
            {
                passesOver = true;
                buffer = buffer.Slice(buffer.End);
            }
            if (read.IsCompleted)
            {
                if (buffer.Length > 0 && !passesOver)
                {
                    yield return buffer.ToArray();
                }
                break;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }
}
