using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Recommending;
using Nocturne.RunNight.Snapshots;
using Nocturne.Topology;

namespace Nocturne.RunNight.Steps;

/// <summary>Makes a run's catalogue and models from its snapshot; one worker at a time.</summary>
internal sealed class TrainStep(NightContext context)
{
    private const int MaxCatalogueLineBytes = 64 << 10;

    public async ValueTask HandleAsync(RunId run, RunRecord record, CancellationToken cancellationToken)
    {
        if (await context.Objects.HeadAsync(NightObjects.Trained(run), cancellationToken) is null)
        {
            await using var claim = await StepClaim.TakeAsync(context, run, NightStep.Train, cancellationToken);
            await TrainAsync(run, record, cancellationToken);
        }
        var missing = await context.MissingAsync(
            NightObjects.Published.Bucket,
            NightObjects.ManifestPrefix(run),
            record.Shards,
            cancellationToken
        );
        if (missing.Count > 0)
        {
            await context.PublishAsync(NightStep.Compose, run, missing, cancellationToken);
        }
        else
        {
            await context.PublishAsync(NightStep.Close, run, [0], cancellationToken);
        }
    }

    private async ValueTask TrainAsync(RunId run, RunRecord record, CancellationToken cancellationToken)
    {
        var lines = await MakeCatalogueAsync(run, record, cancellationToken);
        var index = new Dictionary<ItemId, int>(lines.Count);
        foreach (var line in lines)
        {
            index.Add(new ItemId(line.Item!), index.Count);
        }
        var builder = new InteractionMatrixBuilder(lines.Count);
        var listeners = 0;
        var items = new List<int>();
        var weights = new List<float>();
        await foreach (var listener in ReadSnapshotAsync(run, record, cancellationToken))
        {
            listeners++;
            if (!IsTrainedOn(listener.Listener, run, record.Shards))
            {
                continue;
            }
            items.Clear();
            weights.Clear();
            foreach (var item in listener.Items)
            {
                if (item.Streams > 0)
                {
                    items.Add(index[item.Item]);
                    // One more for every doubling: the tenth stream says less than the second.
                    weights.Add(1 + BitOperations.Log2((ulong)item.Streams));
                }
            }
            builder.AppendRow(items.ToArray(), weights.ToArray());
        }
        var matrix = builder.Build();
        var neighbours = ItemNeighbours.Fit(
            matrix,
            new ItemNeighboursOptions(),
            context.Options.Workers,
            cancellationToken
        );
        var popularity = Popularity.Fit(matrix, PopularityMeasure.Listeners);
        var notes = new Dictionary<string, string>(StringComparer.Ordinal) { ["run"] = run.ToString() };
        await SaveAsync(NightObjects.Model(run, NightModel.NeighboursName), neighbours, notes, cancellationToken);
        await SaveAsync(NightObjects.Model(run, NightModel.PopularityName), popularity, notes, cancellationToken);
        await context.Objects.TryCreateAsync(
            NightObjects.Trained(run),
            JsonSerializer.SerializeToUtf8Bytes(
                new TrainingSummary(listeners, matrix.Listeners, lines.Count, matrix.Count),
                NightJson.Default.TrainingSummary
            ),
            "application/json",
            cancellationToken
        );
    }

