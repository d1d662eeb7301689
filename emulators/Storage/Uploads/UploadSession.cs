using System.Buffers;
using System.Text.Json.Nodes;
using Nocturne.StorageEmulator.Http;
using Nocturne.StorageEmulator.Objects;

namespace Nocturne.StorageEmulator.Uploads;

/// <summary>A resumable upload. Whoever holds its turn may use it.</summary>
internal sealed class UploadSession(string bucket, string name, JsonObject attributes, PendingContent content)
    : IAsyncDisposable
{
    /// <summary>What is kept of a part that is not the last is a multiple of this; Cloud Storage's own.</summary>
    public const int BlockBytes = 256 << 10;

    // Guards the latest turn and its token source.
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private CancellationTokenSource? _latest;
    private long? _total;

    public string Bucket => bucket;

    public required Preconditions Conditions { get; init; }

    /// <summary>The checksums that the start promised.</summary>
    public required ContentHashes Expected { get; init; }

    /// <summary>The content's length, as soon as anybody has said it.</summary>
    public long? Total
    {
        get => _total;
        set
        {
            if (value is not null && _total is not null && value != _total)
            {
                throw ApiException.Invalid($"The content was to have {_total} bytes, and now {value}.");
            }
            _total = value ?? _total;
        }
    }

    /// <summary>Bytes that need not be sent again.</summary>
    public long Received => content.Size;

    /// <summary>The object, once there is one: asking again gives it again.</summary>
    public StoredObject? Result { get; private set; }

    public bool IsCancelled { get; private set; }

    /// <summary>
    /// Waits for the turn. Who comes later goes first: a request whose connection has broken may be waiting for bytes
    /// that never come, while its client asks already how far it got.
    /// </summary>
    public async Task<Turn> TakeTurnAsync(CancellationToken aborted)
    {
        var mine = Supersede(aborted);
        try
        {
            await _turn.WaitAsync(mine.Token);
            return new Turn(this, mine);
        }
        catch
        {
            Forget(mine);
            throw;
        }
    }

    /// <summary>Appends a body, or what of it is new.</summary>
    /// <returns>Whether the content is whole.</returns>
    public async Task<bool> ReceiveAsync(UploadRange range, Stream body, CancellationToken cancellationToken)
    {
        if (range.Start is not { } start)
        {
            return Received == Total;
        }
        if (start == 0 && range is { IsLast: true, End: null })
        {
            content.Reset();
        }
        if (start > Received)
        {
            throw ApiException.Invalid($"The part begins at {start}, but {Received} bytes have been received.");
        }
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            await SkipAsync(body, Received - start, block, cancellationToken);
            int filled;
            do
            {
                filled = await body.ReadAtLeastAsync(
                    block.AsMemory(0, BlockBytes),
                    BlockBytes,
                    throwOnEndOfStream: false,
                    cancellationToken
                );
                if (Received + filled > (Total ?? long.MaxValue))
                {
                    throw ApiException.Invalid($"More bytes were sent than the {Total} that were announced.");
                }
                if (filled == BlockBytes || range.IsLast)
                {
                    await content.AppendAsync(block.AsMemory(0, filled), cancellationToken);
                }
            } while (filled == BlockBytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
        return range.IsLast && Received == (Total ?? Received);
    }

    /// <summary>Publishes the content.</summary>
    public async Task<StoredObject> FinishAsync(ObjectFolder folder, ContentHashes expected)
    {
        var hashes = await content.CompleteAsync();
        ExpectedHashes.Verify(expected.Or(Expected), hashes);
        Result = folder.Publish(new NewObject(bucket, name, attributes, hashes), content, Conditions);
        await content.DisposeAsync();
        return Result;
    }

    public async Task CancelAsync()
    {
        IsCancelled = true;
        await content.DisposeAsync();
    }

    public ValueTask DisposeAsync() => content.DisposeAsync();

    private static async Task SkipAsync(Stream body, long count, byte[] buffer, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            var read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), cancellationToken);
            if (read == 0)
            {
                return;
            }
            count -= read;
        }
    }

    private CancellationTokenSource Supersede(CancellationToken aborted)
    {
        var mine = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        lock (_gate)
        {
            _latest?.Cancel();
            _latest = mine;
        }
        return mine;
    }

    private void Forget(CancellationTokenSource mine)
    {
        lock (_gate)
        {
            if (_latest == mine)
            {
                _latest = null;
            }
            mine.Dispose();
        }
    }

    /// <summary>The right to use a session, until it is disposed.</summary>
    internal sealed class Turn(UploadSession session, CancellationTokenSource source) : IDisposable
    {
        /// <summary>Ends when the client goes away, or a later request of it takes over.</summary>
        public CancellationToken Token { get; } = source.Token;

        public void Dispose()
        {
            session.Forget(source);
            session._turn.Release();
        }
    }
}
