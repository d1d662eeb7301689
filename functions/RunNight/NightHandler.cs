using Microsoft.Extensions.Logging;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.RunNight.Blends;
using Nocturne.RunNight.Steps;

namespace Nocturne.RunNight;

/// <summary>
/// Carries out the steps of a night. Every step may be delivered twice, late, or after a crash: its output's
/// existence is its completion, and whoever finds all outputs of a step publishes the next.
/// </summary>
public sealed class NightHandler : IDisposable
{
    private readonly NightContext _context;
    private readonly StartStep _start;
    private readonly SnapshotStep _snapshot;
    private readonly TrainStep _train;
    private readonly ComposeStep _compose;
    private readonly CloseStep _close;
    private readonly TickStep _tick;
    private readonly CancelStep _cancel;
    private readonly BlendStep _blends;
    private readonly RunModels _models;

    /// <summary>Makes a handler; one an instance, for it holds the run's model.</summary>
    public NightHandler(
        IDocumentStore documents,
        IObjectStore objects,
        IEventPublisher publisher,
        ListenerStore listeners,
        TimeProvider time,
        NightOptions options,
        ILogger<NightHandler> logger
    )
    {
        _context = new NightContext(documents, objects, publisher, listeners, time, options);
        _start = new StartStep(_context);
        _models = new RunModels(_context);
        _blends = new BlendStep(_context, _models);
        _snapshot = new SnapshotStep(_context, _blends);
        _train = new TrainStep(_context);
        _compose = new ComposeStep(_context, _models, _blends);
        _close = new CloseStep(_context, logger);
        _tick = new TickStep(_context, logger);
        _cancel = new CancelStep(_context, logger);
    }

    /// <summary>Carries out one message.</summary>
    /// <exception cref="StoreUnavailableException">A store did not answer; deliver the message again.</exception>
    public async ValueTask HandleAsync(NightMessage message, CancellationToken cancellationToken)
    {
        switch (message.Step)
        {
            case NightStep.Start:
                await _start.HandleAsync(message.Run, cancellationToken);
                return;
            case NightStep.Tick:
                await _tick.HandleAsync(cancellationToken);
                return;
        }
        var run = message.Run!.Value;
        switch (message.Step)
        {
            case NightStep.Blends:
                await _blends.CatchUpAsync(run, message.Shard, cancellationToken);
                return;
            case NightStep.Cancel:
                await _cancel.CancelAsync(run, cancellationToken);
                return;
            case NightStep.Resume:
                if (await _cancel.ResumeAsync(run, cancellationToken) is { } resumed)
                {
                    await _tick.RepublishAsync(run, resumed, cancellationToken);
                }
                return;
        }
        var record = await _context.ReadRunAsync(run, cancellationToken);
        if (record is not { State: RunState.Running } || message.Shard < 0 || message.Shard >= record.Shards)
        {
            return; // a late redelivery of a run that has ended, or a message of no run: nothing to do
        }
        switch (message.Step)
        {
            case NightStep.Snapshot:
                await _snapshot.HandleAsync(run, record, message.Shard, cancellationToken);
                break;
            case NightStep.Train:
                await _train.HandleAsync(run, record, cancellationToken);
                break;
            case NightStep.Compose:
                await _compose.HandleAsync(run, record, message.Shard, cancellationToken);
                break;
            case NightStep.Close:
                await _close.HandleAsync(run, record, cancellationToken);
                break;
        }
    }

    /// <summary>Makes a blend's playlist for its present members; nothing if there is one.</summary>
    /// <exception cref="StoreUnavailableException">A store did not answer; deliver the message again.</exception>
    public ValueTask HandleAsync(BlendChange change, CancellationToken cancellationToken) =>
        _blends.UpdateAsync(change.Blend, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _models.Dispose();
}
