using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.RunNight.Snapshots;

/// <summary>
/// Collects the names that events gave to items, and counts what arrived, from one shard of the archive: objects by
/// hash of their names, of the days of arrival from <see cref="RunRecord.ArchiveFrom"/> on.
/// </summary>
internal sealed class ArchiveNames(NightContext context)
{
    private static readonly TimeSpan LateAfter = TimeSpan.FromDays(1);
    private readonly Dictionary<string, List<ulong>> _samples = new(StringComparer.Ordinal);
    private readonly ArchiveCounts _counts = new();

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
                await ReadAsync(archived.Key, record.InputsUntil, best, cancellationToken);
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
        foreach (var (arrival, hashes) in _samples)
        {
            _counts.Samples.Add(arrival, [.. hashes.Order().Take(ArchiveCounts.SampleSize)]);
        }
        await context.Objects.TryCreateAsync(
            NightObjects.Arrivals(run, shard),
            JsonSerializer.SerializeToUtf8Bytes(_counts, NightJson.Default.ArchiveCounts),
            "application/json",
            cancellationToken
        );
    }

    private async ValueTask ReadAsync(
        ObjectKey key,
        DateOnly? until,
        Dictionary<ItemId, CatalogueLine> best,
        CancellationToken cancellationToken
    )
    {
        await using var content = await context.Objects.OpenReadAsync(key, cancellationToken);
        if (content is null)
        {
            return; // rewritten meanwhile; the rewritten object is listed too
        }
        var day = DayOf(key);
        var end = Instant.FromDate(until?.AddDays(1) ?? DateOnly.MaxValue);
        var counts = default(DayCounts);
        await foreach (var line in Lines.ReadAsync(content.Stream, EventParser.MaxLineBytes, cancellationToken))
        {
            if (line.IsEmpty)
            {
                continue;
            }
            counts = counts with { Lines = counts.Lines + 1 };
            if (!EventParser.TryParseLine(line, 0, out var listenEvent, out _))
            {
                counts = counts with { Unreadable = counts.Unreadable + 1 };
                continue;
            }
            counts += Describe(day, listenEvent);
            if (listenEvent is not PlayEvent { Title: not null } play || listenEvent.StartedAt >= end)
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
        _counts.Add(day, counts);
    }

    private static string DayOf(ObjectKey key)
    {
        const string Prefix = "dt=";
        var name = key.Name.AsSpan(Prefix.Length);
        var end = name.IndexOf('/');
        return (end < 0 ? name : name[..end]).ToString();
    }

    private DayCounts Describe(string day, ListenEvent listenEvent)
    {
        var late =
            listenEvent.ReceivedAt.ToDateTimeOffset() - listenEvent.StartedAt.ToDateTimeOffset() > LateAfter ? 1 : 0;
        Sample(day, listenEvent);
        return new DayCounts(0, 0, late, 0);
    }

    private void Sample(string day, ListenEvent listenEvent)
    {
        var identity = string.Create(
            CultureInfo.InvariantCulture,
            $"{listenEvent.Listener}\n{listenEvent.StartedAt}\n{listenEvent.Id}\n{listenEvent is ImpressionEvent}"
        );
        var hash = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        if (!_samples.TryGetValue(day, out var hashes))
        {
            _samples.Add(day, hashes = []);
        }
        hashes.Add(hash);
        if (hashes.Count == ArchiveCounts.SampleSize * 4)
        {
            hashes.Sort();
            hashes.RemoveRange(ArchiveCounts.SampleSize, hashes.Count - ArchiveCounts.SampleSize);
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
