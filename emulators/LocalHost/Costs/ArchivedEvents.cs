using System.Globalization;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Costs;

/// <summary>How many events arrived: the archive's lines, counted by their mean length.</summary>
internal static class ArchivedEvents
{
    /// <summary>Files whose lines are counted; a dozen pins the mean length to a few per cent.</summary>
    private const int Samples = 12;

    /// <summary>How much of a file is read.</summary>
    private const int SampleBytes = 1 << 20;

    /// <summary>Estimates the events of whole days of arrival; exact where the files are few and small.</summary>
    /// <param name="objects">Where the archive is.</param>
    /// <param name="from">The first day.</param>
    /// <param name="to">The first day that does not count.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<long> EstimateAsync(
        IObjectStore objects,
        DateOnly from,
        DateOnly to,
        CancellationToken cancellationToken
    )
    {
        var files = new List<ObjectInfo>();
        for (var day = from; day < to; day = day.AddDays(1))
        {
            var prefix = day.ToString("'dt='yyyy-MM-dd'/'", CultureInfo.InvariantCulture);
            await foreach (
                var file in objects.ListAsync(NocturneTopology.BucketNames.Events, prefix, null, cancellationToken)
            )
            {
                files.Add(file);
            }
        }
        long lines = 0;
        long bytes = 0;
        var samples = Math.Min(Samples, files.Count);
        for (var i = 0; i < samples; i++)
        {
            var (sampleLines, sampleBytes) = await CountAsync(
                objects,
                files[(int)((long)i * files.Count / samples)].Key,
                cancellationToken
            );
            lines += sampleLines;
            bytes += sampleBytes;
        }
        return bytes == 0 ? 0 : (long)Math.Round(files.Sum(file => file.Size) * ((decimal)lines / bytes));
    }

    /// <summary>Whole lines at a file's beginning, and their bytes.</summary>
    private static async Task<(long Lines, long Bytes)> CountAsync(
        IObjectStore objects,
        ObjectKey key,
        CancellationToken cancellationToken
    )
    {
        await using var content = await objects.OpenReadAsync(key, cancellationToken);
        if (content is null)
        {
            return (0, 0); // its retention ended meanwhile
        }
        var buffer = new byte[SampleBytes];
        var read = await content.Stream.ReadAtLeastAsync(
            buffer,
            buffer.Length,
            throwOnEndOfStream: false,
            cancellationToken
        );
        var end = buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        return (buffer.AsSpan(0, end).Count((byte)'\n'), end);
    }
}
