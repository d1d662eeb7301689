using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Nocturne.StorageEmulator.Http;

namespace Nocturne.StorageEmulator.Uploads;

/// <summary>
/// The parts of a <c>multipart/related</c> body, one after the other and streamed. Lines may end in LF alone and the
/// boundary may stand in single quotes, as gcloud sends them.
/// </summary>
internal sealed class MultipartRelated
{
    private const int MaxLineBytes = 16 << 10;

    private readonly PipeReader _reader;
    private readonly string _boundary;
    private byte[] _delimiter;
    private bool _begun;

    private MultipartRelated(Stream body, string boundary)
    {
        _reader = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 << 10, leaveOpen: true));
        _boundary = boundary;
        _delimiter = Encoding.ASCII.GetBytes("--" + boundary);
    }

    /// <summary>Reads the boundary from a content type.</summary>
    /// <exception cref="ApiException">It has none.</exception>
    public static MultipartRelated Open(Stream body, string? contentType)
    {
        foreach (var parameter in (contentType ?? "").Split(';', StringSplitOptions.TrimEntries).Skip(1))
        {
            if (
                parameter.Split('=', 2) is [var name, var value]
                && name.Equals("boundary", StringComparison.OrdinalIgnoreCase)
                && value.Trim('"', '\'') is { Length: > 0 and <= 200 } boundary
            )
            {
                return new MultipartRelated(body, boundary);
            }
        }
        throw ApiException.Invalid("A multipart upload is sent as multipart/related with a boundary.");
    }

    /// <summary>Goes to the next part and reads its headers; the part before has been read to its end.</summary>
    /// <returns>The part's content type; null where it says none.</returns>
    /// <exception cref="ApiException">There is no further part.</exception>
    public async Task<string?> NextAsync(CancellationToken cancellationToken)
    {
        if (!_begun)
        {
            await CopyAsync((_, _) => ValueTask.CompletedTask, cancellationToken);
        }
        var rest = await ReadLineAsync(cancellationToken);
        if (rest.StartsWith("--", StringComparison.Ordinal))
        {
            throw Malformed("it has two parts: the resource and the content");
        }
        if (!_begun)
        {
            _delimiter = Encoding.ASCII.GetBytes((rest.EndsWith('\r') ? "\r\n--" : "\n--") + _boundary);
            _begun = true;
        }
        string? contentType = null;
        while ((await ReadLineAsync(cancellationToken)).TrimEnd('\r') is { Length: > 0 } line)
        {
            if (
                line.Split(':', 2) is [var name, var value]
                && name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)
            )
            {
                contentType = value.Trim();
            }
        }
        return contentType;
    }

    /// <summary>Gives the rest of the part, piece by piece.</summary>
    public async Task CopyAsync(
        Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var end = Find(buffer, _delimiter);
            // Without the delimiter, its beginning may still be at the buffer's end.
            var data = buffer.Slice(0, end ?? Math.Max(0, buffer.Length - _delimiter.Length + 1));
            foreach (var piece in data)
            {
                await sink(piece, cancellationToken);
            }
            if (end is not null)
            {
                _reader.AdvanceTo(buffer.GetPosition(_delimiter.Length, data.End));
                return;
            }
            _reader.AdvanceTo(data.End, buffer.End);
            if (read.IsCompleted)
            {
                throw Malformed("a part does not end with the boundary");
            }
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            if (Find(read.Buffer, "\n"u8) is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end));
                _reader.AdvanceTo(read.Buffer.GetPosition(end + 1));
                return line;
            }
            if (read.IsCompleted || read.Buffer.Length > MaxLineBytes)
            {
                throw Malformed("a line of its headers does not end");
            }
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static long? Find(ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> sought)
    {
        var reader = new SequenceReader<byte>(buffer);
        return reader.TryReadTo(out ReadOnlySequence<byte> before, sought, advancePastDelimiter: false)
            ? before.Length
            : null;
    }

    private static ApiException Malformed(string how) => ApiException.Invalid($"Malformed multipart body: {how}.");
}
