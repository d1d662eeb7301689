using System.Text.Json;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.RunNight;

/// <summary>What every step of a night works with.</summary>
internal sealed record NightContext(
    IDocumentStore Documents,
    IObjectStore Objects,
    IEventPublisher Publisher,
    ListenerStore Listeners,
    TimeProvider Time,
    NightOptions Options
)
{
    /// <summary>The run's record; null if there is no such run.</summary>
    public async ValueTask<RunRecord?> ReadRunAsync(RunId run, CancellationToken cancellationToken)
    {
        var document = await Documents.GetAsync(NightObjects.Record(run), cancellationToken);
        return document is null ? null : RunRecord.Read(document.Data);
    }

    /// <summary>Notes in a run's record, while it runs, when something happened first.</summary>
    public async ValueTask NoteAsync(
        RunId run,
        Func<RunRecord, DateTimeOffset?> noted,
        Func<RunRecord, DateTimeOffset, RunRecord> note,
        CancellationToken cancellationToken
    ) =>
        await Documents.UpdateAsync(
            NightObjects.Record(run),
            document =>
                document is not null
                && RunRecord.Read(document.Data) is { State: RunState.Running } record
                && noted(record) is null
                    ? note(record, Time.GetUtcNow()).ToBytes()
                    : (ReadOnlyMemory<byte>?)null,
            Time,
            cancellationToken
        );

    /// <summary>
    /// Does a shard of a step and notes what that used, which the report adds up. The first attempt that comes so far is
    /// noted: others redo what is there.
    /// </summary>
    public async ValueTask CountAsync(
        RunId run,
        NightStep step,
        int shard,
        Func<ValueTask> work,
        CancellationToken cancellationToken
    )
    {
        var used = new OperationCounters();
        var processor = ProcessorMeter.OfProcess.Begin();
        var took = TimeSpan.Zero;
        try
        {
            using (OperationCounters.Within(used))
            {
                await work();
            }
        }
        finally
        {
            took = ProcessorMeter.OfProcess.End(processor);
        }
        await Objects.TryCreateAsync(
            NightObjects.Usage(run, step, shard),
            JsonSerializer.SerializeToUtf8Bytes(
                new StepUsage(used.Snapshot(), (long)took.TotalMilliseconds),
                NightJson.Default.StepUsage
            ),
            "application/json",
            cancellationToken
        );
    }

    /// <summary>Publishes a step for every shard of <paramref name="shards"/>.</summary>
    public async ValueTask PublishAsync(
        NightStep step,
        RunId run,
        IEnumerable<int> shards,
        CancellationToken cancellationToken
    )
    {
        foreach (var chunk in shards.Chunk(PublishLimits.MaxMessagesPerCall))
        {
            await Publisher.PublishAsync(
                NocturneTopology.TopicNames.NightSteps,
                [.. chunk.Select(shard => new OutgoingMessage(new NightMessage(step, run, shard).ToBytes()))],
                cancellationToken
            );
        }
    }

    /// <summary>The shards whose markers under <paramref name="prefix"/> are missing.</summary>
    public async ValueTask<List<int>> MissingAsync(
        string bucket,
        string prefix,
        int shards,
        CancellationToken cancellationToken
    )
    {
        var missing = Enumerable.Range(0, shards).ToHashSet();
        await foreach (var marker in Objects.ListAsync(bucket, prefix, null, cancellationToken))
        {
            var name = marker.Key.Name.AsSpan(prefix.Length);
            if (int.TryParse(name[..name.IndexOf('.')], out var shard))
            {
                missing.Remove(shard);
            }
        }
        return [.. missing.Order()];
    }
}
