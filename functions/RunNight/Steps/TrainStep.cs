using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Recommending;
using Nocturne.RunNight.Blends;
using Nocturne.RunNight.Emerging;
using Nocturne.RunNight.Snapshots;
using Nocturne.RunNight.Training;
using Nocturne.Topology;

namespace Nocturne.RunNight.Steps;

/// <summary>Makes a run's catalogue and models from its snapshot; one worker at a time.</summary>
internal sealed class TrainStep(NightContext context)
{
    private const int MaxCatalogueLineBytes = 64 << 10;

    private readonly SnapshotReadings _snapshots = new(context);
    private readonly NightTrainer _trainer = new(context);
    private readonly EmergingStep _emerging = new(context);
    private readonly ModelEpochs _epochs = new(context);
    private readonly MatchStep _match = new(context);

    public async ValueTask HandleAsync(RunId run, RunRecord record, CancellationToken cancellationToken)
    {
        if (await context.Objects.HeadAsync(NightObjects.Trained(run), cancellationToken) is null)
        {
            await using var claim = await StepClaim.TakeAsync(context, run, NightStep.Train, cancellationToken);
            await context.NoteAsync(
                run,
                noted => noted.TrainingAt,
                (noted, now) => noted with { TrainingAt = now },
                cancellationToken
            );
            var summary = default(TrainingSummary)!;
            await context.CountAsync(
                run,
                NightStep.Train,
                0,
                async () => summary = await TrainAsync(run, record, cancellationToken),
                cancellationToken
            );
            await context.Objects.TryCreateAsync(
                NightObjects.Trained(run),
                JsonSerializer.SerializeToUtf8Bytes(summary, NightJson.Default.TrainingSummary),
                "application/json",
                cancellationToken
            );
            await context.NoteAsync(
                run,
                noted => noted.ComposingAt,
                (noted, now) => noted with { ComposingAt = now },
                cancellationToken
            );
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

    private async ValueTask<TrainingSummary> TrainAsync(
        RunId run,
        RunRecord record,
        CancellationToken cancellationToken
    )
    {
        var lines = await MakeCatalogueAsync(run, record, cancellationToken);
        var catalogue = new Catalogue([.. lines.Select(line => line.ToTrack())]);
        var trained = await _trainer.TrainAsync(run, record, catalogue, cancellationToken);
        var neighbours = ItemNeighbours.Fit(
            trained.Matrix,
            NightModel.NeighboursOptions,
            context.Options.Workers,
            cancellationToken
        );
        var popularity = Popularity.Fit(trained.Matrix, PopularityMeasure.Listeners);
        var notes = NotesOf(run, trained.Record);
        foreach (
            var (name, part) in new (string, RecommendationModel)[]
            {
                (NightModel.TasteName, trained.Taste),
                (NightModel.NeighboursName, neighbours),
                (NightModel.PopularityName, popularity),
            }
        )
        {
            var checksum = await SaveAsync(NightObjects.Model(run, name), part, notes, cancellationToken);
            trained.Record.Checksums.Add(name, checksum);
        }
        var models = new NightModel(catalogue, trained.Taste, neighbours, popularity);
        await _match.MakeAsync(run, record, models, cancellationToken);
        var emerging = await _emerging.MakeAsync(run, record, models, trained.Matrix, cancellationToken);
        var epoch = await _epochs.DecideAsync(run, record, models, trained.Record, emerging.Price, cancellationToken);
        return new TrainingSummary(
            trained.Listeners,
            trained.Matrix.Listeners,
            lines.Count,
            trained.Matrix.Count,
            trained.Record
        )
        {
            Emerging = emerging,
            Epoch = epoch,
        };
    }

    /// <summary>What an artefact says of itself; the whole record is beside it.</summary>
    private static Dictionary<string, string> NotesOf(RunId run, ModelRecord record) =>
        new(StringComparer.Ordinal)
        {
            ["run"] = run.ToString(),
            ["seed"] = record.Seed.ToString(CultureInfo.InvariantCulture),
            ["data_version"] = record.DataVersion,
            ["code_version"] = record.CodeVersion,
            ["values"] = JsonSerializer.Serialize(record.Values, NightJson.Default.SortedDictionaryStringDouble),
            ["decision"] = record.Decision.Outcome.ToString(),
            ["quality"] = record.Decision.Quality.ToString("R", CultureInfo.InvariantCulture),
        };

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
            await foreach (var listener in _snapshots.ReadAsync(run, record.Shards, null, cancellationToken))
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
            foreach (var line in best.Values.OrderBy(line => line.ToTrack(), Catalogue.Locality))
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

    private async ValueTask<string> SaveAsync(
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
        return Convert.ToHexStringLower(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
    }
}
