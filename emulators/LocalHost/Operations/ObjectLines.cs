using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>Lines of the objects of a bucket that holds NDJSON.</summary>
internal static class ObjectLines
{
    /// <summary>How many lines there are, blank ones not counted.</summary>
    public static async ValueTask<long> CountAsync(
        IObjectStore objects,
        string bucket,
        CancellationToken cancellationToken
    )
    {
        long lines = 0;
        await foreach (var info in objects.ListAsync(bucket, "", null, cancellationToken))
        {
            await using var content = await objects.OpenReadAsync(info.Key, cancellationToken);
            if (content is null)
            {
                continue;
            }
            await foreach (var line in Importing.LineReader.ReadAsync(content.Stream, cancellationToken))
            {
                lines += line.Bytes.IsEmpty ? 0 : 1;
            }
        }
        return lines;
    }
}
