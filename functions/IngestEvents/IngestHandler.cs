using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Ports;
using Nocturne.Profiles;

namespace Nocturne.IngestEvents;

/// <summary>What became of one message.</summary>
public enum IngestOutcome
{
    /// <summary>Every valid event is in its listener's history, every refused line in rejected-events.</summary>
    Done,

    /// <summary>Too much is waiting for the store; deliver the message again later.</summary>
    Overloaded,
}

/// <summary>Takes a message's events into profiles.</summary>
public sealed partial class IngestHandler : IAsyncDisposable
{
    private readonly ListenerCoalescer _coalescer;
    private readonly RejectedLines _rejectedLines;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    /// <summary>Makes a handler; one an instance, for it is what coalesces.</summary>
    public IngestHandler(
        ListenerStore store,
        IEventPublisher publisher,
        IngestOptions options,
        ILogger<IngestHandler>? logger = null,
        TimeProvider? time = null
    )
    {
        _coalescer = new ListenerCoalescer(store, options);
        _rejectedLines = new RejectedLines(publisher);
        _logger = logger ?? NullLogger<IngestHandler>.Instance;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Handles one message; when it returns <see cref="IngestOutcome.Done"/>, all of it is durable.</summary>
    /// <param name="messageId">For the rejects.</param>
    /// <param name="data">NDJSON.</param>
    /// <param name="cancellationToken">Stops waiting; what is being committed is committed.</param>
    /// <exception cref="StoreUnavailableException">A store did not answer; deliver the message again.</exception>
    public async ValueTask<IngestOutcome> HandleAsync(
        string messageId,
        ReadOnlyMemory<byte> data,
        CancellationToken cancellationToken
    )
    {
        var rowsByListener = new Dictionary<ListenerId, List<ReceivedRow>>();
        List<Rejection>? rejections = null;
        var events = 0;
        Instant? oldestReceipt = null;
        EventParser.ParseMessage(
            data,
            listenEvent =>
            {
                ref var rows = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                    rowsByListener,
                    listenEvent.Listener,
                    out _
                );
                (rows ??= []).Add(new ReceivedRow(HistoryRow.Of(listenEvent), listenEvent.ReceivedAt));
                events++;
                if (oldestReceipt is not { } oldest || listenEvent.ReceivedAt < oldest)
                {
                    oldestReceipt = listenEvent.ReceivedAt;
                }
            },
            rejection => (rejections ??= []).Add(rejection)
        );
        if (rowsByListener.Count > 0)
        {
            if (!_coalescer.TryAdd(rowsByListener, out var committed))
            {
                return IngestOutcome.Overloaded;
            }
            await committed.WaitAsync(cancellationToken);
            NocturneTelemetry.EventsIngested.Add(events);
            if (oldestReceipt is { } receipt)
            {
                NocturneTelemetry.IngestLag.Record((_time.GetUtcNow() - receipt.ToDateTimeOffset()).TotalSeconds);
            }
        }
        if (rejections is not null)
        {
            await _rejectedLines.PublishAsync(messageId, rejections, cancellationToken);
            NocturneTelemetry.EventsRejected.Add(rejections.Count);
            foreach (var (reason, count) in rejections.CountBy(rejection => rejection.Code))
            {
                LogRefused(count, reason);
            }
        }
        return IngestOutcome.Done;
    }

    /// <summary>Records a push body that holds no message at all.</summary>
    public ValueTask RejectBodyAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        _rejectedLines.PublishAsync("", [new Rejection(RejectReason.InvalidMessage, null, 0, body)], cancellationToken);

    /// <summary>Stops: commits under way end, deliveries still waiting fail and come again.</summary>
    public ValueTask DisposeAsync() => _coalescer.DisposeAsync();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Count} lines: {Reason}")]
    private partial void LogRefused(int count, string reason);
}
