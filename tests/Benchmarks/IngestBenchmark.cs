using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.IngestEvents;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.Benchmarks;

/// <summary>
/// From published message to durable profile on the local adapter: publish, push, parse, coalesce, commit; the
/// archive is written beside it. 10,000 listeners by a Zipf law, each with 100 events before.
/// </summary>
internal static class IngestBenchmark
{
    private const string PublishedAt = "benchmark-published-at";

    public static async Task<int> RunAsync(bool quick, LogDurability durability)
    {
        Console.WriteLine(
            $"Durability: {durability} (Process: a completed write survives SIGKILL; Disk: also a power cut)"
        );
        Console.WriteLine(
            $"{IngestLoad.Listeners:n0} listeners by a Zipf law, each with {IngestLoad.HistoryEvents} events before; every row starts from that."
        );
        Console.WriteLine();
        // The code is compiled while it warms up; what is measured is the steady state.
        await OnFreshStackAsync(durability, stack => ThroughputAsync(stack, 100_000, 100, 0));
        await OnFreshStackAsync(durability, stack => ThroughputAsync(stack, 20_000, 1, 0));
        Console.WriteLine(
            "scenario                            events/s   target   reads  writes  CPU µs   (reads, writes per 1,000 events; CPU per event)"
        );
        var batch = await OnFreshStackAsync(
            durability,
            stack => ThroughputAsync(stack, quick ? 100_000 : 500_000, 100, 50_000)
        );
        var single = await OnFreshStackAsync(
            durability,
            stack => ThroughputAsync(stack, quick ? 20_000 : 100_000, 1, 10_000)
        );
        var naive = await OnFreshStackAsync(durability, stack => NaiveAsync(stack, quick ? 2_000 : 20_000));
        Console.WriteLine($"naive: a commit an event          {naive, 10:n0}        -");
        Console.WriteLine(
            $"ratio to naive: {batch / naive:n1} x in messages of 100, {single / naive:n1} x in messages of 1"
        );
        Console.WriteLine();
        Console.WriteLine("publish to durable profile at half the target     p50 ms   p99 ms   max ms   target p99");
        var paced = quick ? 2 : 10;
        await OnFreshStackAsync(durability, stack => LatencyAsync(stack, 25_000, 100, paced));
        await OnFreshStackAsync(durability, stack => LatencyAsync(stack, 5_000, 1, paced));
        return 0;
    }

