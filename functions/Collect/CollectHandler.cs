using System.Buffers;
using System.Runtime.InteropServices;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Collect;

/// <summary>A refused line.</summary>
/// <param name="Line">Its number in the body, or its place in the array, from 1.</param>
/// <param name="Reason">The wire code of a <see cref="RejectReason"/>.</param>
/// <param name="Field">Which field, where it is about one.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LineOutcome(int Line, string Reason, string? Field);

/// <summary>What became of a body.</summary>
/// <param name="Accepted">How many events were published.</param>
/// <param name="Rejected">How many lines were refused.</param>
/// <param name="Lines">The refused lines, the first <see cref="CollectOptions.MaxReportedLines"/> of them.</param>
public sealed record CollectOutcome(int Accepted, int Rejected, IReadOnlyList<LineOutcome> Lines);

/// <summary>Takes events from publishers that speak HTTP, and publishes those that are valid.</summary>
/// <remarks>
/// Sending a body again is harmless: events are identified by their ids, and the receipt stamp, which is new each time,
/// is outside identity and state.
/// </remarks>
public sealed class CollectHandler(IEventPublisher publisher, TimeProvider time, CollectOptions options)
{
    /// <summary>The reason of a line that tells of a listener whom the caller may not speak for.</summary>
    public const string OtherListener = "other_listener";

    /// <summary>Publishes a body's valid events; they are durable when it returns.</summary>
    /// <param name="caller">Who sends them: events of listeners they may not act for are refused, line by line.</param>
    /// <param name="body">NDJSON, or a JSON array.</param>
    /// <param name="cancellationToken">Cancels; some events may have been published.</param>
    /// <exception cref="System.Text.Json.JsonException">It starts as an array and is not one.</exception>
    /// <exception cref="StoreUnavailableException">Not known to be published; send it again.</exception>
    public async ValueTask<CollectOutcome> HandleAsync(
        Caller caller,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        var stamp = new ReceiptStamp(Instant.From(time.GetUtcNow()));
        var messages = new MessageBatch(options);
        var refused = new List<LineOutcome>();
        var accepted = 0;
        var rejected = 0;
        var line = new ArrayBufferWriter<byte>(1 << 10);
        foreach (var raw in EventBody.Read(body))
        {
            line.ResetWrittenCount();
            // What cannot be stamped is not JSON; the parser says so in its own words.
            var stamped = raw.Bytes.Length <= EventParser.MaxLineBytes && stamp.TryWrite(raw.Bytes.Span, line);
            var isEvent = EventParser.TryParseLine(
                stamped ? line.WrittenMemory : raw.Bytes,
                raw.Number,
                out var parsed,
                out var rejection
            );
            if (isEvent && caller.MayActFor(parsed!.Listener))
            {
                accepted++;
                messages.Add(line.WrittenSpan);
                continue;
            }
            rejected++;
            if (refused.Count < options.MaxReportedLines)
            {
                refused.Add(
                    isEvent
                        ? new LineOutcome(raw.Number, OtherListener, "listener")
                        : new LineOutcome(raw.Number, rejection.Code, rejection.Field)
                );
            }
        }
        await PublishAsync(messages, cancellationToken);
        return new CollectOutcome(accepted, rejected, refused);
    }

    /// <summary>Publishes lines that are events already; they are durable when it returns.</summary>
    /// <param name="lines">One event each, without a newline.</param>
    /// <param name="cancellationToken">Cancels; some may have been published.</param>
    /// <exception cref="StoreUnavailableException">Not known to be published; send them again.</exception>
    public async ValueTask PublishAsync(IEnumerable<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        var messages = new MessageBatch(options);
        foreach (var line in lines)
        {
            messages.Add(line.Span);
        }
        await PublishAsync(messages, cancellationToken);
    }

    private async ValueTask PublishAsync(MessageBatch messages, CancellationToken cancellationToken)
    {
        foreach (var chunk in messages.Take().Chunk(PublishLimits.MaxMessagesPerCall))
        {
            await publisher.PublishAsync(NocturneTopology.TopicNames.ListeningEvents, chunk, cancellationToken);
        }
    }

    /// <summary>Lines, gathered into messages within the bounds.</summary>
    private sealed class MessageBatch(CollectOptions options)
    {
        private readonly List<OutgoingMessage> _full = [];
        private ArrayBufferWriter<byte> _open = new();
        private int _events;

        public void Add(ReadOnlySpan<byte> line)
        {
            if (_events == options.MaxMessageEvents || _open.WrittenCount + line.Length + 1 > options.MaxMessageBytes)
            {
                Close();
            }
            _open.Write(line);
            _open.Write("\n"u8);
            _events++;
        }

        public List<OutgoingMessage> Take()
        {
            Close();
            return _full;
        }

        private void Close()
        {
            if (_events == 0)
            {
                return;
            }
            _full.Add(new OutgoingMessage(_open.WrittenMemory));
            _open = new ArrayBufferWriter<byte>();
            _events = 0;
        }
    }
}
