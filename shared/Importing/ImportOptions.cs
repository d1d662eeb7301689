using Nocturne.Domain;

namespace Nocturne.Importing;

/// <summary>How files are read.</summary>
public sealed record ImportOptions
{
    /// <summary>Whose the plays are, where files do not say; null refuses those files.</summary>
    public ListenerId? Listener { get; init; }

    /// <summary>When the import began: what starts over an hour later is refused, and events that bring no receipt have this one.</summary>
    public required Instant Now { get; init; }

    /// <summary>The zone of times that say none; UTC unless given. Spotify's are UTC in any case.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>What the columns of tables without a header are, where their order is not known; null to recognise it.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>
    /// Whether plays of Spotify's extended history also take back what the basic one says of them, which knows the same
    /// plays by other starts. They are then one, whichever is imported first.
    /// </summary>
    public bool ReplacesBasic { get; init; }

    /// <summary>Bounds of what is decompressed.</summary>
    public ArchiveLimits Limits { get; init; } = new();
}

/// <summary>Bounds of what is decompressed, so that a small file cannot become an endless one.</summary>
public sealed record ArchiveLimits
{
    /// <summary>Files in a zip; ListenBrainz writes one a month.</summary>
    public int MaxEntries { get; init; } = 10_000;

    /// <summary>Bytes of all files of a zip: ten times the largest history that a person can have.</summary>
    public long MaxBytes { get; init; } = 8L << 30;

    /// <summary>Bytes out for a byte in; histories have 10 to 40, what deflates best 1,032.</summary>
    public int MaxRatio { get; init; } = 250;

    /// <summary>Bytes of a file that may come out before the ratio counts: short repetitive files are harmless.</summary>
    public long FreeBytes { get; init; } = 16L << 20;
}

/// <summary>A file cannot be imported; the message says why and what to do.</summary>
public sealed class ImportRefusedException : Exception
{
    /// <summary>With a message that is whole.</summary>
    public ImportRefusedException(string message)
        : base(message) { }

    /// <summary>With what was found first.</summary>
    public ImportRefusedException(string message, Exception cause)
        : base(message, cause) { }
}
