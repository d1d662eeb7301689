using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.Privacy;

/// <summary>
/// The objects that hold lines: the archive and the rejected lines. Takes the lines of whoever was deleted out of them,
/// many listeners' in one pass.
/// </summary>
/// <remarks>
/// An object is read until a line is found that is to go; without one it is left alone. Else it is written anew without
/// those lines, through a file and on the condition that it is the generation that was read; who else writes it meanwhile
/// has their way, and it is read again.
/// </remarks>
internal sealed class LineFiles(IObjectStore objects)
{
    // A refused line of 64 KiB is 88 KiB in base64, with its reason around it.
    private const int MaxLineBytes = 128 << 10;
    private const int MaxAttempts = 16;
    private const string Lines = "application/x-ndjson";

    /// <summary>The buckets, and how to find the event in one of their lines.</summary>
    public static IReadOnlyList<(
        string Bucket,
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> EventOf
    )> All { get; } =
    [(NocturneTopology.BucketNames.Events, line => line), (NocturneTopology.BucketNames.Rejected, RefusedLine)];

    /// <summary>Takes lines out of a bucket.</summary>
    /// <param name="bucket">Which.</param>
    /// <param name="eventOf">The event of a line.</param>
    /// <param name="tombstones">Whose, and until when.</param>
    /// <param name="removed">Is told whose a removed line was.</param>
    /// <param name="filesRead">Is told after each object.</param>
    /// <param name="cancellationToken">Cancels; the same again starts over and finds less.</param>
    public async ValueTask RemoveAsync(
        string bucket,
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> eventOf,
        TombstoneSet tombstones,
        Action<string> removed,
        Action filesRead,
        CancellationToken cancellationToken
    )
    {
        await foreach (var info in objects.ListAsync(bucket, "dt=", null, cancellationToken))
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await RemoveAsync(info.Key, eventOf, tombstones, removed, cancellationToken);
                    break;
                }
                catch (PreconditionFailedException) when (attempt < MaxAttempts)
                {
                    // Written meanwhile: look again.
                }
            }
            filesRead();
        }
    }

    /// <summary>All lines of a bucket, each with its end.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        string bucket,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var info in objects.ListAsync(bucket, "dt=", null, cancellationToken))
        {
            await using var content = await objects.OpenReadAsync(info.Key, cancellationToken);
            if (content is null)
            {
                continue;
            }
            await foreach (var line in SplitAsync(content.Stream, cancellationToken))
            {
                yield return line;
            }
        }
    }

    private async ValueTask RemoveAsync(
        ObjectKey key,
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> eventOf,
        TombstoneSet tombstones,
        Action<string> removed,
        CancellationToken cancellationToken
    )
    {
        await using var content = await objects.OpenReadAsync(key, cancellationToken);
        if (content is null || !await HasAnyAsync(content.Stream, eventOf, tombstones, cancellationToken))
        {
            return;
        }
        var gone = new List<string>();
        await using var rest = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            }
        );
        await using (var again = await objects.OpenReadAsync(key, cancellationToken))
        {
            if (again is null || again.Info.Generation != content.Info.Generation)
            {
                throw new PreconditionFailedException($"{key} was written while it was read.");
            }
            await foreach (var line in SplitAsync(again.Stream, cancellationToken))
            {
                var found = eventOf(line);
                if (LineOwner.IsDeleted(found, tombstones))
                {
                    gone.Add(LineOwner.Of(found).Listener!);
                    continue;
                }
                await rest.WriteAsync(line, cancellationToken);
            }
        }
        if (rest.Length == 0)
        {
            await objects.DeleteAsync(key, content.Info.Generation, cancellationToken);
        }
        else
        {
            rest.Position = 0;
            await objects.PutAsync(key, rest, Lines, content.Info.Generation, cancellationToken);
        }
        gone.ForEach(removed);
    }

    private static async ValueTask<bool> HasAnyAsync(
        Stream stream,
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> eventOf,
        TombstoneSet tombstones,
        CancellationToken cancellationToken
    )
    {
        await foreach (var line in SplitAsync(stream, cancellationToken))
        {
            if (LineOwner.IsDeleted(eventOf(line), tombstones))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The refused line in a line of rejected-events; the line itself where it is none.</summary>
    private static ReadOnlyMemory<byte> RefusedLine(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("bytes"u8).GetBytesFromBase64();
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return line;
        }
    }

    /// <summary>The lines of a stream, each with its end, one at a time; one over the bound comes in pieces.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> SplitAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var reader = PipeReader.Create(
            stream,
            new StreamPipeReaderOptions(bufferSize: 256 << 10, minimumReadSize: 64 << 10, leaveOpen: true)
        );
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var next = buffer.GetPosition(1, end);
                var line = buffer.Slice(0, next);
                buffer = buffer.Slice(next);
                yield return line.IsSingleSegment ? line.First : line.ToArray();
            }
            if (buffer.Length > MaxLineBytes || (read.IsCompleted && !buffer.IsEmpty))
            {
                yield return buffer.IsSingleSegment ? buffer.First : buffer.ToArray();
                buffer = buffer.Slice(buffer.End);
            }
            if (read.IsCompleted)
            {
                break;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }
}
