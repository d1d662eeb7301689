using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.RunNight.Checks;
using Nocturne.Topology;

namespace Nocturne.RunNight.Steps;

/// <summary>Checks that a run is whole, reports, moves the published pointer and tells whoever waits.</summary>
internal sealed partial class CloseStep(NightContext context, ILogger logger)
{
    private const int MaxManifestBytes = 64 << 20;
    private const int MaxUsageBytes = 64 << 10;

    private readonly NightMeasurer _measurer = new(context);

    public async ValueTask HandleAsync(RunId run, RunRecord record, CancellationToken cancellationToken)
    {
        var began = context.Time.GetUtcNow();
        var trained =
            await context.Objects.ReadBytesAsync(NightObjects.Trained(run), MaxManifestBytes, cancellationToken)
            ?? throw new InvalidDataException($"Run {run} has no training summary.");
        var summary = JsonSerializer.Deserialize(trained.Data, NightJson.Default.TrainingSummary)!;
        var listeners = 0;
        var tracks = 0;
        var emerging = 0L;
        var incremental = default(IncrementalCounts);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var shard = 0; shard < record.Shards; shard++)
        {
            var key = NightObjects.Manifest(run, shard);
            var read =
                await context.Objects.ReadBytesAsync(key, MaxManifestBytes, cancellationToken)
                ?? throw new InvalidDataException($"{key} is missing, though it was complete.");
            var manifest = JsonSerializer.Deserialize(read.Data, NightJson.Default.ShardManifest)!;
            listeners += manifest.Objects.Count;
            tracks += manifest.Tracks;
            emerging += manifest.EmergingTracks;
            incremental += manifest.Incremental;
            foreach (var (kind, count) in manifest.PlaylistsByKind)
            {
                kinds[kind] = kinds.GetValueOrDefault(kind) + count;
            }
        }
        var usage = await UsageAsync(run, cancellationToken);
        var (blends, fairBlends) = await CountBlendsAsync(run, record.Shards, cancellationToken);
        var arrivals = await _measurer.ArrivalsAsync(run, record, cancellationToken);
        var shown = await _measurer.ShownAsync(run, record.Shards, cancellationToken);
        var general = kinds.GetValueOrDefault(PlaylistKind.General.Value);
        var measures = await _measurer.MeasureAsync(
            record,
            summary,
            arrivals,
            shown,
            listeners,
            general,
            cancellationToken
        );
        CheckResult[] checks = [.. QualityCheck.All.Select(check => check.Run(measures))];
        var ended = record with
        {
            Listeners = summary.Listeners,
            Items = summary.Items,
            Interactions = summary.Interactions,
            Model = summary.Model,
            Checks = checks,
            Shown = shown,
            Epoch = summary.Epoch,
            Incremental = incremental,
            Emerging = summary.Emerging is null
                ? null
                : summary.Emerging with
                {
                    Share = emerging * 1_000_000 / Math.Max(1, tracks),
                },
            Playlists = kinds.Values.Sum(),
            Tracks = tracks,
            PlaylistsByKind = kinds,
            ClosingAt = began,
            Usage = usage.Operations,
            ProcessorTime = TimeSpan.FromMilliseconds(usage.ProcessorMilliseconds),
            Blends = blends,
            FairBlends = fairBlends,
            EndedAt = context.Time.GetUtcNow(),
        };
        foreach (var check in checks.Where(c => c.Outcome == CheckOutcome.Failed && c.Severity == CheckSeverity.Soft))
        {
            LogOdd(run, check.Name, check.Measured, check.Least, check.Most);
        }
        if (FailureOf(checks) is { } failure)
        {
            LogFailed(run, failure);
            await EndAsync(run, ended with { State = RunState.Failed, Failure = failure }, cancellationToken);
            return;
        }
        await PublishPointerAsync(run, record.Shards, cancellationToken);
        // Whose members changed since the snapshot: what the run made of them is not of their present members.
        await context.PublishAsync(NightStep.Blends, run, Enumerable.Range(0, record.Shards), cancellationToken);
        await context.Publisher.PublishAsync(
            NocturneTopology.TopicNames.PlaylistsReady,
            [
                new OutgoingMessage(
                    JsonSerializer.SerializeToUtf8Bytes(
                        new PublishedPointer(run.ToString(), record.Shards),
                        NightJson.Default.PublishedPointer
                    )
                ),
            ],
            cancellationToken
        );
        await EndAsync(run, ended with { State = RunState.Finished }, cancellationToken);
        LogFinished(run, ended.Listeners, ended.Playlists);
    }

    private async ValueTask<StepUsage> UsageAsync(RunId run, CancellationToken cancellationToken)
    {
        var usage = default(StepUsage);
        var prefix = NightObjects.UsagePrefix(run);
        await foreach (
            var noted in context.Objects.ListAsync(NightObjects.Report(run).Bucket, prefix, null, cancellationToken)
        )
        {
            if (await context.Objects.ReadBytesAsync(noted.Key, MaxUsageBytes, cancellationToken) is { } read)
            {
                usage += JsonSerializer.Deserialize(read.Data, NightJson.Default.StepUsage);
            }
        }
        return usage;
    }

    private async ValueTask<(int Made, int Fair)> CountBlendsAsync(
        RunId run,
        int shards,
        CancellationToken cancellationToken
    )
    {
        var published = new PublishedBlends(context.Objects, new PublishedPlaylists(context.Objects, context.Time));
        var (made, fair) = (0, 0);
        for (var shard = 0; shard < shards; shard++)
        {
            if (await published.ReadManifestAsync(run, shard, cancellationToken) is { } manifest)
            {
                made += manifest.Blends.Count;
                fair += manifest.Fair;
            }
        }
        return (made, fair);
    }

    private static string? FailureOf(CheckResult[] checks)
    {
        var failed = checks.Where(c => c.Outcome == CheckOutcome.Failed && c.Severity == CheckSeverity.Hard).ToList();
        return failed.Count == 0
            ? null
            : string.Join(
                "; ",
                failed.Select(c =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"check {c.Name} measured {c.Measured:0.####} and needs {(c.Least is { } least ? $"at least {least:0.##}" : $"at most {c.Most:0.##}")}"
                    )
                )
            );
    }

    /// <summary>Moves the pointer forward by generation; a backfill of an earlier date leaves it.</summary>
    private async ValueTask PublishPointerAsync(RunId run, int shards, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var next = new PublishedPointer(run.ToString(), shards);
            var read = await context.Objects.ReadBytesAsync(
                NightObjects.Published,
                MaxManifestBytes,
                cancellationToken
            );
            if (
                read is { } known
                && JsonSerializer.Deserialize(known.Data, NightJson.Default.PublishedPointer) is { } pointer
            )
            {
                if (string.CompareOrdinal(pointer.Run, run.ToString()) >= 0)
                {
                    return;
                }
                next = pointer.Then(run, shards);
            }
            try
            {
                await context.Objects.PutBytesAsync(
                    NightObjects.Published,
                    JsonSerializer.SerializeToUtf8Bytes(next, NightJson.Default.PublishedPointer),
                    "application/json",
                    read?.Info.Generation ?? IfGeneration.Absent,
                    cancellationToken
                );
                return;
            }
            catch (PreconditionFailedException) when (attempt < DocumentStoreExtensions.DefaultMaxAttempts)
            {
                // Another run moved it between reading and writing: look again.
            }
        }
    }

    private async ValueTask EndAsync(RunId run, RunRecord ended, CancellationToken cancellationToken)
    {
        await context.Objects.PutBytesAsync(
            NightObjects.ReadableReport(run),
            Encoding.UTF8.GetBytes(NightReport.Write(ended)),
            "text/markdown",
            IfGeneration.Any,
            cancellationToken
        );
        await context.Objects.PutBytesAsync(
            NightObjects.Report(run),
            ended.ToBytes(),
            "application/json",
            IfGeneration.Any,
            cancellationToken
        );
        await context.Documents.UpdateAsync(
            NightObjects.Record(run),
            document =>
                document is not null && RunRecord.Read(document.Data).State == RunState.Running
                    ? ended.ToBytes()
                    : (ReadOnlyMemory<byte>?)null,
            context.Time,
            cancellationToken
        );
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Run {Run}: check {Check} measured {Measured}, outside {Least} to {Most}"
    )]
    private partial void LogOdd(RunId run, string check, double? measured, double? least, double? most);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run} failed: {Failure}")]
    private partial void LogFailed(RunId run, string failure);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Run {Run} finished: {Listeners} listeners, {Playlists} playlists"
    )]
    private partial void LogFinished(RunId run, int listeners, int playlists);
}