    private static async Task<double> OnFreshStackAsync(LogDurability durability, Func<Bench, Task<double>> measure)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"nocturne-benchmark-{Environment.ProcessId}");
        try
        {
            await using var stack = await LocalStack.OpenAsync(
                folder,
                new LocalStackOptions { Durability = durability }
            );
            var store = new ListenerStore(stack.Documents, TimeProvider.System);
            await using var handler = new IngestHandler(store, stack.Messages, new IngestOptions());
            var endpoint = new IngestEndpoint(handler, NullLogger<IngestEndpoint>.Instance);
            var bench = new Bench(stack, store, new IngestLoad(seed: 1), new Latencies(), new Answered());
            stack.Messages.AttachPush(
                NocturneTopology.SubscriptionNames.IngestEvents,
                async (request, token) =>
                {
                    var status = await endpoint.ReceiveBodyAsync(request.Body, token);
                    bench.Latencies.Record(request.Body);
                    if (status == 204)
                    {
                        bench.Answered.Add();
                    }
                    return status;
                }
            );
            foreach (var other in NocturneTopology.Subscriptions.Where(other => other.Delivery is Delivery.Push))
            {
                if (other.Name != NocturneTopology.SubscriptionNames.IngestEvents)
                {
                    stack.Messages.AttachPush(other.Name, (_, _) => new ValueTask<int>(204));
                }
            }
            stack.Messages.Start();
            await FillAsync(bench);
            GC.Collect();
            return await measure(bench);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task FillAsync(Bench bench) =>
        Parallel.ForEachAsync(
            Enumerable
                .Range(0, IngestLoad.Listeners)
                .Select(listener => (IngestLoad.ListenerOf(listener), bench.Load.HistoryOf(listener))),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (history, token) => await bench.Store.ApplyAsync(history.Item1, history.Item2, token)
        );

    private static async Task<double> ThroughputAsync(Bench bench, int events, int perMessage, int target)
    {
        var messages = Enumerable
            .Range(0, events / perMessage)
            .Select(_ => new OutgoingMessage(bench.Load.NextMessage(perMessage)))
            .ToArray();
        var expected = bench.Answered.Count + messages.Length;
        var before = bench.Stack.Counters.Snapshot();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        // As publishers do: small groups, several calls at once.
        await Parallel.ForEachAsync(
            messages.Chunk(perMessage == 1 ? 50 : 4),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (group, token) =>
                await bench.Stack.Messages.PublishAsync(NocturneTopology.TopicNames.ListeningEvents, group, token)
        );
        while (bench.Answered.Count < expected)
        {
            await Task.Delay(2);
        }
        var rate = events / watch.Elapsed.TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var used = bench.Stack.Counters.Snapshot() - before;
        var label = target == 0 ? "warming up:" : "messages of";
        Console.WriteLine(
            $"{label} {perMessage, 3} ({events, 9:n0} events){rate, 12:n0}{target, 9:n0}{used.DocumentReads * 1000d / events, 8:n0}{used.DocumentWrites * 1000d / events, 8:n0}{cpu.TotalMicroseconds / events, 12:n1}"
        );
        await bench.Stack.Messages.DrainAsync(CancellationToken.None);
        return rate;
    }

    /// <summary>The obvious way: every event its own read-change-write, 32 at a time.</summary>
    private static async Task<double> NaiveAsync(Bench bench, int events)
    {
        var rows = new List<(ListenerId Listener, HistoryRow Row)>();
        for (var i = 0; i < events; i++)
        {
            EventParser.ParseMessage(
                bench.Load.NextMessage(1),
                e => rows.Add((e.Listener, HistoryRow.Of(e))),
                _ => { }
            );
        }
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            rows,
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (row, token) => await bench.Store.ApplyAsync(row.Listener, [row.Row], token)
        );
        return events / watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> LatencyAsync(Bench bench, int eventsPerSecond, int perMessage, int seconds)
    {
        const int TicksPerSecond = 100;
        var perTick = eventsPerSecond / perMessage / TicksPerSecond;
        var messages = Enumerable
            .Range(0, perTick * TicksPerSecond * seconds)
            .Select(_ => bench.Load.NextMessage(perMessage))
            .ToArray();
        bench.Latencies.Reset();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1d / TicksPerSecond));
        var publishing = new List<Task>();
        var start = Stopwatch.GetTimestamp();
        for (var next = 0; next < messages.Length; )
        {
            await timer.WaitForNextTickAsync();
            // What the clock says is due: a late tick is made up for, and waiting counts as latency.
            var due = (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * perTick * TicksPerSecond);
            for (; next < Math.Min(due, messages.Length); next += perTick)
            {
                var stamp = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [PublishedAt] = Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture),
                };
                var group = messages
                    .AsSpan(next, Math.Min(perTick, messages.Length - next))
                    .ToArray()
                    .Select(data => new OutgoingMessage(data, stamp))
                    .ToArray();
                publishing.Add(
                    bench
                        .Stack.Messages.PublishAsync(
                            NocturneTopology.TopicNames.ListeningEvents,
                            group,
                            CancellationToken.None
                        )
                        .AsTask()
                );
            }
        }
        await Task.WhenAll(publishing);
        await bench.Stack.Messages.DrainAsync(CancellationToken.None);
        var (p50, p99, max) = bench.Latencies.Percentiles();
        Console.WriteLine(
            $"{eventsPerSecond, 7:n0} events/s in messages of {perMessage, 3}{"", 12}{p50, 9:n1}{p99, 9:n1}{max, 9:n1}        1,000"
        );
        return p99;
    }

    /// <summary>One scenario's stack and what measures it.</summary>
    private sealed record Bench(
        LocalStack Stack,
        ListenerStore Store,
        IngestLoad Load,
        Latencies Latencies,
        Answered Answered
    );

    /// <summary>How many deliveries were acknowledged.</summary>
    private sealed class Answered
    {
        private long _count;

        public long Count => Interlocked.Read(ref _count);

        public void Add() => Interlocked.Increment(ref _count);
    }

    /// <summary>Times from publish to answered push, read from the stamp in the envelope's attributes.</summary>
    private sealed class Latencies
    {
        private readonly Lock _lock = new();
        private readonly List<double> _milliseconds = [];

        public void Reset()
        {
            lock (_lock)
            {
                _milliseconds.Clear();
            }
        }

        public void Record(ReadOnlyMemory<byte> envelope)
        {
            var at = envelope.Span.IndexOf("\"benchmark-published-at\":\""u8);
            if (at < 0)
            {
                return;
            }
            var digits = envelope.Span[(at + PublishedAt.Length + 4)..];
            _ = System.Buffers.Text.Utf8Parser.TryParse(digits, out long stamp, out _);
            var elapsed = Stopwatch.GetElapsedTime(stamp).TotalMilliseconds;
            lock (_lock)
            {
                _milliseconds.Add(elapsed);
            }
        }

        public (double P50, double P99, double Max) Percentiles()
        {
            lock (_lock)
            {
                _milliseconds.Sort();
                return (
                    _milliseconds[_milliseconds.Count / 2],
                    _milliseconds[_milliseconds.Count * 99 / 100],
                    _milliseconds[^1]
                );
            }
        }
    }
}
