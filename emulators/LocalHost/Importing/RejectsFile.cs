using System.Text;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.LocalHost.Operations;

namespace Nocturne.LocalHost.Importing;

/// <summary>The refused lines of one file, a JSON object each; there is no file where there are none.</summary>
internal sealed class RejectsFile : IAsyncDisposable
{
    private const int MaxTextBytes = 4 << 10;

    private StreamWriter? _writer;

    public RejectsFile(string path)
    {
        Path = path;
        if (File.Exists(path))
        {
            File.Delete(path); // of an earlier import
        }
    }

    public string Path { get; }

    public long Count { get; private set; }

    public async ValueTask AddAsync(Rejection rejection, long line, string? part = null)
    {
        if (_writer is null)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            _writer = new StreamWriter(Path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        Count++;
        var bytes = rejection.Bytes.Span[..Math.Min(rejection.Bytes.Length, MaxTextBytes)];
        var entry = new Entry(line, rejection.Code, rejection.Field, Encoding.UTF8.GetString(bytes), part);
        await _writer.WriteLineAsync(JsonSerializer.Serialize(entry, CommandJson.Line));
    }

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            await _writer.DisposeAsync();
        }
    }

    private sealed record Entry(long Line, string Reason, string? Field, string Text, string? File);
}
