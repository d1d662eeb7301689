using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.RunNight.Snapshots;

/// <summary>
/// Collects the names that events gave to items, from one shard of the archive: objects by hash of their names, of
/// the days of arrival from <see cref="RunRecord.ArchiveFrom"/> on.
/// </summary>
internal sealed class ArchiveNames(NightContext context)
{
    public async ValueTask WriteAsync(RunId run, RunRecord record, int shard, CancellationToken cancellationToken)
    {
        var best = new Dictionary<ItemId, CatalogueLine>();
        var from = record.ArchiveFrom is { } day
            ? $"dt={day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}"
            : null;
        await foreach (
            var archived in context.Objects.ListAsync(
                NocturneTopology.BucketNames.Events,
                "dt=",
                from,
                cancellationToken
            )
        )
        {
            if (StorageName.ShardOf(archived.Key.Name, record.Shards) == shard)
            {
                await ReadAsync(archived.Key, best, cancellationToken);
            }
        }
        using var content = new MemoryStream();
        foreach (var line in best.Values.OrderBy(line => line.Item, StringComparer.Ordinal))
        {
            content.Write(line.ToBytes());
            content.WriteByte((byte)'\n');
        }
        await context.Objects.TryCreateAsync(
            NightObjects.Names(run, shard),
            content.GetBuffer().AsMemory(0, (int)content.Length),
            "application/octet-stream",
            cancellationToken
        );
    }

    private async ValueTask ReadAsync(
        ObjectKey key,
        Dictionary<ItemId, CatalogueLine> best,
        CancellationToken cancellationToken
    )
    {
        await using var content = await context.Objects.OpenReadAsync(key, cancellationToken);
        if (content is null)
        {
            return; // rewritten meanwhile; the rewritten object is listed too
        }
        await foreach (var line in Lines.ReadAsync(content.Stream, EventParser.MaxLineBytes, cancellationToken))
        {
            if (
                !EventParser.TryParseLine(line, 0, out var listenEvent, out _)
                || listenEvent is not PlayEvent { Title: not null } play
            )
            {
                continue;
            }
            if (best.TryGetValue(play.Item, out var known) && IsSame(known, play))
            {
                continue; // the common case, without making a line; a later receipt of the same names changes nothing
            }
            var named = new CatalogueLine
            {
                Item = play.Item.Value,
                Kind = play.ItemKind,
                Title = play.Title,
                Artist = play.Artist?.Value,
                ArtistName = play.ArtistName,
                Release = play.ReleaseName,
                DurationMs = play.DurationMs,
                NamedAt = play.ReceivedAt.ToDateTimeOffset(),
            };
            best[play.Item] = known is null ? named : CatalogueLine.Better(known, named);
        }
    }

    private static bool IsSame(CatalogueLine known, PlayEvent play) =>
        known.NamedAt >= play.ReceivedAt.ToDateTimeOffset()
        && known.Title == play.Title
        && known.Artist == play.Artist?.Value
        && known.ArtistName == play.ArtistName
        && known.Release == play.ReleaseName
        && known.DurationMs == play.DurationMs
        && known.Kind == play.ItemKind;
}

/// <summary>Lines of a stream, one at a time.</summary>
internal static class Lines
{
    /// <summary>The lines without their ends; longer ones than <paramref name="maxBytes"/> are passed over.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        Stream stream,
        int maxBytes,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var reader = PipeReader.Create(
            stream,
            new StreamPipeReaderOptions(bufferSize: 1 << 16, minimumReadSize: 1 << 12, leaveOpen: true)
        );
        var passesOver = false;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (!passesOver && line.Length <= maxBytes)
                {
                    yield return line.IsSingleSegment ? line.First : line.ToArray();
                }
                passesOver = false;
            }
            if (buffer.Length > maxBytes)
            {
                passesOver = true;
                buffer = buffer.Slice(buffer.End);
            }
            if (read.IsCompleted)
            {
                if (buffer.Length > 0 && !passesOver)
                {
                    yield return buffer.ToArray();
                }
                break;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }
}
