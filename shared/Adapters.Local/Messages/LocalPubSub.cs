using System.Globalization;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Adapters.Local;

/// <summary>
/// Pub/Sub in a folder: topics and subscriptions of the topology, at-least-once delivery in no promised order,
/// acknowledgement deadlines, growing pauses, dead letters, and archives in buckets.
/// </summary>
/// <remarks>
/// A message is durable when publishing returns, and delivered until it is acknowledged, also across restarts. How
/// often it was delivered is forgotten by a restart.
/// </remarks>
public sealed class LocalPubSub : IEventPublisher, ISubscriptionReader, IAsyncDisposable
{
    private const int MaxSubscriptions = 64; // a bit each

    // A call of many large messages is appended in frames of about this size.
    private const int FrameBytes = 4 << 20;
    private const int LeastRecentBytes = 2 * FrameBytes;

    private readonly MessageBroker _broker;
    private readonly IObjectStore _archive;
    private readonly LocalPubSubOptions _options;
    private readonly OperationCounters _counters;
    private readonly Dictionary<string, PushEndpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly List<PushDelivery> _pushes = [];
    private readonly List<ArchiveDelivery> _archives = [];
    private bool _started;
    private bool _stopped;

    /// <summary>Opens a folder, creating it if need be; nothing is delivered before <see cref="Start"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="archive">Where subscriptions that deliver to Cloud Storage write.</param>
    /// <param name="options">Options.</param>
    /// <exception cref="FolderInUseException">The folder is open already.</exception>
    /// <exception cref="LogCorruptException">A file in it is damaged.</exception>
    /// <exception cref="TopicNotFoundException">A subscription is on a topic that is not in the options.</exception>
    public LocalPubSub(string folder, IObjectStore archive, LocalPubSubOptions? options = null)
    {
        _options = options ?? new LocalPubSubOptions();
        if (_options.Log.RecentBytes < LeastRecentBytes)
        {
            throw new ArgumentException(
                $"Log.RecentBytes is {_options.Log.RecentBytes}; messages need at least {LeastRecentBytes}.",
                nameof(options)
            );
        }
        if (_options.Subscriptions.Count > MaxSubscriptions)
        {
            throw new ArgumentException(
                $"There are {_options.Subscriptions.Count} subscriptions; at most {MaxSubscriptions} are possible.",
                nameof(options)
            );
        }
        _archive = archive;
        _counters = _options.Counters ?? new OperationCounters();
        _broker = new MessageBroker(folder, _options);
    }

    /// <summary>What opening found.</summary>
    public LogRecovery Recovery => _broker.Log.Recovery;

    /// <summary>Bytes of the files.</summary>
    public long FileBytes => _broker.Log.FileBytes;

