using System.Text.Json;
using Nocturne.Nights;
using Nocturne.Ports;

namespace Nocturne.RunNight.Checks;

/// <summary>Reads what a run's shards counted, and adds it up for the checks and the report.</summary>
internal sealed class NightMeasurer(NightContext context)
{
    private const int MaxBytes = 256 << 20;

    /// <summary>Arrivals of every day known: those of this run, and of the runs before for earlier days.</summary>
    public async ValueTask<ArchiveCounts> ArrivalsAsync(
        RunId run,
        RunRecord record,
        CancellationToken cancellationToken
    )
    {
        var all = new ArchiveCounts();
        var samples = new Dictionary<string, List<ulong[]>>(StringComparer.Ordinal);
        for (var shard = 0; shard < record.Shards; shard++)
        {
            // Absent in a run that an earlier version began.
            if (await ReadAsync(NightObjects.Arrivals(run, shard), cancellationToken) is { } counts)
            {
                foreach (var (day, count) in counts.Days)
                {
                    all.Add(day, count);
                }
                foreach (var (day, sample) in counts.Samples)
                {
                    samples.TryAdd(day, []);
                    samples[day].Add(sample);
                }
            }
        }
        foreach (var (day, of) in samples)
        {
            var duplicates = (long)Math.Round(ArchiveCounts.DuplicateShare(of) * all.Days[day].Lines);
            all.Days[day] = all.Days[day] with { Duplicates = duplicates };
        }
        if (
            record.Previous is { } previous
            && await ReadAsync(NightObjects.AllArrivals(RunId.Parse(previous)), cancellationToken) is { } earlier
        )
        {
            // A day that this run read whole counts as it reads it: more may have arrived since.
            foreach (var (day, count) in earlier.Days.Where(day => IsBefore(day.Key, record.ArchiveFrom)))
            {
                all.Days.TryAdd(day, count);
            }
        }
        await context.Objects.TryCreateAsync(
            NightObjects.AllArrivals(run),
            JsonSerializer.SerializeToUtf8Bytes(all, NightJson.Default.ArchiveCounts),
            "application/json",
            cancellationToken
        );
        return all;
    }

    /// <summary>What all shards' playlists show.</summary>
    public async ValueTask<ShownSummary> ShownAsync(RunId run, int shards, CancellationToken cancellationToken)
    {
        var slots = new Dictionary<string, long>(StringComparer.Ordinal);
        var recipes = new SortedDictionary<string, RecipeCounts>(StringComparer.Ordinal);
        for (var shard = 0; shard < shards; shard++)
        {
            var read = await context.Objects.ReadBytesAsync(
                NightObjects.Shown(run, shard),
                MaxBytes,
                cancellationToken
            );
            if (read is not { } found)
            {
                continue;
            }
            var shown = JsonSerializer.Deserialize(found.Data, NightJson.Default.ShownItems)!;
            foreach (var (item, count) in shown.Slots)
            {
                slots[item] = slots.GetValueOrDefault(item) + count;
            }
            foreach (var (kind, counts) in shown.Recipes)
            {
                recipes[kind] = recipes.GetValueOrDefault(kind) + counts;
            }
        }
        var all = slots.Values.Sum();
        var score = recipes.Values.Aggregate(0m, (sum, counts) => sum + counts.Score);
        return new ShownSummary(
            slots.Count,
            all,
            NightMeasures.TopShareOf(slots.Values),
            all == 0 ? 0 : (double)(score / all),
            recipes
        );
    }

    /// <summary>What the checks look at.</summary>
    public async ValueTask<NightMeasures> MeasureAsync(
        RunRecord record,
        TrainingSummary summary,
        ArchiveCounts arrivals,
        ShownSummary shown,
        long composed,
        long general,
        CancellationToken cancellationToken
    )
    {
        var (newest, volume) = NightMeasures.VolumeOf(
            arrivals,
            record.InputsUntil?.AddDays(1) ?? DateOnly.FromDateTime(record.StartedAt.UtcDateTime)
        );
        var before = record.Previous is { } previous
            ? (await context.ReadRunAsync(RunId.Parse(previous), cancellationToken))?.Shown
            : null;
        var best = summary.Model?.Qualities.Skip(1).DefaultIfEmpty(0).Max() ?? 0;
        return new NightMeasures
        {
            Listeners = summary.Listeners,
            Composed = composed,
            General = general,
            Newest = newest,
            Volume = volume,
            ModelQuality = best > 0 ? summary.Model!.Decision.Quality / best : null,
            ScoreDrift = before is { MeanScore: > 0 } && shown.Slots > 0 ? shown.MeanScore / before.MeanScore : null,
            TopExposure = shown.TopShare,
        };
    }

    private static bool IsBefore(string day, DateOnly? from) =>
        from is { } first
        && string.CompareOrdinal(day, first.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture))
            < 0;

    private async ValueTask<ArchiveCounts?> ReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var read = await context.Objects.ReadBytesAsync(key, MaxBytes, cancellationToken);
        return read is { } found ? JsonSerializer.Deserialize(found.Data, NightJson.Default.ArchiveCounts) : null;
    }
}