    /// <summary>
    /// Every item that a listener played or an operator described, by id; named by operators first, then by events
    /// (see <see cref="CatalogueLine.Better"/>).
    /// </summary>
    private async ValueTask<List<CatalogueLine>> MakeCatalogueAsync(
        RunId run,
        RunRecord record,
        CancellationToken cancellationToken
    )
    {
        if (await context.Objects.HeadAsync(NightObjects.Catalogue(run), cancellationToken) is null)
        {
            var best = new Dictionary<string, CatalogueLine>(StringComparer.Ordinal);
            if (record.Previous is { } previous)
            {
                var known = await NightModel.ReadCatalogueAsync(
                    context.Objects,
                    RunId.Parse(previous),
                    cancellationToken
                );
                // An operator's line of yesterday is today's upload, if it still stands; events' names carry on.
                known.Where(line => line.NamedAt is not null).ToList().ForEach(line => Merge(best, line));
            }
            await foreach (
                var upload in context.Objects.ListAsync(
                    NocturneTopology.BucketNames.Catalogue,
                    NightObjects.CatalogueUploads,
                    null,
                    cancellationToken
                )
            )
            {
                await MergeFileAsync(best, upload.Key, cancellationToken);
            }
            for (var shard = 0; shard < record.Shards; shard++)
            {
                await MergeFileAsync(best, NightObjects.Names(run, shard), cancellationToken);
            }
            await foreach (var listener in ReadSnapshotAsync(run, record, cancellationToken))
            {
                foreach (var item in listener.Items)
                {
                    Merge(
                        best,
                        new CatalogueLine
                        {
                            Item = item.Item.Value,
                            Kind = item.Kind,
                            Artist = item.Artist?.Value,
                            NamedAt = DateTimeOffset.UnixEpoch,
                        }
                    );
                }
            }
            using var content = new MemoryStream();
            foreach (var line in best.Values.OrderBy(line => line.Item, StringComparer.Ordinal))
            {
                await content.WriteAsync(line.ToBytes(), cancellationToken);
                content.WriteByte((byte)'\n');
            }
            await context.Objects.TryCreateAsync(
                NightObjects.Catalogue(run),
                content.GetBuffer().AsMemory(0, (int)content.Length),
                "application/octet-stream",
                cancellationToken
            );
        }
        return await NightModel.ReadCatalogueAsync(context.Objects, run, cancellationToken);
    }

    private async ValueTask MergeFileAsync(
        Dictionary<string, CatalogueLine> best,
        ObjectKey key,
        CancellationToken cancellationToken
    )
    {
        await using var content = await context.Objects.OpenReadAsync(key, cancellationToken);
        if (content is null)
        {
            return;
        }
        await foreach (var line in Lines.ReadAsync(content.Stream, MaxCatalogueLineBytes, cancellationToken))
        {
            if (!line.IsEmpty)
            {
                Merge(best, CatalogueLine.Parse(line.Span));
            }
        }
    }

    private static void Merge(Dictionary<string, CatalogueLine> best, CatalogueLine line)
    {
        best[line.Item!] = best.TryGetValue(line.Item!, out var known) ? CatalogueLine.Better(known, line) : line;
    }

    private async IAsyncEnumerable<SnapshotListener> ReadSnapshotAsync(
        RunId run,
        RunRecord record,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var shard = 0; shard < record.Shards; shard++)
        {
            var key = NightObjects.Snapshot(run, shard);
            await using var content =
                await context.Objects.OpenReadAsync(key, cancellationToken)
                ?? throw new InvalidDataException($"{key} is missing, though it was complete.");
            foreach (var listener in SnapshotReader.Read(content.Stream, key.ToString()))
            {
                yield return listener;
            }
        }
    }

    /// <summary>A fixed sample by hash, so that training does not grow with the number of listeners.</summary>
    private bool IsTrainedOn(ListenerId listener, RunId run, int shards)
    {
        var about = (long)shards * context.Options.ListenersPerShard;
        if (about <= context.Options.MaxTrainingListeners)
        {
            return true;
        }
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{run}/{listener}"));
        return BitConverter.ToUInt32(hash) % about < context.Options.MaxTrainingListeners;
    }

    private async ValueTask SaveAsync(
        ObjectKey key,
        RecommendationModel model,
        Dictionary<string, string> notes,
        CancellationToken cancellationToken
    )
    {
        using var content = new MemoryStream();
        model.Save(content, notes);
        await context.Objects.TryCreateAsync(
            key,
            content.GetBuffer().AsMemory(0, (int)content.Length),
            "application/octet-stream",
            cancellationToken
        );
    }
}
