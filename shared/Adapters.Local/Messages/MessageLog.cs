using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>
/// The durable part of Pub/Sub: frames that publish, acknowledge and dead-letter messages, and the messages that are
/// not acknowledged by all subscriptions.
/// </summary>
/// <remarks>
/// An acknowledgement always follows the newest copy of its message, so a segment without live messages can be dropped
/// from the log's start with all its acknowledgements.
/// </remarks>
internal sealed class MessageLog : IAsyncDisposable
{
    private const byte PublishKind = 1; // topic, time, count, records with their lengths
    private const byte AckKind = 2; // subscription, count, ids
    private const byte DeadLetterKind = 3; // subscription, id, then as a publish of one
    private const byte CarriedKind = 4; // topic, time, id, count, subscriptions, record with its length
    private const int RecordOverheadBytes = 64; // of topic, time and the frame's share, roughly

    private readonly SegmentedLog _log;
    private readonly Compactor _compactor;
    private readonly IReadOnlyList<Subscription> _subscriptions;
    private readonly Dictionary<string, ulong> _subscribers; // of a topic, a bit each
    private readonly Dictionary<string, int> _bits; // by subscription
    private readonly Dictionary<long, Message> _live = [];
    private long _liveBytes;

    public MessageLog(string folder, LocalPubSubOptions options)
    {
        _subscriptions = options.Subscriptions;
        _subscribers = options.Topics.ToDictionary(t => t.Name, _ => 0UL, StringComparer.Ordinal);
        _bits = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var bit = 0; bit < _subscriptions.Count; bit++)
        {
            _bits.Add(_subscriptions[bit].Name, bit);
            if (!_subscribers.ContainsKey(_subscriptions[bit].Topic))
            {
                throw new TopicNotFoundException(
                    $"The subscription '{_subscriptions[bit].Name}' is on the topic '{_subscriptions[bit].Topic}', which is not in the topology."
                );
            }
            _subscribers[_subscriptions[bit].Topic] |= 1UL << bit;
        }
        _log = SegmentedLog.Open(folder, options.Log, Replay, options.Logger);
        _compactor = new Compactor(_log, () => Volatile.Read(ref _liveBytes), Carry, options.Logger);
    }

    /// <summary>
    /// Guards the live messages, the order of the log, and the queues of all subscriptions: one lock, held briefly.
    /// </summary>
    public Lock Gate { get; } = new();

    public LogRecovery Recovery => _log.Recovery;

    public long FileBytes => _log.TotalBytes;

    /// <summary>The messages that are not acknowledged by all, oldest first.</summary>
    public List<Message> Live => [.. _live.Values.OrderBy(m => m.Id)];

    /// <exception cref="TopicNotFoundException">There is no such topic.</exception>
    public ulong Subscribers(string topic) =>
        _subscribers.TryGetValue(topic, out var bits)
            ? bits
            : throw new TopicNotFoundException($"There is no topic '{topic}' in the topology.");

    /// <summary>Appends messages to a topic as one frame, and makes them live.</summary>
    public (Message[] Messages, Task Durable) Publish(
        string topic,
        long publishTicks,
        ReadOnlySpan<OutgoingMessage> messages
    )
    {
        var payload = PayloadWriter.Begin();
        payload.Byte(PublishKind);
        payload.String(topic);
        payload.Int64(publishTicks);
        payload.Count(messages.Length);
        Span<RecordPlace> places = new RecordPlace[messages.Length];
        for (var i = 0; i < messages.Length; i++)
        {
            places[i] = WriteRecord(payload, messages[i].Data.Span, messages[i].Attributes);
        }
        var published = new Message[messages.Length];
        lock (Gate)
        {
            var append = _log.Append(payload.Written);
            for (var i = 0; i < published.Length; i++)
            {
                published[i] = AddLive(topic, publishTicks, append.Address, places[i]);
            }
            return (published, append.Durable);
        }
    }

    /// <summary>Records that a subscription is done with messages; call it under <see cref="Gate"/>.</summary>
    /// <remarks>Lost with the process if that ends within milliseconds: the messages are then delivered again.</remarks>
    public void Acknowledge(int bit, ReadOnlySpan<Message> messages)
    {
        var payload = PayloadWriter.Begin();
        payload.Byte(AckKind);
        payload.String(_subscriptions[bit].Name);
        payload.Count(messages.Length);
        foreach (var message in messages)
        {
            payload.Int64(message.Id);
        }
        _log.Append(payload.Written, lazily: true);
        foreach (var message in messages)
        {
            ClearBit(message, bit);
        }
    }

    /// <summary>
    /// Acknowledges a message and publishes its copy to the dead-letter topic in one frame, so that a crash can
    /// neither lose nor double it; call it under <see cref="Gate"/>.
    /// </summary>
    public (Message Copy, Task Durable) MoveToDeadLetters(
        Message message,
        int bit,
        string topic,
        long publishTicks,
        ReadOnlySpan<byte> data,
        IReadOnlyDictionary<string, string> attributes
    )
    {
        var payload = PayloadWriter.Begin();
        payload.Byte(DeadLetterKind);
        payload.String(_subscriptions[bit].Name);
        payload.Int64(message.Id);
        payload.String(topic);
        payload.Int64(publishTicks);
        payload.Count(1);
        var place = WriteRecord(payload, data, attributes);
        var append = _log.Append(payload.Written);
        ClearBit(message, bit);
        return (AddLive(topic, publishTicks, append.Address, place), append.Durable);
    }

    /// <summary>A live message by its id; call it under <see cref="Gate"/>.</summary>
    public Message? Find(long id) => _live.GetValueOrDefault(id);

    /// <summary>
    /// Reads a message's record into the start of <paramref name="destination"/>; false where it is acknowledged by
    /// all subscriptions and gone.
    /// </summary>
    public bool TryRead(Message message, Span<byte> destination)
    {
        var record = destination[..message.Length];
        try
        {
            while (!_log.TryRead(Volatile.Read(ref message.Address), record))
            {
                // Compaction moved it meanwhile (its new address is known before the old segment goes), or dropped it.
                lock (Gate)
                {
                    if (message.Unacknowledged == 0)
                    {
                        return false;
                    }
                }
            }
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException($"Reading the message {message.Id} failed: {e.Message}", e);
        }
        return Crc32C.Compute(record) == message.Crc
            ? true
            : throw _log.CorruptAt(message.Address, "a message's checksum does not match");
    }

    /// <summary>Completes when everything appended before is durable.</summary>
    public Task FlushAsync() => _log.FlushAsync();

    /// <summary>Drops what the log no longer needs, in the background.</summary>
    public void ConsiderCompaction() => _compactor.Consider();

    public async ValueTask DisposeAsync()
    {
        await _compactor.DisposeAsync();
        await _log.DisposeAsync();
    }

    private static RecordPlace WriteRecord(
        PayloadWriter payload,
        ReadOnlySpan<byte> data,
        IReadOnlyDictionary<string, string> attributes
    )
    {
        // The length has a fixed width, because it is known only after the record is written.
        var lengthAt = payload.Length;
        payload.UInt32(0);
        var start = payload.Length;
        MessageRecord.Write(payload, data, attributes);
        payload.SetUInt32(lengthAt, (uint)(payload.Length - start));
        return new RecordPlace(start, payload.Length - start, Crc32C.Compute(payload.Written[start..]));
    }

    private Message AddLive(string topic, long publishTicks, long frameAddress, RecordPlace place)
    {
        var address = frameAddress + place.Start;
        var message = new Message
        {
            Id = address,
            Topic = topic,
            PublishTicks = publishTicks,
            Length = place.Length,
            Crc = place.Crc,
            Address = address,
            Unacknowledged = _subscribers.GetValueOrDefault(topic),
        };
        AddLive(message);
        return message;
    }

    private void AddLive(Message message)
    {
        if (message.Unacknowledged != 0)
        {
            _live[message.Id] = message;
            _liveBytes += message.Length + RecordOverheadBytes;
        }
    }

    private void ClearBit(Message message, int bit)
    {
        message.Unacknowledged &= ~(1UL << bit);
        if (message.Unacknowledged == 0 && _live.Remove(message.Id))
        {
            _liveBytes -= message.Length + RecordOverheadBytes;
        }
    }

    private void Replay(long address, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var kind = reader.Byte();
        if (kind == CarriedKind)
        {
            var (message, _) = ReadCarried(ref reader, address);
            if (_live.Remove(message.Id, out var earlier))
            {
                _liveBytes -= earlier.Length + RecordOverheadBytes;
            }
            AddLive(message);
            return;
        }
        if (kind is AckKind or DeadLetterKind)
        {
            var known = _bits.TryGetValue(reader.String(), out var bit);
            var count = kind == AckKind ? reader.Count() : 1;
            for (var i = 0; i < count; i++)
            {
                if (_live.TryGetValue(reader.Int64(), out var message) && known)
                {
                    ClearBit(message, bit);
                }
            }
        }
        if (kind is PublishKind or DeadLetterKind)
        {
            var topic = string.Intern(reader.String());
            var publishTicks = reader.Int64();
            for (var count = reader.Count(); count > 0; count--)
            {
                AddLive(topic, publishTicks, address, ReadRecord(ref reader));
            }
        }
    }

    private void Carry(long address, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var kind = reader.Byte();
        if (kind == AckKind)
        {
            return;
        }
        if (kind == CarriedKind)
        {
            var (message, place) = ReadCarried(ref reader, address);
            CarryRecord(message.Id, message.Address, payload.Slice(place.Start, place.Length));
            return;
        }
        if (kind == DeadLetterKind)
        {
            reader.String();
            reader.Int64();
        }
        reader.String();
        reader.Int64();
        for (var count = reader.Count(); count > 0; count--)
        {
            var place = ReadRecord(ref reader);
            CarryRecord(address + place.Start, address + place.Start, payload.Slice(place.Start, place.Length));
        }
    }

    private void CarryRecord(long id, long address, ReadOnlySpan<byte> record)
    {
        lock (Gate)
        {
            if (!_live.TryGetValue(id, out var message) || message.Address != address)
            {
                return;
            }
            var payload = PayloadWriter.Begin();
            payload.Byte(CarriedKind);
            payload.String(message.Topic);
            payload.Int64(message.PublishTicks);
            payload.Int64(message.Id);
            payload.Count(System.Numerics.BitOperations.PopCount(message.Unacknowledged));
            for (var bit = 0; bit < _subscriptions.Count; bit++)
            {
                if ((message.Unacknowledged & (1UL << bit)) != 0)
                {
                    payload.String(_subscriptions[bit].Name);
                }
            }
            payload.UInt32((uint)record.Length);
            payload.Raw(record);
            var start = payload.Length - record.Length;
            Volatile.Write(ref message.Address, _log.Append(payload.Written, lazily: true).Address + start);
        }
    }

    private (Message Message, RecordPlace Place) ReadCarried(ref PayloadReader reader, long address)
    {
        var topic = string.Intern(reader.String());
        var publishTicks = reader.Int64();
        var id = reader.Int64();
        var unacknowledged = 0UL;
        for (var count = reader.Count(); count > 0; count--)
        {
            if (_bits.TryGetValue(reader.String(), out var bit))
            {
                unacknowledged |= 1UL << bit;
            }
        }
        var place = ReadRecord(ref reader);
        var message = new Message
        {
            Id = id,
            Topic = topic,
            PublishTicks = publishTicks,
            Length = place.Length,
            Crc = place.Crc,
            Address = address + place.Start,
            Unacknowledged = unacknowledged,
        };
        return (message, place);
    }

    private static RecordPlace ReadRecord(ref PayloadReader reader)
    {
        var length = (int)reader.UInt32();
        var start = reader.Position;
        return new RecordPlace(start, length, Crc32C.Compute(reader.Raw(length)));
    }

    /// <summary>Where a record is in its frame's payload.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct RecordPlace(int Start, int Length, uint Crc);
}
