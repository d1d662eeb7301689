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
