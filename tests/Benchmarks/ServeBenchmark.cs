using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Ports;
using Nocturne.Topology;

namespace Nocturne.Benchmarks;

/// <summary>
/// Serve's hot routes under load: server, stores and clients in one process on one machine, over real sockets.
/// </summary>
internal static class ServeBenchmark
{
    private const int Listeners = 100_000;
    private const int Tracks = 50_000;
    private const int Connections = 32;

    public static async Task<int> RunAsync(bool quick, string? data, int? perRoute)
    {
        var (listeners, tracks) = quick ? (Listeners / 50, Tracks / 10) : (Listeners, Tracks);
        var seconds = perRoute ?? (quick ? 2 : 10);
        var folder = data ?? Path.Combine(Path.GetTempPath(), $"nocturne-serve-{Environment.ProcessId}");
        try
        {
            await using var world = await ServeWorld.OpenAsync(folder, listeners, tracks);
            Console.WriteLine(
                $"{listeners:n0} listeners, {tracks:n0} tracks; load of the machine before: {await LoadAverageAsync()}"
            );
            await MeasureAsync(world, listeners, seconds);
            await MeasureFreshnessAsync(world, listeners, quick ? 50 : 400);
            Console.WriteLine($"load of the machine after: {await LoadAverageAsync()}");
            return 0;
        }
        finally
        {
            if (data is null && Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task MeasureAsync(ServeWorld world, int listeners, int seconds)
    {
        var random = new Random(7);
        var order = Enumerable.Range(0, 1 << 16).Select(_ => random.Next(listeners)).ToArray();
        string Of(int number, string route) =>
            $"/v1/listeners/{ServeWorld.ListenerOf(order[number & (order.Length - 1)])}/{route}";
        var queries = Enumerable.Range(0, 4096).Select(_ => QueryOf(world, random)).ToArray();
        var routes = new (string Name, double Rate, double TargetMs, Func<int, string> PathOf)[]
        {
            ("home", 5_000, 20, number => Of(number, "home")),
            ("made-for-you", 5_000, 20, number => Of(number, "made-for-you")),
            ("next", 500, 30, number => Of(number, "next")),
            ("search", 200, 20, number => queries[number & 4095]),
            (
                "search, personal",
                200,
                20,
                number =>
                    $"{queries[number & 4095]}&listener={ServeWorld.ListenerOf(order[number & (order.Length - 1)])}"
            ),
            (
                "similar",
                500,
                20,
                number => $"/v1/items/{world.Items[(int)(number * 7919L % world.Items.Count)]}/similar"
            ),
        };
        Console.WriteLine(
            "at a rate               asked/s  answered/s    p50 ms    p99 ms    max ms   target p99   KiB each   failed"
        );
        // The server's code is compiled twice while it warms up; what is measured is the steady state.
        for (var route = 0; route < routes.Length; route++)
        {
            await ServeLoad.RunAsync(
                world.Port,
                Connections,
                null,
                TimeSpan.FromSeconds(seconds),
                routes[route].PathOf
            );
        }
        foreach (var route in routes)
        {
            // Compiled, and what caches there are warm as they are in use.
            await ServeLoad.RunAsync(
                world.Port,
                Connections,
                null,
                TimeSpan.FromSeconds(Math.Min(seconds, 3) / 2d),
                route.PathOf
            );
            GC.Collect();
            var result = await ServeLoad.RunAsync(
                world.Port,
                Connections,
                route.Rate,
                TimeSpan.FromSeconds(seconds),
                route.PathOf
            );
            Print(
                $"{route.Name, -20}{route.Rate, 11:n0}{result.Rate, 12:n0}{result.At(0.5), 10:n2}{result.At(0.99), 10:n2}{result.At(1), 10:n1}{route.TargetMs, 13:n0}{result.Bytes / 1024d / Math.Max(1, result.Requests), 11:n1}{result.Failures, 9:n0}"
            );
        }
        Console.WriteLine("as fast as they are answered    answered/s    p50 ms    p99 ms    CPU ms each");
        foreach (var route in routes)
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var result = await ServeLoad.RunAsync(
                world.Port,
                Connections,
                null,
                TimeSpan.FromSeconds(seconds / 2d),
                route.PathOf
            );
            var used = Process.GetCurrentProcess().TotalProcessorTime - before;
            Print(
                $"{route.Name, -20}{result.Rate, 22:n0}{result.At(0.5), 10:n2}{result.At(0.99), 10:n2}{used.TotalMilliseconds / Math.Max(1, result.Requests), 15:n3}"
            );
        }
    }

    /// <summary>As people type: a name begun, or whole, or with two letters swapped.</summary>
    private static string QueryOf(ServeWorld world, Random random)
    {
        var name = world.Words[random.Next(world.Words.Count)].ToCharArray();
        var length = 1 + random.Next(name.Length);
        if (length > 5 && random.Next(3) == 0)
        {
            var at = 1 + random.Next(length - 2);
            (name[at], name[at - 1]) = (name[at - 1], name[at]);
        }
        return $"/v1/search?q={Uri.EscapeDataString(new string(name, 0, length).Trim())}";
    }

    /// <summary>From an event's publication to a list of what to play next that no longer has what was played.</summary>
    private static async Task MeasureFreshnessAsync(ServeWorld world, int listeners, int rounds)
    {
        using var client = new HttpClient();
        var random = new Random(11);
        var times = new List<double>(rounds);
        for (var round = 0; round < rounds; round++)
        {
            var listener = ServeWorld.ListenerOf(random.Next(listeners));
            var address = new Uri($"http://127.0.0.1:{world.Port}/v1/listeners/{listener}/next?limit=1");
            var first = await FirstAsync(client, address);
            var message = new OutgoingMessage(PlayOf(listener, first));
            var began = Stopwatch.GetTimestamp();
            await world.Publisher.PublishAsync(
                NocturneTopology.TopicNames.ListeningEvents,
                [message],
                CancellationToken.None
            );
            while (await FirstAsync(client, address) == first)
            {
                await Task.Delay(1);
            }
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        times.Sort();
        Print(
            $"published until seen in next, {rounds:n0} times: p50 {times[times.Count / 2]:n1} ms, p99 {times[times.Count * 99 / 100]:n1} ms, max {times[^1]:n1} ms; target p99 1,000"
        );
    }

    private static async Task<string> FirstAsync(HttpClient client, Uri address)
    {
        using var body = JsonDocument.Parse(await client.GetByteArrayAsync(address));
        return body.RootElement.GetProperty("playlist").GetProperty("tracks")[0].GetProperty("item").GetString()!;
    }

    private static byte[] PlayOf(string listener, string item)
    {
        var now = Instant.From(TimeProvider.System.GetUtcNow());
        var line = new ArrayBufferWriter<byte>();
        EventWriter.WriteLine(
            line,
            new PlayEvent
            {
                Listener = new ListenerId(listener),
                Id = new EventId($"fresh-{now.UnixMilliseconds}-{item}"),
                StartedAt = now,
                ReceivedAt = now,
                Item = new ItemId(item),
                MsPlayed = 200_000,
                DurationMs = 200_000,
                End = PlayEnd.Completed,
            }
        );
        return line.WrittenSpan.ToArray();
    }

    private static async Task<string> LoadAverageAsync() =>
        File.Exists("/proc/loadavg") ? (await File.ReadAllTextAsync("/proc/loadavg"))[..4] : "unknown";

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
