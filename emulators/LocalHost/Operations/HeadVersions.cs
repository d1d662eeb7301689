using System.Globalization;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.LocalHost.Operations;

/// <summary>
/// The versions that all listeners' heads had at one time, by storage name. They are in a file in order of the names
/// and are asked for in that order, so that memory does not grow with the listeners.
/// </summary>
internal sealed class HeadVersions : IAsyncDisposable
{
    private readonly StreamReader _reader;
    private string? _name;
    private DocumentVersion _version;

    private HeadVersions(StreamReader reader)
    {
        _reader = reader;
        Next();
    }

    /// <summary>Notes them all.</summary>
    /// <param name="documents">The store.</param>
    /// <param name="folder">Where the file is kept meanwhile.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<HeadVersions> NoteAsync(
        IDocumentStore documents,
        string folder,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(folder);
        var file = new FileStream(
            Path.Combine(folder, $"rebuild-{Environment.ProcessId}.heads"),
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose,
            }
        );
        try
        {
            await using (var writer = new StreamWriter(file, leaveOpen: true))
            {
                var heads = documents.ListAsync(ListenerDocuments.Heads, null, null, cancellationToken);
                await foreach (var head in heads)
                {
                    await writer.WriteLineAsync(
                        string.Create(CultureInfo.InvariantCulture, $"{head.Key.Id} {head.Version.Value}")
                    );
                }
            }
            file.Position = 0;
            return new HeadVersions(new StreamReader(file));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>A head's version; null if there was none. Names must be asked for in ascending order.</summary>
    public DocumentVersion? Of(string name)
    {
        while (_name is not null && string.CompareOrdinal(_name, name) < 0)
        {
            Next();
        }
        return _name == name ? _version : null;
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Next()
    {
        var line = _reader.ReadLine();
        var space = line?.LastIndexOf(' ') ?? 0;
        _name = line?[..space];
        _version = line is null
            ? default
            : new DocumentVersion(long.Parse(line.AsSpan(space + 1), CultureInfo.InvariantCulture));
    }
}
