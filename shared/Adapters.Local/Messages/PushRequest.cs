namespace Nocturne.Adapters.Local;

/// <summary>One push delivery, as Pub/Sub posts it.</summary>
/// <param name="Subscription">The subscription's name.</param>
/// <param name="Headers">The request's headers.</param>
/// <param name="Body">The JSON envelope around the message; valid until the endpoint has answered.</param>
public sealed record PushRequest(
    string Subscription,
    IReadOnlyDictionary<string, string> Headers,
    ReadOnlyMemory<byte> Body
);

/// <summary>
/// Answers a push with an HTTP status: 102, 200, 201, 202 and 204 acknowledge the message, anything else and any
/// exception have it delivered again.
/// </summary>
/// <param name="request">The delivery.</param>
/// <param name="cancellationToken">Cancelled when the acknowledgement deadline has passed.</param>
public delegate ValueTask<int> PushEndpoint(PushRequest request, CancellationToken cancellationToken);

/// <summary>A message that was pulled; it comes back after the acknowledgement deadline unless it is acknowledged.</summary>
/// <param name="Id">The message's id, for <see cref="LocalPubSub.AckAsync"/>.</param>
/// <param name="Data">Its body.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="PublishTime">When it was published.</param>
public sealed record PulledMessage(
    string Id,
    ReadOnlyMemory<byte> Data,
    IReadOnlyDictionary<string, string> Attributes,
    DateTimeOffset PublishTime
);

/// <summary>How a subscription is doing.</summary>
/// <param name="Name">The subscription's name.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Backlog">Messages that are not acknowledged.</param>
/// <param name="OldestAge">Age of the oldest of them; zero where there is none.</param>
/// <param name="Acknowledged">Messages acknowledged since the start.</param>
/// <param name="Refused">Deliveries refused or not answered in time since the start.</param>
/// <param name="DeadLettered">Messages given up since the start.</param>
public sealed record SubscriptionStatistics(
    string Name,
    string Topic,
    long Backlog,
    TimeSpan OldestAge,
    long Acknowledged,
    long Refused,
    long DeadLettered
);
