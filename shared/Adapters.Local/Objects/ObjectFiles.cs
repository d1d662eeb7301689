using System.Globalization;
using System.Text;

namespace Nocturne.Adapters.Local;

/// <summary>
/// Names and moves the files that hold objects' contents: <c>{bucket}/{name}</c> where that is a plain file name, so
/// that the archive can be read with any tool.
/// </summary>
/// <remarks>
/// Characters other than letters, digits and <c>. _ = -</c> are percent-encoded, so nothing leaves the bucket's folder
/// and <c>~</c> is free for our own use: a later generation is <c>{name}~{number}</c>, and a name that cannot be a file
/// (too long, or another object has it as a folder) is <c>~/{number}</c>.
/// </remarks>
internal sealed class ObjectFiles
{
    private const int MaxSegmentChars = 200; // file systems allow 255 bytes; the rest is for "~{number}"
    private const int MaxPathChars = 900;

    private readonly string _folder;
    private readonly string _temporary;
    private long _number; // of files written since the folder was opened

    public ObjectFiles(string folder)
    {
        _folder = folder;
        _temporary = Path.Combine(folder, ".temporary");
        if (Directory.Exists(_temporary))
        {
            Directory.Delete(_temporary, recursive: true);
        }
        Directory.CreateDirectory(_temporary);
    }

    /// <summary>A new file to write a content into, before it has its name.</summary>
    public FileStream CreateTemporary() =>
        new(
            Path.Combine(_temporary, Number().ToString("x", CultureInfo.InvariantCulture)),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            }
        );

    /// <summary>Gives a finished temporary file a place of its own, without replacing any file.</summary>
    /// <returns>The file's path relative to the bucket.</returns>
    public string Publish(string temporary, string bucket, string name)
    {
        var root = Path.Combine(_folder, bucket);
        var plain = Escape(name);
        if (plain is not null)
        {
            if (TryMove(temporary, root, plain))
            {
                return plain;
            }
            for (var attempt = 0; attempt < 3; attempt++)
            {
                var numbered = plain + "~" + Number().ToString(CultureInfo.InvariantCulture);
                if (TryMove(temporary, root, numbered))
                {
                    return numbered;
                }
            }
        }
        while (true)
        {
            var numbered = "~/" + Number().ToString(CultureInfo.InvariantCulture);
            if (TryMove(temporary, root, numbered))
            {
                return numbered;
            }
        }
    }

    public FileStream OpenRead(string bucket, string file) =>
        new(
            Path.Combine(_folder, bucket, file),
            new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 64 << 10,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            }
        );

    public void Delete(string bucket, string file) => File.Delete(Path.Combine(_folder, bucket, file));

    /// <summary>Removes files that no object has: writes that a crash interrupted, and generations that were replaced.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveOrphans(string bucket, HashSet<string> live)
    {
        var root = Path.Combine(_folder, bucket);
        Directory.CreateDirectory(root);
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            var file = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
            if (!live.Contains(file))
            {
                File.Delete(path);
                removed++;
            }
        }
        return removed;
    }

    private static bool TryMove(string temporary, string root, string file)
    {
        var path = Path.Combine(root, file);
        if (!TryClaim(path))
        {
            return false;
        }
        File.Move(temporary, path, overwrite: true);
        return true;
    }

    /// <summary>
    /// Creates an empty file; false where the place, or a part of its path, is taken. Moving without replacing is no
    /// single step on every system; creating is. A claim that a crash leaves behind is an orphan.
    /// </summary>
    private static bool TryClaim(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            Directory.CreateDirectory(folder);
            new FileStream(path, FileMode.CreateNew, FileAccess.Write).Dispose();
            return true;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException
                && (File.Exists(path) || Directory.Exists(path) || !Directory.Exists(folder))
            )
        {
            return false;
        }
    }

    /// <summary>The plain file name of an object; null where it has none.</summary>
    private static string? Escape(string name)
    {
        var path = new StringBuilder(name.Length);
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or "..")
            {
                return null;
            }
            if (path.Length > 0)
            {
                path.Append('/');
            }
            var start = path.Length;
            foreach (var b in Encoding.UTF8.GetBytes(segment))
            {
                var c = (char)b;
                if (char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '=' or '-')
                {
                    path.Append(c);
                }
                else
                {
                    path.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
                }
            }
            if (path.Length - start > MaxSegmentChars || path.Length > MaxPathChars)
            {
                return null;
            }
        }
        return path.ToString();
    }

    private long Number() => Interlocked.Increment(ref _number);
}
