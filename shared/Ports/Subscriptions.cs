namespace Nocturne.Ports;

/// <summary>A message that was pulled; it comes back after the acknowledgement deadline unless it is acknowledged.</summary>
/// <param name="Id">The message's id, the same in every delivery.</param>
/// <param name="AckId">Names this delivery, for <see cref="ISubscriptionReader.AcknowledgeAsync"/>.</param>
/// <param name="Data">Its body.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="PublishTime">When it was published.</param>
public sealed record PulledMessage(
    string Id,
    string AckId,
    ReadOnlyMemory<byte> Data,
    IReadOnlyDictionary<string, string> Attributes,
    DateTimeOffset PublishTime
);

/// <summary>
/// Pulls from the subscriptions of Topology whose messages nobody pushes: dead letters, and archives where Pub/Sub
/// does not write them itself (Google's emulator).
/// </summary>
public interface ISubscriptionReader
{
    /// <summary>
    /// Takes up to <paramref name="max"/> messages that are there, without waiting for any. They come back after the
    /// acknowledgement deadline unless they are acknowledged.
    /// </summary>
    /// <param name="subscription">The subscription's logical name.</param>
    /// <param name="max">At most so many, 1 to 1,000; an empty answer does not prove that there are none.</param>
    /// <param name="cancellationToken">Cancels; what was taken comes back.</param>
    /// <exception cref="StoreUnavailableException">Pub/Sub did not answer; try again later.</exception>
    ValueTask<IReadOnlyList<PulledMessage>> PullAsync(
        string subscription,
        int max,
        CancellationToken cancellationToken
    );

    /// <summary>Acknowledges pulled messages, durably; ids that are not outstanding are ignored.</summary>
    /// <exception cref="StoreUnavailableException">Pub/Sub did not answer: the messages may come back.</exception>
    ValueTask AcknowledgeAsync(
        string subscription,
        IReadOnlyCollection<string> ackIds,
        CancellationToken cancellationToken
    );
}
