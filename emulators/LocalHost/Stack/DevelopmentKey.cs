using System.Security.Cryptography;
using Nocturne.Identity;

namespace Nocturne.LocalHost.Stack;

/// <summary>
/// The key of a folder's development issuer: random, readable by this user alone, and made when it is first needed.
/// </summary>
internal static class DevelopmentKey
{
    private const string Name = "issuer.key";

    /// <summary>The folder's issuer.</summary>
    /// <exception cref="InvalidOperationException">This process is deployed.</exception>
    public static DevelopmentIssuer IssuerOf(string folder, TimeProvider time) =>
        new(Read(folder), time, Environment.GetEnvironmentVariable);

    private static byte[] Read(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            Make(path);
        }
        return File.ReadAllBytes(path);
    }

    private static void Make(string path)
    {
        // Written aside, then moved: who finds the file finds the whole key.
        var temporary = $"{path}.{Environment.ProcessId}.{Path.GetRandomFileName()}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using (var file = new FileStream(temporary, options))
        {
            file.Write(RandomNumberGenerator.GetBytes(DevelopmentIssuer.KeyBytes));
        }
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary); // another command was first
        }
    }
}
