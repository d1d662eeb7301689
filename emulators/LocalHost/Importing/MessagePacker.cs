using System.Buffers;
using Nocturne.Domain;
using Nocturne.LocalHost.Operations;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Importing;

/// <summary>
/// Packs events into messages and publishes them, several a call; the next are packed while a call is under way.
/// Memory holds two calls.
/// </summary>
/// <param name="operations">Where to.</param>
/// <param name="eventsPerMessage">The most events in a message.</param>
/// <param name="cancellationToken">Cancels.</param>
/// <param name="callBytes">From how many bytes on a call is made.</param>
/// <param name="durable">Is told after each call how many of the events, from the first on, are durable.</param>
internal sealed class MessagePacker(
    IOperations operations,
    int eventsPerMessage,
    CancellationToken cancellationToken,
    int callBytes = MessagePacker.DefaultCallBytes,
    Func<long, ValueTask>? durable = null
)
{
    /// <summary>Two messages of the largest size: Pub/Sub takes calls of up to 10 MB.</summary>
    public const int DefaultCallBytes = 2 << 20;

    private const int MessageBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> _line = new(1 << 10);
    private List<OutgoingMessage> _messages = [];
    private ArrayBufferWriter<byte> _open = new();
    private int _openEvents;
    private int _callBytes;
    private Task _publishing = Task.CompletedTask;
    private long _closedEvents;
    private long _publishingEvents;

    /// <summary>Events added so far.</summary>
    public long Events { get; private set; }

    /// <summary>Adds an event's line, without its newline.</summary>
    public ValueTask AddAsync(ReadOnlySpan<byte> line)
    {
        var room = MessageBytes - line.Length - 1;
        var full = _openEvents == eventsPerMessage || _open.WrittenCount > room;
        if (full)
        {
            CloseMessage();
        }
        _open.Write(line);
        _open.Write("\n"u8);
        _openEvents++;
        Events++;
        return full && _callBytes >= callBytes ? PublishAsync() : ValueTask.CompletedTask;
    }

    /// <summary>Adds an event.</summary>
    public ValueTask AddAsync(ListenEvent listenEvent)
    {
        _line.ResetWrittenCount();
        EventWriter.WriteLine(_line, listenEvent);
        return AddAsync(_line.WrittenSpan[..^1]);
    }

    /// <summary>Publishes what is left; everything added is durable when it returns.</summary>
    public async ValueTask FlushAsync()
    {
        CloseMessage();
        await PublishAsync();
        await AwaitCallAsync();
    }

    private void CloseMessage()
    {
        if (_openEvents == 0)
        {
            return;
        }
        _messages.Add(new OutgoingMessage(_open.WrittenMemory));
        _callBytes += _open.WrittenCount;
        _open = new ArrayBufferWriter<byte>(_open.WrittenCount);
        _closedEvents += _openEvents;
        _openEvents = 0;
    }

    private async ValueTask AwaitCallAsync()
    {
        await _publishing;
        if (durable is not null && _publishingEvents > 0)
        {
            await durable(_publishingEvents);
        }
    }

    private async ValueTask PublishAsync()
    {
        await AwaitCallAsync();
        if (_messages.Count > 0)
        {
            _publishingEvents = _closedEvents;
            _publishing = operations.PublishAsync(_messages, cancellationToken).AsTask();
            _messages = [];
            _callBytes = 0;
        }
    }
}