    /// <summary>Sets the endpoint of a push subscription; before <see cref="Start"/>.</summary>
    public void AttachPush(string subscription, PushEndpoint endpoint)
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (Queue(subscription).Subscription.Delivery is not Delivery.Push)
        {
            throw new ArgumentException($"'{subscription}' is not a push subscription.", nameof(subscription));
        }
        if (_started)
        {
            throw new InvalidOperationException("Endpoints are attached before Start.");
        }
        _endpoints[subscription] = endpoint;
    }

    /// <summary>Begins to deliver, what an earlier run left first.</summary>
    /// <exception cref="InvalidOperationException">A push subscription has no endpoint.</exception>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (_started)
        {
            return;
        }
        foreach (var queue in _broker.Queues)
        {
            if (queue.Subscription.Delivery is Delivery.Push && !_endpoints.ContainsKey(queue.Subscription.Name))
            {
                throw new InvalidOperationException(
                    $"The push subscription '{queue.Subscription.Name}' has no endpoint; call AttachPush."
                );
            }
        }
        _started = true;
        foreach (var queue in _broker.Queues)
        {
            IDelivery? delivery = null;
            if (queue.Subscription.Delivery is Delivery.Push)
            {
                var push = new PushDelivery(_broker, queue, _endpoints[queue.Subscription.Name], _options, _counters);
                _pushes.Add(push);
                delivery = push;
            }
            else if (queue.Subscription.Delivery is Delivery.CloudStorage target)
            {
                var archive = new ArchiveDelivery(_broker, queue, target, _archive, _options, _counters);
                _archives.Add(archive);
                archive.Start();
                delivery = archive;
            }
            lock (_broker.Gate)
            {
                queue.Delivery = delivery;
                delivery?.OnReady();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        _broker.Log.Subscribers(topic);
        var bytes = Check(messages);
        if (_options.Chaos is not null && _options.Chaos.Strikes(Mishap.PublishLost))
        {
            throw new StoreUnavailableException("Chaos: the messages were not published.");
        }
        await WaitForRoomAsync(topic, cancellationToken);

        var ids = new string[messages.Count];
        var published = Append(topic, messages, ids);
        foreach (var (batch, durable) in published)
        {
            await durable;
            _broker.MakeReady(batch);
        }

        _counters.CountPublished(messages.Count, bytes);
        if (_options.Chaos is not null && _options.Chaos.Strikes(Mishap.PublishUnanswered))
        {
            throw new StoreUnavailableException("Chaos: the messages were published, but that was not confirmed.");
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
        cancellationToken.ThrowIfCancellationRequested();
        var queue = PullQueue(subscription);
        var taken = new List<Message>();
        lock (_broker.Gate)
        {
            var now = _broker.NowTicks;
            while (taken.Count < max && queue.TryTake(now, out var delivery))
            {
                taken.Add(delivery.Message);
                queue.EnqueueAt(
                    delivery with
                    {
                        Attempt = delivery.Attempt + 1,
                    },
                    now + queue.Subscription.AckDeadline.Ticks
                );
            }
            _broker.Schedule(queue.NextDueTicks);
        }
        var pulled = new List<PulledMessage>(taken.Count);
        foreach (var message in taken)
        {
            var record = new byte[message.Length];
            if (_broker.Log.TryRead(message, record))
            {
                var (attributes, dataStart) = MessageRecord.Read(record);
                var publishTime = new DateTimeOffset(message.PublishTime);
                pulled.Add(
                    new PulledMessage(
                        message.IdText,
                        message.IdText,
                        record.AsMemory(dataStart),
                        attributes,
                        publishTime
                    )
                );
                _counters.CountDelivered(1, record.Length);
            }
        }
        return pulled;
    }

    /// <inheritdoc/>
    public async ValueTask AcknowledgeAsync(
        string subscription,
        IReadOnlyCollection<string> ackIds,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var queue = PullQueue(subscription);
        lock (_broker.Gate)
        {
            var messages = new HashSet<Message>();
            foreach (var id in ackIds)
            {
                if (
                    long.TryParse(id, CultureInfo.InvariantCulture, out var value)
                    && _broker.Log.Find(value) is { } message
                    && queue.IsPending(message)
                )
                {
                    messages.Add(message);
                }
            }
            if (messages.Count == 0)
            {
                return;
            }
            _broker.Acknowledge(queue, [.. messages]);
        }
        await _broker.Log.FlushAsync();
    }

    /// <summary>
    /// Completes when no message is outstanding on any push or Cloud Storage subscription; files of the archive are
    /// closed for it at once. Messages that wait for another attempt are waited for.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing is delivered, because <see cref="Start"/> was not called.</exception>
    public Task DrainAsync(CancellationToken cancellationToken) =>
        _started && !_stopped
            ? _broker.DrainAsync(cancellationToken)
            : throw new InvalidOperationException("Messages are delivered between Start and Stop only.");

    /// <summary>How each subscription is doing; walks over all messages that are not acknowledged.</summary>
    public IReadOnlyList<SubscriptionStatistics> Statistics()
    {
        lock (_broker.Gate)
        {
            var now = _broker.NowTicks;
            var live = _broker.Log.Live;
            var statistics = new List<SubscriptionStatistics>();
            foreach (var queue in _broker.Queues)
            {
                var oldest = live.Find(queue.IsPending);
                statistics.Add(
                    new SubscriptionStatistics(
                        queue.Subscription.Name,
                        queue.Subscription.Topic,
                        queue.Backlog,
                        oldest is null ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(0, now - oldest.PublishTicks)),
                        queue.Acknowledged,
                        queue.Refused,
                        queue.DeadLettered
                    )
                );
            }
            return statistics;
        }
    }

    /// <summary>
    /// Ends delivery: takes no more messages, waits for those under way (up to
    /// <see cref="LocalPubSubOptions.StopTimeout"/>), then closes the files of the archive. What is not acknowledged
    /// is delivered by the next run.
    /// </summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }
        _stopped = true;
        await Task.WhenAll(_pushes.ConvertAll(p => p.StopAsync()));
        await Task.WhenAll(_archives.ConvertAll(a => a.StopAsync()));
        await _broker.Log.FlushAsync();
    }

    /// <summary>Stops, and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _broker.DisposeAsync();
    }

    private static long Check(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 0)
        {
            throw new ArgumentException("There is nothing to publish.", nameof(messages));
        }
        if (messages.Count > PublishLimits.MaxMessagesPerCall)
        {
            throw new LimitExceededException(
                $"The call has {messages.Count} messages; the limit is {PublishLimits.MaxMessagesPerCall}."
            );
        }
        var bytes = 0L;
        foreach (var message in messages)
        {
            bytes += MessageRecord.Check(message);
        }
        return bytes;
    }

    private List<(Message[] Messages, Task Durable)> Append(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        string[] ids
    )
    {
        var all = messages as OutgoingMessage[] ?? [.. messages];
        var published = new List<(Message[], Task)>(1);
        var publishTicks = _broker.PublishTicks();
        for (var start = 0; start < all.Length; )
        {
            var end = start;
            var bytes = 0;
            while (end < all.Length && bytes < FrameBytes)
            {
                bytes += all[end++].Data.Length;
            }
            var batch = _broker.Log.Publish(topic, publishTicks, all.AsSpan(start..end));
            _broker.CountBacklog(batch.Messages);
            for (var i = 0; i < batch.Messages.Length; i++)
            {
                ids[start + i] = batch.Messages[i].IdText;
            }
            published.Add(batch);
            start = end;
        }
        return published;
    }

    private async ValueTask WaitForRoomAsync(string topic, CancellationToken cancellationToken)
    {
        var started = _options.Time.GetTimestamp();
        while (_broker.IsFull(topic, out var room))
        {
            var left = _options.MaxPublishWait - _options.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return;
            }
            try
            {
                await room.WaitAsync(left, _options.Time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    private SubscriptionQueue PullQueue(string subscription)
    {
        var queue = Queue(subscription);
        return queue.Subscription.Delivery is Delivery.Pull
            ? queue
            : throw new ArgumentException($"'{subscription}' is not pulled.", nameof(subscription));
    }

    private SubscriptionQueue Queue(string subscription)
    {
        foreach (var queue in _broker.Queues)
        {
            if (queue.Subscription.Name == subscription)
            {
                return queue;
            }
        }
        throw new ArgumentException(
            $"There is no subscription '{subscription}' in the topology.",
            nameof(subscription)
        );
    }
}
