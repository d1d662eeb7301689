using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.LocalHost.Importing;

/// <summary>How far an import came, so that the same command goes on from there. It is gone when the import is done.</summary>
internal sealed class Checkpoint
{
    /// <summary>Bytes at a file's beginning that tell it from others, beside its length.</summary>
    private const int IdentifyingBytes = 1 << 20;

    private readonly string _path;
    private readonly string _import;

    private Checkpoint(string path, string import, long events, Instant began)
    {
        _path = path;
        _import = import;
        Events = events;
        Began = began;
    }

    /// <summary>Events that are durable, from the first one on.</summary>
    public long Events { get; private set; }

    /// <summary>When the import began; what it refuses as from the future depends on it.</summary>
    public Instant Began { get; }

    /// <summary>Finds how far an import came; from its beginning where it has not begun.</summary>
    /// <param name="folder">Where checkpoints are, if <paramref name="path"/> does not say it.</param>
    /// <param name="path">The checkpoint's file.</param>
    /// <param name="import">What is imported: <see cref="IdentifyAsync"/>.</param>
    /// <param name="now">When an import begins that has not.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<Checkpoint> FindAsync(
        string folder,
        string? path,
        string import,
        Instant now,
        CancellationToken cancellationToken
    )
    {
        path ??= Path.Combine(folder, $"{import}.json");
        if (File.Exists(path))
        {
            try
            {
                var saved = JsonSerializer.Deserialize<Saved>(await File.ReadAllTextAsync(path, cancellationToken));
                if (saved is { Events: >= 0 } && saved.Import == import)
                {
                    return new Checkpoint(path, import, saved.Events, new Instant(saved.BeganMs));
                }
            }
            catch (JsonException)
            {
                // As good as none: publishing everything again changes nothing.
            }
        }
        return new Checkpoint(path, import, 0, now);
    }

    /// <summary>Names an import by its files and options.</summary>
    public static async Task<string> IdentifyAsync(
        IReadOnlyList<FileInfo> files,
        string options,
        CancellationToken cancellationToken
    )
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(options));
        var bytes = new byte[IdentifyingBytes];
        foreach (var file in files)
        {
            await using var stream = file.OpenRead();
            var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            hash.AppendData(BitConverter.GetBytes(file.Length));
            hash.AppendData(bytes.AsSpan(0, read));
        }
        const int NameBytes = 8; // of imports that are broken off at one time there are few
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, NameBytes));
    }

    /// <summary>Notes that so many events are durable.</summary>
    public async ValueTask SaveAsync(long events)
    {
        if (events <= Events)
        {
            return;
        }
        Events = events;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        var temporary = _path + ".tmp";
        await File.WriteAllTextAsync(
            temporary,
            JsonSerializer.Serialize(new Saved(_import, events, Began.UnixMilliseconds)),
            CancellationToken.None
        );
        File.Move(temporary, _path, overwrite: true);
    }

    /// <summary>The import is done.</summary>
    public void Remove()
    {
        if (File.Exists(_path))
        {
            File.Delete(_path);
        }
    }

    private sealed record Saved(string Import, long Events, long BeganMs);
}
