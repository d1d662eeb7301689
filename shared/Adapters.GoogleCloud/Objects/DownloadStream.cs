using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using Google.Cloud.Storage.V1;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleCloud;

/// <summary>
/// One generation of an object, downloaded while it is read: the client writes into a pipe that holds little. A broken
/// download goes on where it broke; length and checksum are compared at the end.
/// </summary>
internal sealed class DownloadStream : Stream
{
    // What is downloaded ahead of the reader, and the client's buffer.
    private const int AheadBytes = 1 << 20;
    private const int BufferBytes = 256 << 10;

    private readonly StorageClient _client;
    private readonly string _bucket;
    private readonly ObjectInfo _info;
    private readonly Caller _caller;
    private readonly GoogleCloudOptions _options;
    private readonly Pipe _pipe = new(
        new PipeOptions(
            pauseWriterThreshold: AheadBytes,
            resumeWriterThreshold: AheadBytes / 2,
            useSynchronizationContext: false
        )
    );
    private readonly CancellationTokenSource _disposed = new();
    private Task _download = Task.CompletedTask;
    private long _downloaded;
    private long _read;
    private uint _crc;

    public DownloadStream(
        StorageClient client,
        string bucket,
        ObjectInfo info,
        Caller caller,
        GoogleCloudOptions options
    )
    {
        _client = client;
        _bucket = bucket;
        _info = info;
        _caller = caller;
        _options = options;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _info.Size;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <summary>Starts, and waits for the first bytes; false where the generation is gone.</summary>
    public async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (_info.Size == 0)
        {
            await _pipe.Writer.CompleteAsync();
            return true;
        }
        _download = Task.Run(DownloadAsync, CancellationToken.None);
        try
        {
            var first = await _pipe.Reader.ReadAsync(cancellationToken);
            _pipe.Reader.AdvanceTo(first.Buffer.Start);
            return true;
        }
        catch (GenerationGoneException)
        {
            return false;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
        {
            return 0;
        }
        ReadResult result;
        try
        {
            result = await _pipe.Reader.ReadAsync(cancellationToken);
        }
        catch (GenerationGoneException e)
        {
            throw new StoreUnavailableException(
                $"{_info.Key} was replaced or deleted and the generation that was being read is gone. Read it again.",
                e
            );
        }
        var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
        var piece = result.Buffer.Slice(0, count);
        piece.CopyTo(buffer.Span);
        _pipe.Reader.AdvanceTo(piece.End);
        _crc = Crc32C.Append(_crc, buffer.Span[..count]);
        _read += count;
        if (_read == _info.Size ? _crc != _info.Crc32C : count == 0 || _read > _info.Size)
        {
            throw new StoreUnavailableException(
                $"{_info.Key} arrived damaged: {_read} of {_info.Size} bytes, checksum {_crc:x8} and not "
                    + $"{_info.Crc32C:x8}. Read it again."
            );
        }
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // For readers that know no other way; they hold a thread for as long.
#pragma warning disable VSTHRD002
    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    public override async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _pipe.Reader.CompleteAsync();
        await _download;
        _disposed.Dispose();
        await base.DisposeAsync();
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Fills the pipe; ends it with what went wrong.</summary>
    private async Task DownloadAsync()
    {
        Exception? failure = null;
        try
        {
            var outcome = await _caller.CallAsync(
                "download",
                _info.Key.ToString(),
                AttemptAsync,
                _disposed.Token,
                progress: () => _downloaded
            );
            failure = outcome.Fault switch
            {
                null => null,
                { Kind: FaultKind.NotFound } => new GenerationGoneException(),
                { } fault => _caller.Refusal("download", _info.Key.ToString(), fault),
            };
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            failure = e;
        }
        await _pipe.Writer.CompleteAsync(failure);
    }

    private async Task<bool> AttemptAsync(AttemptDeadline deadline)
    {
        await using var target = new Target(this, deadline);
        var downloading = new DownloadObjectOptions
        {
            Generation = _info.Generation,
            ChunkSize = BufferBytes,
            Range = _downloaded == 0 ? null : new RangeHeaderValue(_downloaded, null),
        };
        if (_downloaded < _info.Size)
        {
            await _client.DownloadObjectAsync(_bucket, _info.Key.Name, target, downloading, deadline.Token);
        }
        return true;
    }

    private sealed class GenerationGoneException : Exception;

    /// <summary>The end of the pipe that the client writes to.</summary>
    private sealed class Target(DownloadStream download, AttemptDeadline deadline) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            // A reader may take its time; only the service has a deadline.
            deadline.Suspend();
            await download._pipe.Writer.WriteAsync(buffer, download._disposed.Token);
            download._downloaded += buffer.Length;
            deadline.Extend();
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        // The client's downloader writes synchronously, on the pool's thread that this download runs on.
#pragma warning disable VSTHRD002
        public override void Write(byte[] buffer, int offset, int count) =>
            WriteAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
