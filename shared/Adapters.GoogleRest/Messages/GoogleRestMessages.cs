using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>Pub/Sub's topics to publish to and its subscriptions to pull from.</summary>
/// <remarks>
/// A publish that gets no answer is sent again: subscribers see a message at least once anyway. So is a pull, whose
/// unseen messages come back after the acknowledgement deadline.
/// </remarks>
public sealed class GoogleRestMessages : IEventPublisher, ISubscriptionReader
{
    /// <summary>Messages of one pull; Pub/Sub's.</summary>
    private const int MaxPull = 1_000;

    /// <summary>Ids of one acknowledgement: at about 200 bytes each under Pub/Sub's 512 KiB a request.</summary>
    private const int MaxAcknowledge = 1_000;

    private readonly GoogleApi _api;
    private readonly Deployment _deployment;
    private readonly OperationCounters _counters;

    internal GoogleRestMessages(GoogleApi api, Deployment deployment, OperationCounters counters)
    {
        _api = api;
        _deployment = deployment;
        _counters = counters;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var requests = PublishBody.Cut(messages);
        var ids = new List<string>(messages.Count);
        foreach (var (start, count, bytes) in requests)
        {
            var body = PublishBody.Write(messages, start, count, bytes);
            var path = _deployment.TopicPath(topic);
            var answer = await PostAsync("publish", path, body, PubSubJson.Default.PublishedIds, cancellationToken);
            if (answer.Error is { Code: HttpStatusCode.NotFound })
            {
                throw new TopicNotFoundException(
                    $"There is no topic {path}. Is {_deployment.Project} the right project? If so, `pulumi up` makes it."
                );
            }
            var published = answer.Required().MessageIds ?? [];
            if (published.Count != count)
            {
                throw new StoreUnavailableException(
                    $"Pub/Sub answered {published.Count} ids to {count} messages to {path}; publish them again."
                );
            }
            ids.AddRange(published);
            _counters.CountPublished(count, bytes);
        }
        return ids;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PulledMessage>> PullAsync(
        string subscription,
        int max,
        CancellationToken cancellationToken
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MaxPull);
        var body = Bodies.Write(
            64,
            json =>
            {
                json.WriteStartObject();
                json.WriteNumber("maxMessages", max);
                json.WriteBoolean("returnImmediately", value: true);
                json.WriteEndObject();
            }
        );
        var answer = await PostAsync(
            "pull",
            _deployment.SubscriptionPath(subscription),
            body,
            PubSubJson.Default.PulledBatch,
            cancellationToken
        );
        var received = answer.Required().ReceivedMessages ?? [];
        var pulled = new PulledMessage[received.Count];
        var bytes = 0L;
        for (var i = 0; i < pulled.Length; i++)
        {
            var message = received[i].Message;
            pulled[i] = new PulledMessage(
                message.MessageId,
                received[i].AckId,
                message.Data ?? [],
                message.Attributes ?? (IReadOnlyDictionary<string, string>)FrozenDictionary<string, string>.Empty,
                message.PublishTime
            );
            bytes += PublishBody.Bytes(pulled[i].Data, pulled[i].Attributes);
        }
        _counters.CountDelivered(pulled.Length, bytes);
        return pulled;
    }

    /// <inheritdoc/>
    public async ValueTask AcknowledgeAsync(
        string subscription,
        IReadOnlyCollection<string> ackIds,
        CancellationToken cancellationToken
    )
    {
        foreach (var ids in ackIds.Chunk(MaxAcknowledge))
        {
            var body = Bodies.Write(
                ids.Length * 256,
                json =>
                {
                    json.WriteStartObject();
                    json.WriteStartArray("ackIds");
                    foreach (var id in ids)
                    {
                        json.WriteStringValue(id);
                    }
                    json.WriteEndArray();
                    json.WriteEndObject();
                }
            );
            var path = _deployment.SubscriptionPath(subscription);
            var answer = await PostAsync("acknowledge", path, body, null as JsonTypeInfo<object>, cancellationToken);
            answer.Required();
        }
    }

    private ValueTask<ApiAnswer<T>> PostAsync<T>(
        string operation,
        string path,
        ReadOnlyMemory<byte> body,
        JsonTypeInfo<T>? type,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var address = _api.Service.At($"v1/{path}:{operation}?prettyPrint=false");
        var call = new ApiCall<T>(
            operation,
            path,
            () => _api.Service.Request(HttpMethod.Post, address, Bodies.Json(body)),
            async (response, cancellation) =>
            {
                await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
                if (type is null)
                {
                    await stream.CopyToAsync(Stream.Null, cancellation);
                    return null!;
                }
                return await JsonSerializer.DeserializeAsync(stream, type, cancellation)
                    ?? throw new JsonException("The answer is null.");
            }
        );
        return _api.SendAsync(call, cancellationToken);
    }
}
