using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Nocturne.Domain;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Operations;

namespace Nocturne.LocalHost.Importing;

/// <summary>What became of the lines of one or more files; headers and blank lines are not counted.</summary>
internal sealed record ImportReport(
    int Files,
    long Lines,
    long Events,
    long Rejected,
    IReadOnlyList<string> RejectsFiles
);

/// <summary>Publishes the events of files, in bounded memory.</summary>
/// <param name="operations">Where to.</param>
/// <param name="time">For what is from the future.</param>
/// <param name="rejectsFolder">Where refused lines are written.</param>
internal sealed class Importer(IOperations operations, TimeProvider time, string rejectsFolder)
{
    private static readonly string[] Extensions = [".tsv", ".ndjson", ".jsonl"];

    private long _lines;
    private long _rejected;
    private long _bytesBefore;

    /// <summary>The files of a path: itself, or those of a folder by name.</summary>
    /// <exception cref="CommandFailedException">There are none.</exception>
    public static IReadOnlyList<FileInfo> FilesOf(string path)
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

    /// <summary>Imports files; their events are durable in the topic when it returns.</summary>
    /// <param name="files">The files.</param>
    /// <param name="bytesRead">Is told how many bytes of all files are read.</param>
    /// <param name="cancellationToken">Cancels; importing again completes it.</param>
    public async Task<ImportReport> ImportAsync(
        IReadOnlyList<FileInfo> files,
        Action<long> bytesRead,
        CancellationToken cancellationToken
    )
    {
        var packer = new MessagePacker(operations, EventParser.MaxLines, cancellationToken);
        var rejectsFiles = new List<string>();
        foreach (var file in files)
        {
            await using var rejects = new RejectsFile(Path.Combine(rejectsFolder, file.Name + ".rejects.ndjson"));
            await ImportAsync(file, packer, rejects, bytesRead, cancellationToken);
            _rejected += rejects.Count;
            _bytesBefore += file.Length;
            if (rejects.Count > 0)
            {
                rejectsFiles.Add(rejects.Path);
            }
        }
        await packer.FlushAsync();
        return new ImportReport(files.Count, _lines, packer.Events, _rejected, rejectsFiles);
    }

    private async Task ImportAsync(
        FileInfo file,
        MessagePacker packer,
        RejectsFile rejects,
        Action<long> bytesRead,
        CancellationToken cancellationToken
    )
    {
        await using var stream = file.OpenRead();
        var ids = new LineIds();
        var written = new ArrayBufferWriter<byte>(1 << 10);
        TsvColumns? columns = null;
        var isFirst = true;
        await foreach (var read in LineReader.ReadAsync(stream, cancellationToken))
        {
            var line = isFirst && read.Bytes.Span.StartsWith("\uFEFF"u8) ? read with { Bytes = read.Bytes[3..] } : read;
            if (line.Bytes.Span.Trim(" \t"u8).IsEmpty)
            {
                continue;
            }
            if (isFirst)
            {
                isFirst = false;
                if (!IsJson(line.Bytes.Span))
                {
                    columns = TsvColumns.Read(line.Bytes.Span, file.FullName);
                    continue;
                }
            }
            _lines++;
            if (Read(line, columns, ids, written) is { } rejection)
            {
                await rejects.AddAsync(rejection, line.Number);
            }
            else
            {
                await packer.AddAsync(columns is null ? line.Bytes.Span : written.WrittenSpan[..^1]);
            }
            bytesRead(_bytesBefore + stream.Position);
        }
    }

    /// <summary>Why the line is no event; null if it is, which is then in <paramref name="output"/> unless it came as one.</summary>
    private Rejection? Read(FileLine line, TsvColumns? columns, LineIds ids, ArrayBufferWriter<byte> output)
    {
        var json = line.Bytes;
        if (columns is not null)
        {
            if (!Utf8.IsValid(line.Bytes.Span))
            {
                return new Rejection(RejectReason.InvalidUtf8, null, 0, line.Bytes);
            }
            var id = ids.Next(line.Bytes.Span);
            var text = Encoding.UTF8.GetString(line.Bytes.Span);
            if (!columns.TryRead(text, id, out var play, out var reason, out var field))
            {
                return new Rejection(reason, field, 0, line.Bytes);
            }
            output.ResetWrittenCount();
            if (play.StartedAt >= Instant.Latest)
            {
                return new Rejection(RejectReason.FromFuture, "started_at", 0, line.Bytes);
            }
            EventWriter.WriteLine(output, play);
            json = output.WrittenMemory[..^1];
        }
        if (!EventParser.TryParseLine(json, 0, out var read, out var rejection))
        {
            return rejection with { Bytes = line.Bytes };
        }
        if (read.StartedAt > Instant.From(time.GetUtcNow()) + EventParser.FutureTolerance)
        {
            return new Rejection(RejectReason.FromFuture, "started_at", 0, line.Bytes);
        }
        return null;
    }

    private static bool IsJson(ReadOnlySpan<byte> line) => line.TrimStart(" \t"u8) is [(byte)'{', ..];
}
