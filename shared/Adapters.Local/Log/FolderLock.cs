namespace Nocturne.Adapters.Local;

/// <summary>Another process, or another instance in this one, has the folder open.</summary>
public sealed class FolderInUseException(string folder, Exception? inner = null)
    : Exception(
        $"The folder '{folder}' is in use by another process. Stop that process, or choose another data folder.",
        inner
    )
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;
}

/// <summary>Holds a folder for one owner, by a file that the operating system unlocks when the process ends.</summary>
internal sealed class FolderLock : IDisposable
{
    private const string FileName = "lock";

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Creates the folder if need be and takes it.</summary>
    /// <exception cref="FolderInUseException">It is taken.</exception>
    public static FolderLock Take(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FolderLock(
                new FileStream(
                    Path.Combine(folder, FileName),
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None
                )
            );
        }
        catch (IOException e)
        {
            throw new FolderInUseException(folder, e);
        }
    }

    public void Dispose() => _file.Dispose();
}
