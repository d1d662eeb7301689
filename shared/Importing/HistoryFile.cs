using System.IO.Compression;
using Nocturne.Importing.Formats;
using Nocturne.Importing.Reading;

namespace Nocturne.Importing;

/// <summary>A file of a history, or one of those in an archive.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Form">Which form it has; null if it has none that is known, and was passed over.</param>
public sealed record HistoryPart(string Name, string? Form);

/// <summary>
/// Reads a history of any known form, plain, in gzip or in a zip, in bounded memory: a record at a time. The same file
/// and options give the same records in the same order.
/// </summary>
public sealed class HistoryFile
{
    /// <summary>What can be read, for messages.</summary>
    public const string KnownForms =
        "Spotify extended and basic streaming history, ListenBrainz exports and listens, Last.fm and Libre.fm tables "
        + "(CSV, TSV), .scrobbler.log, Maloja exports, Nocturne's event lines and tables with a column for the listener";

    /// <summary>What <see cref="ImportOptions.Columns"/> may name.</summary>
    public static IReadOnlyList<string> ColumnNames => ScrobbleColumns.Names;

    private const int MarkBytes = 4;

    private readonly Stream _stream;
    private readonly string _name;
    private readonly ImportOptions _options;
    private readonly List<HistoryPart> _parts = [];
    private readonly DecompressedBytes _total = new();

    /// <summary>Prepares to read; <see cref="Read"/> does it.</summary>
    /// <param name="stream">The file; one that is compressed must be able to seek. It stays open.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="options">How.</param>
    public HistoryFile(Stream stream, string name, ImportOptions options)
    {
        _stream = stream;
        _name = name;
        _options = options;
    }

    /// <summary>What was found so far; the last is being read.</summary>
    public IReadOnlyList<HistoryPart> Parts => _parts;

    /// <summary>Reads the records, once.</summary>
    /// <exception cref="ImportRefusedException">It holds nothing that can be read, or what no honest file holds.</exception>
    public IEnumerable<Imported> Read()
    {
        var recognition = new Recognition(new PlayMaker(_options));
        var mark = ReadMark(_stream);
        if (IsZip(mark))
        {
            foreach (var record in ReadZip(recognition))
            {
                yield return record;
            }
        }
        else if (IsGzip(mark))
        {
            _stream.Position = 0;
            using var unzipped = new GZipStream(_stream, CompressionMode.Decompress, leaveOpen: true);
            using var bounded = new BoundedStream(unzipped, _name, () => _stream.Position, _options.Limits, _total);
            foreach (var record in ReadPart(bounded, ReadMark(bounded), _name, recognition))
            {
                yield return record;
            }
        }
        else
        {
            foreach (var record in ReadPart(_stream, mark, _name, recognition))
            {
                yield return record;
            }
        }
        if (_parts.TrueForAll(part => part.Form is null))
        {
            throw new ImportRefusedException(
                $"Nothing in '{_name}' is a history that can be read: {KnownForms}. A table needs a header that names time, artist and track, or --columns. {TsvColumns.Help}"
            );
        }
    }

    private IEnumerable<Imported> ReadZip(Recognition recognition)
    {
        using var zip = OpenZip();
        // Opinions name recordings that listens say more of.
        var entries = zip
            .Entries.Where(entry => entry.Name.Length > 0)
            .OrderBy(entry => entry.Name.StartsWith("feedback", StringComparison.OrdinalIgnoreCase))
            .ThenBy(entry => entry.FullName, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var name = $"{_name}/{entry.FullName}";
            using var bounded = new BoundedStream(
                Open(entry, name),
                name,
                () => entry.CompressedLength,
                _options.Limits,
                _total
            );
            var mark = ReadMark(bounded);
            if (IsZip(mark) || IsGzip(mark))
            {
                throw new ImportRefusedException(
                    $"'{name}' is an archive in an archive. Unpack the outer one and import the inner."
                );
            }
            foreach (var record in ReadPart(bounded, mark, name, recognition))
            {
                yield return record;
            }
        }
    }

    private ZipArchive OpenZip()
    {
        try
        {
            _stream.Position = 0;
            var zip = new ZipArchive(_stream, ZipArchiveMode.Read, leaveOpen: true);
            return zip.Entries.Count <= _options.Limits.MaxEntries
                ? zip
                : throw new ImportRefusedException(
                    $"'{_name}' holds {zip.Entries.Count} files; at most {_options.Limits.MaxEntries} are read. Unpack it and import the folder."
                );
        }
        catch (InvalidDataException e)
        {
            throw new ImportRefusedException($"'{_name}' is no whole zip ({e.Message}). Download it again.", e);
        }
    }

    private static Stream Open(ZipArchiveEntry entry, string name)
    {
        try
        {
            return entry.Open();
        }
        catch (InvalidDataException e)
        {
            throw new ImportRefusedException(
                $"'{name}' cannot be unpacked here ({e.Message}). Unpack the archive and import the folder.",
                e
            );
        }
    }

    private IEnumerable<Imported> ReadPart(
        Stream stream,
        ReadOnlyMemory<byte> mark,
        string name,
        Recognition recognition
    )
    {
        var window = new ByteWindow(Texts.AsUtf8(new PrefixedStream(mark, stream), mark.Span));
        var form = recognition.Recognise(window, name);
        _parts.Add(new HistoryPart(name, form?.Name));
        if (form is null)
        {
            return [];
        }
        return form.SaysWhose || _options.Listener is not null
            ? form.Read(window)
            : throw new ImportRefusedException(
                $"'{name}' ({form.Name}) does not say whose plays these are. Add --listener ID."
            );
    }

    private static ReadOnlyMemory<byte> ReadMark(Stream stream)
    {
        var mark = new byte[MarkBytes];
        return mark.AsMemory(0, stream.ReadAtLeast(mark, MarkBytes, throwOnEndOfStream: false));
    }

    private static bool IsZip(ReadOnlyMemory<byte> mark) =>
        mark.Span is [(byte)'P', (byte)'K', 3, 4] or [(byte)'P', (byte)'K', 5, 6];

    private static bool IsGzip(ReadOnlyMemory<byte> mark) => mark.Span is [0x1F, 0x8B, ..];
}
