using System.Diagnostics;
using System.Threading.Channels;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Profiles;

namespace Nocturne.IngestEvents;

/// <summary>
/// Gathers the rows that concurrent deliveries bring for one listener into one commit. At most one commit of a
/// listener is under way in an instance; what arrives meanwhile forms the next. Nothing waits on purpose: under
/// little load a row is committed at once, under much load commits grow.
/// </summary>
internal sealed class ListenerCoalescer : IAsyncDisposable
{
    private readonly ListenerStore _store;
    private readonly IngestOptions _options;
    private readonly Channel<ListenerId> _ready = Channel.CreateUnbounded<ListenerId>(); // bounded by MaxWaitingEvents
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _workers;

    // Guards _queues and the queues in it, and _waiting; held for a few dictionary operations at a time.
    private readonly Lock _lock = new();
    private readonly Dictionary<ListenerId, Queue> _queues = [];
    private int _waiting;

    public ListenerCoalescer(ListenerStore store, IngestOptions options)
    {
        _store = store;
        _options = options;
        // The workers outlive whatever request makes this: they must not work in its trace for ever.
        using (ExecutionContext.SuppressFlow())
        {
            _workers = [.. Enumerable.Range(0, options.ConcurrentCommits).Select(_ => Task.Run(CommitAsync))];
        }
    }

    /// <summary>Queues a delivery's rows; its task ends when all are committed, or fails when one commit did.</summary>
    /// <returns>False if too much is waiting already; nothing was queued then.</returns>
    public bool TryAdd(Dictionary<ListenerId, List<ReceivedRow>> rowsByListener, out Task committed)
    {
        committed = Task.CompletedTask;
        var delivery = new Delivery(rowsByListener.Count);
        lock (_lock)
        {
            if (_waiting >= _options.MaxWaitingEvents)
            {
                return false;
            }
            foreach (var (listener, rows) in rowsByListener)
            {
                _waiting += rows.Count;
                if (!_queues.TryGetValue(listener, out var queue))
                {
                    _queues.Add(listener, queue = new Queue());
                    _ready.Writer.TryWrite(listener);
                }
                queue.Parts.Add((rows, delivery));
            }
        }
        committed = delivery.Task;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _ready.Writer.TryComplete();
        await _stopping.CancelAsync();
        await Task.WhenAll(_workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            foreach (var (_, delivery) in _queues.Values.SelectMany(queue => queue.Parts))
            {
                delivery.Fail(new OperationCanceledException("The instance is stopping; deliver again."));
            }
            _queues.Clear();
        }
        _stopping.Dispose();
    }

    private async Task CommitAsync()
    {
        var parts = new List<(List<ReceivedRow> Rows, Delivery Delivery)>();
        var rows = new List<ReceivedRow>();
        await foreach (var listener in _ready.Reader.ReadAllAsync(_stopping.Token))
        {
            parts.Clear();
            rows.Clear();
            lock (_lock)
            {
                var waiting = _queues[listener].Parts;
                var taken = 0;
                while (taken < waiting.Count && (taken == 0 || rows.Count < _options.MaxEventsPerCommit))
                {
                    rows.AddRange(waiting[taken].Rows);
                    parts.Add(waiting[taken++]);
                }
                waiting.RemoveRange(0, taken);
            }
            Exception? failure = null;
            var span = StartSpan(parts, rows.Count);
            try
            {
                await _store.ApplyReceivedAsync(listener, rows, _stopping.Token);
            }
            catch (Exception e)
            {
                failure = e; // whatever it is, every delivery waiting for it must hear of it and come again
                span?.SetStatus(ActivityStatusCode.Error, e.Message);
            }
            span?.Dispose(); // before anybody hears of the commit, so that the trace is whole by then
            lock (_lock)
            {
                _waiting -= rows.Count;
                if (_queues[listener].Parts.Count == 0)
                {
                    _queues.Remove(listener);
                }
                else
                {
                    _ready.Writer.TryWrite(listener); // false when stopping: DisposeAsync answers those that wait
                }
            }
            foreach (var (_, delivery) in parts)
            {
                if (failure is null)
                {
                    delivery.PartDone();
                }
                else
                {
                    delivery.Fail(failure);
                }
            }
        }
    }

    /// <summary>The commit belongs to its first delivery's trace; the others' are linked.</summary>
    private static Activity? StartSpan(List<(List<ReceivedRow> Rows, Delivery Delivery)> parts, int events)
    {
        if (!NocturneTelemetry.Activities.HasListeners())
        {
            return null;
        }
        var span = NocturneTelemetry.Activities.StartActivity(
            "commit profile",
            ActivityKind.Internal,
            parts[0].Delivery.Trace,
            tags: null,
            parts
                .Skip(1)
                .Select(part => part.Delivery.Trace)
                .Where(trace => trace != default)
                .Select(trace => new ActivityLink(trace))
        );
        span?.SetTag("nocturne.events", events);
        span?.SetTag("nocturne.deliveries", parts.Count);
        return span;
    }

    private sealed class Queue
    {
        public List<(List<ReceivedRow> Rows, Delivery Delivery)> Parts { get; } = [];
    }

    /// <summary>One delivery's wait for the commits of all its listeners.</summary>
    private sealed class Delivery(int listeners)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = listeners;

        public Task Task => _done.Task;

        /// <summary>The span in which the delivery was queued; the default one if there was none.</summary>
        public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

        public void PartDone()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _done.TrySetResult();
            }
        }

        public void Fail(Exception failure) => _done.TrySetException(failure);
    }
}
