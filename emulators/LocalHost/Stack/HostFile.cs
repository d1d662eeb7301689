using System.Text.Json;

namespace Nocturne.LocalHost.Stack;

/// <summary>How another command reaches the <c>up</c> that has a data folder open.</summary>
/// <param name="Port">On which it listens, on the loopback address.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Token">Proves that whoever calls can read the folder; web pages and other users cannot.</param>
internal sealed record HostFile(int Port, int Pid, string Token)
{
    private const string Name = "host.json";

    /// <summary>Reads a folder's file; null if there is none.</summary>
    public static async Task<HostFile?> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(Path.Combine(folder, Name));
            return await JsonSerializer.DeserializeAsync<HostFile>(file, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it, readable by this user alone.</summary>
    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        var path = Path.Combine(folder, Name);
        var temporary = path + ".new";
        await using (var file = new FileStream(temporary, options))
        {
            await JsonSerializer.SerializeAsync(file, this, cancellationToken: cancellationToken);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Removes it.</summary>
    public static void Delete(string folder) => File.Delete(Path.Combine(folder, Name));
}
