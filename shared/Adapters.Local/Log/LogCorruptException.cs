namespace Nocturne.Adapters.Local;

/// <summary>A log file holds bytes that were not written there: a disk or an operator changed them.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">Where in it the damaged record starts.</param>
/// <param name="reason">What is wrong with it.</param>
public sealed class LogCorruptException(string file, long offset, string reason)
    : Exception(
        $"The log file '{file}' is damaged at offset {offset}: {reason}. Restore the folder from a copy; nothing was changed."
    )
{
    /// <summary>The damaged file.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file the damaged record starts.</summary>
    public long Offset { get; } = offset;
}
