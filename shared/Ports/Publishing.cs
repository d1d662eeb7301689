using System.Collections.Frozen;

namespace Nocturne.Ports;

/// <summary>A message to publish.</summary>
/// <param name="Data">The body; with its attributes at most <see cref="PublishLimits.MaxMessageBytes"/>.</param>
/// <param name="Attributes">Keys and values; keys at most 256 bytes, values at most 1,024.</param>
public sealed record OutgoingMessage(ReadOnlyMemory<byte> Data, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>A message without attributes.</summary>
    public OutgoingMessage(ReadOnlyMemory<byte> data)
        : this(data, FrozenDictionary<string, string>.Empty) { }
}

/// <summary>Bounds that every adapter enforces with <see cref="LimitExceededException"/>.</summary>
public static class PublishLimits
{
    /// <summary>Bytes of one message; ours, well under Pub/Sub's 10 MB.</summary>
    public const int MaxMessageBytes = (1 << 20) + (64 << 10);

    /// <summary>Messages in one call; Pub/Sub's.</summary>
    public const int MaxMessagesPerCall = 1_000;
}

/// <summary>Publishes messages to a topic of Topology.</summary>
public interface IEventPublisher
{
    /// <summary>Publishes; the messages are durable when it returns.</summary>
    /// <param name="topic">The topic's logical name.</param>
    /// <param name="messages">At least one, at most <see cref="PublishLimits.MaxMessagesPerCall"/>.</param>
    /// <param name="cancellationToken">Cancels; some messages may have been published.</param>
    /// <returns>The message ids, in order.</returns>
    /// <exception cref="LimitExceededException">A message or the call is over a bound; nothing was published.</exception>
    /// <exception cref="TopicNotFoundException">There is no such topic.</exception>
    /// <exception cref="StoreUnavailableException">
    /// Not known to be published; publish again (subscribers see a message at least once anyway).
    /// </exception>
    ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    );
}
