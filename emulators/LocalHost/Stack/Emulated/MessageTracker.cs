using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack.Emulated;

/// <summary>
/// Which messages that this process published are still to be pushed or archived. Pub/Sub does not say how many
/// wait; who publishes and who receives are both here, so that they know together.
/// </summary>
internal sealed class MessageTracker(TimeProvider time)
{
    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Waiting> _waiting = NocturneTopology
        .Subscriptions.Where(subscription => subscription.Delivery is not Delivery.Pull)
        .ToDictionary(
            subscription => subscription.Name,
            subscription => new Waiting(subscription),
            StringComparer.Ordinal
        );
    private int _publishing;
    private int _underWay;
    private int _strangers; // under way, but not published by this process
    private long _movedAt = time.GetTimestamp();

    /// <summary>Messages that wait for a push or for the archive, or are under way.</summary>
    public long Backlog
    {
        get
        {
            lock (_gate)
            {
                return _strangers + _waiting.Values.Sum(waiting => (long)waiting.Refusals.Count);
            }
        }
    }

    /// <summary>For how long nothing has been published, delivered or archived.</summary>
    public TimeSpan Standstill
    {
        get
        {
            lock (_gate)
            {
                return _underWay > 0 ? TimeSpan.Zero : time.GetElapsedTime(_movedAt);
            }
        }
    }

    /// <summary>What waits where, for people.</summary>
    public string Describe()
    {
        lock (_gate)
        {
            return string.Join(
                ", ",
                _waiting
                    .Where(entry => entry.Value.Refusals.Count > 0)
                    .Select(entry => FormattableString.Invariant($"{entry.Value.Refusals.Count:n0} of {entry.Key}"))
            );
        }
    }

    /// <summary>Publishes; the messages wait from then on at every subscription of the topic.</summary>
    public async ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        Func<ValueTask<IReadOnlyList<string>>> publish
    )
    {
        lock (_gate)
        {
            _publishing++;
        }
        IReadOnlyList<string> ids = [];
        try
        {
            return ids = await publish();
        }
        finally
        {
            lock (_gate)
            {
                _publishing--;
                foreach (var waiting in _waiting.Values)
                {
                    if (waiting.Subscription.Topic == topic)
                    {
                        waiting.Add(ids);
                    }
                    if (_publishing == 0)
                    {
                        waiting.Early.Clear();
                    }
                }
                Moved();
            }
        }
    }

    /// <summary>A delivery begins.</summary>
    /// <returns>What to dispose when it has ended.</returns>
    public IDisposable Begin(string subscription, string id)
    {
        lock (_gate)
        {
            var isStranger = !_waiting[subscription].Refusals.ContainsKey(id);
            _underWay++;
            _strangers += isStranger ? 1 : 0;
            Moved();
            return new UnderWay(this, isStranger);
        }
    }

    /// <summary>Messages are handled, or in the archive.</summary>
    public void Handled(string subscription, IEnumerable<string> ids)
    {
        lock (_gate)
        {
            foreach (var id in ids)
            {
                End(_waiting[subscription], id);
            }
            Moved();
        }
    }

    /// <summary>A message was refused: it comes again, or after its last attempt goes to the dead letters.</summary>
    public void Refused(string subscription, string id)
    {
        lock (_gate)
        {
            var waiting = _waiting[subscription];
            var refusals = waiting.Refusals.GetValueOrDefault(id) + 1;
            if (refusals >= waiting.Subscription.DeadLetter?.MaxAttempts)
            {
                End(waiting, id);
            }
            else if (waiting.Refusals.ContainsKey(id))
            {
                waiting.Refusals[id] = refusals;
            }
            Moved();
        }
    }

    private void End(Waiting waiting, string id)
    {
        // A push may be quicker than the answer to the publisher.
        if (!waiting.Refusals.Remove(id) && _publishing > 0)
        {
            waiting.Early.Add(id);
        }
    }

    private void Moved() => _movedAt = time.GetTimestamp();

    private sealed class Waiting(Subscription subscription)
    {
        public Subscription Subscription => subscription;

        /// <summary>How often each waiting message was refused.</summary>
        public Dictionary<string, int> Refusals { get; } = new(StringComparer.Ordinal);

        /// <summary>Handled while a publication was under way that may be theirs.</summary>
        public HashSet<string> Early { get; } = new(StringComparer.Ordinal);

        public void Add(IReadOnlyList<string> ids)
        {
            foreach (var id in ids)
            {
                if (!Early.Remove(id))
                {
                    Refusals.TryAdd(id, 0);
                }
            }
        }
    }

    private sealed class UnderWay(MessageTracker tracker, bool isStranger) : IDisposable
    {
        public void Dispose()
        {
            lock (tracker._gate)
            {
                tracker._underWay--;
                tracker._strangers -= isStranger ? 1 : 0;
                tracker.Moved();
            }
        }
    }
}
