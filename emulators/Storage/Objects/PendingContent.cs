namespace Nocturne.StorageEmulator.Objects;

/// <summary>A content that is being received, in a file of its own until an object is published with it.</summary>
internal sealed class PendingContent : IAsyncDisposable
{
    private FileStream? _file;
    private ContentHasher _hasher = new();

    public PendingContent(string path)
    {
        Path = path;
        _file = new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
                Options = FileOptions.Asynchronous,
            }
        );
    }

    public string Path { get; }

    public long Size { get; private set; }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _file!.WriteAsync(data, cancellationToken);
        _hasher.Append(data.Span);
        Size += data.Length;
    }

    /// <summary>Appends a stream to its end.</summary>
    public async ValueTask AppendAsync(Stream source, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 << 10];
        int read;
        while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await AppendAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    /// <summary>Forgets what was received.</summary>
    public void Reset()
    {
        _file!.SetLength(0);
        _file.Position = 0;
        _hasher.Dispose();
        _hasher = new ContentHasher();
        Size = 0;
    }

    /// <summary>Closes the file; nothing can be appended after.</summary>
    public async ValueTask<ContentHashes> CompleteAsync()
    {
        await _file!.DisposeAsync();
        _file = null;
        return _hasher.Current();
    }

    /// <summary>Removes the file, unless an object was published with it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
        _hasher.Dispose();
        File.Delete(Path);
    }
}
