using Nocturne.Domain;
using Nocturne.Importing;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;

namespace Nocturne.LocalHost.Importing;

/// <summary>What became of the records of one file; its error says why it was not read, or not to its end.</summary>
internal sealed record FileReport(
    string File,
    string Form,
    long Lines,
    long Events,
    long Rejected,
    long Private,
    IReadOnlyList<string> PassedOver,
    string? RejectsFile,
    string? Error
);

/// <summary>What became of all; headers, comments and blank lines are not counted.</summary>
/// <param name="Files">Each file.</param>
/// <param name="Resumed">Events that an earlier attempt had published, and this one did not again.</param>
internal sealed record ImportReport(IReadOnlyList<FileReport> Files, long Resumed)
{
    public long Lines => Files.Sum(file => file.Lines);

    public long Events => Files.Sum(file => file.Events);

    public long Rejected => Files.Sum(file => file.Rejected);

    public long Private => Files.Sum(file => file.Private);
}

/// <summary>Publishes the events of files, in bounded memory. An import that was broken off goes on where it was.</summary>
/// <param name="options">How files are read.</param>
/// <param name="rejectsFolder">Where refused records are written.</param>
internal sealed class Importer(ImportOptions options, string rejectsFolder)
{
    private static readonly string[] Extensions = [".tsv", ".csv", ".json", ".ndjson", ".jsonl", ".log", ".zip", ".gz"];

    private long _bytesBefore;

    /// <summary>The files of paths: themselves, or those of a folder by name.</summary>
    /// <exception cref="CommandFailedException">There are none.</exception>
    public static IReadOnlyList<FileInfo> FilesOf(IReadOnlyList<string> paths) => [.. paths.SelectMany(FilesOf)];

    private static IReadOnlyList<FileInfo> FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [new FileInfo(path)];
        }
        if (!Directory.Exists(path))
        {
            throw new CommandFailedException($"There is no file or folder '{path}'.");
        }
        FileInfo[] files =
        [
            .. new DirectoryInfo(path)
                .EnumerateFiles()
                .Where(file => Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase))
                .OrderBy(file => file.Name, StringComparer.Ordinal),
        ];
        return files.Length > 0
            ? files
            : throw new CommandFailedException($"'{path}' has no {string.Join(", ", Extensions)} file.");
    }

    /// <summary>Reads files, and publishes their events unless there is no <paramref name="packer"/>.</summary>
    /// <param name="files">The files.</param>
    /// <param name="packer">Where the events go; they are durable in the topic when this returns.</param>
    /// <param name="published">Events, from the first on, that an earlier attempt made durable.</param>
    /// <param name="bytesRead">Is told how many bytes of all files are read.</param>
    /// <param name="cancellationToken">Cancels; the same import goes on from there.</param>
    public async Task<ImportReport> ImportAsync(
        IReadOnlyList<FileInfo> files,
        MessagePacker? packer,
        long published,
        Action<long> bytesRead,
        CancellationToken cancellationToken
    )
    {
        var reports = new List<FileReport>();
        var target = new Target(packer, published);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var name = names.Add(file.Name) ? file.Name : $"{names.Count}-{reports.Count}-{file.Name}";
            await using var rejects = new RejectsFile(Path.Combine(rejectsFolder, name + ".rejects.ndjson"));
            reports.Add(await ImportAsync(file, target, rejects, bytesRead, cancellationToken));
            _bytesBefore += file.Length;
        }
        if (packer is not null)
        {
            await packer.FlushAsync();
        }
        return new ImportReport(reports, Math.Min(published, target.Events));
    }

    private async Task<FileReport> ImportAsync(
        FileInfo file,
        Target target,
        RejectsFile rejects,
        Action<long> bytesRead,
        CancellationToken cancellationToken
    )
    {
        const int LookEvery = 256; // records between looks at progress and cancellation
        await using var stream = file.OpenRead();
        var history = new HistoryFile(stream, file.FullName, options);
        var (records, events, isPrivate) = (0L, 0L, 0L);
        string? error = null;
        using var read = history.Read().GetEnumerator();
        while (TryNext(read, ref error))
        {
            var record = read.Current;
            if (records % LookEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                bytesRead(_bytesBefore + stream.Position);
            }
            records += record.IsExtra ? 0 : 1;
            switch (record.Outcome)
            {
                case Outcome.Event:
                    events += record.IsExtra ? 0 : 1;
                    await target.AddAsync(record);
                    break;
                case Outcome.Rejected:
                    var part = history.Parts[^1].Name;
                    await rejects.AddAsync(record.Rejection, record.Line, part == file.FullName ? null : part);
                    break;
                default:
                    isPrivate++;
                    break;
            }
        }
        return new FileReport(
            file.FullName,
            string.Join(
                ", ",
                history.Parts.Select(part => part.Form).OfType<string>().Distinct(StringComparer.Ordinal)
            ),
            records,
            events,
            rejects.Count,
            isPrivate,
            [.. history.Parts.Where(part => part.Form is null).Select(part => part.Name)],
            rejects.Count > 0 ? rejects.Path : null,
            error
        );
    }

    /// <summary>A file that cannot be read costs the others nothing.</summary>
    private static bool TryNext(IEnumerator<Imported> records, ref string? error)
    {
        try
        {
            return records.MoveNext();
        }
        catch (ImportRefusedException e)
        {
            error = e.Message;
            return false;
        }
    }

    /// <summary>Where events go: nowhere in a dry run, and nowhere again if they are there.</summary>
    private sealed class Target(MessagePacker? packer, long published)
    {
        public long Events { get; private set; }

        public ValueTask AddAsync(Imported record)
        {
            Events++;
            return packer is null || Events <= published ? ValueTask.CompletedTask
                : record.Bytes.IsEmpty ? packer.AddAsync(record.Event!)
                : packer.AddAsync(record.Bytes.Span);
        }
    }
}
