using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.GoogleRest;
using Nocturne.Adapters.Local;
using Nocturne.Emulators;
using Nocturne.Ports;
using Nocturne.StorageEmulator;
using Nocturne.Topology;

namespace Nocturne.Benchmarks;

/// <summary>
/// From the start of a function's process to its first answered request, and the most memory that it held by then and
/// after some more requests; <c>cold-start.sh</c> publishes what is started here.
/// </summary>
internal static class ColdStart
{
    // What one instance answers soon after its first request: memory that only the second request takes shows.
    private const int FurtherRequests = 20;
    private const int UploadsAtOnce = 8;
    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);

    private sealed record Start(
        double ListensMs,
        double FirstAnswerMs,
        double CpuMs,
        double NextAnswerMs,
        double FirstPeakMb,
        double PeakMb
    );

    public static async Task<int> RunAsync(string published, string demo, int runs)
    {
        if (GoogleEmulators.Missing is { } missing)
        {
            await Console.Error.WriteLineAsync(missing);
            return 2;
        }
        var deployment = new Deployment($"cold-start-{Environment.ProcessId}");
        await using var google = await GoogleEmulators.StartAsync();
        await using var storage = await StorageEmulatorHost.StartAsync(
            new StorageEmulatorOptions
            {
                Buckets = [.. NocturneTopology.Buckets.Select(bucket => deployment.BucketName(bucket.Name))],
            }
        );
        await using var sink = await StartSinkAsync();
        var hosts = google.Hosts with { Objects = storage.Host };
        await EmulatorTopology.CreateAsync(hosts, deployment, _ => new Uri(sink.Urls.Single()), default);
        var listener = await CopyObjectsAsync(demo, hosts, deployment);

        Console.WriteLine(
            $"{runs} starts each, medians; peak memory after the first answer and after {FurtherRequests} more"
        );
        Console.WriteLine();
        Console.WriteLine(
            "function       adapter        listens   first answer   x empty    CPU   next answers   peak MB   and after more"
        );
        var world = new ColdStartWorld(published, hosts, deployment, listener);
        var empty = await MeasureAsync(world, "Empty", adapter: null, runs);
        Print("Empty", "", empty, empty);
        foreach (var function in NocturneTopology.Functions)
        {
            foreach (var adapter in new[] { "GoogleRest", "GoogleCloud" })
            {
                Print(function.Name, adapter, await MeasureAsync(world, function.Name, adapter, runs), empty);
            }
        }
        return 0;
    }

    private static void Print(string function, string adapter, Start start, Start empty) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{function, -14} {adapter, -14} {start.ListensMs, 7:n0} ms {start.FirstAnswerMs, 9:n0} ms {start.FirstAnswerMs / empty.FirstAnswerMs, 9:n2} {start.CpuMs, 6:n0} {start.NextAnswerMs, 11:n0} ms {start.FirstPeakMb, 9:n0} {start.PeakMb, 16:n0}"
            )
        );

    private static async Task<Start> MeasureAsync(ColdStartWorld world, string function, string? adapter, int runs)
    {
        var starts = new List<Start>();
        // One more, unmeasured: it brings the files into the page cache.
        for (var run = 0; run <= runs; run++)
        {
            var start = await StartOnceAsync(world, function, adapter);
            if (run > 0)
            {
                starts.Add(start);
            }
        }
        return new Start(
            Median(starts.Select(start => start.ListensMs)),
            Median(starts.Select(start => start.FirstAnswerMs)),
            Median(starts.Select(start => start.CpuMs)),
            Median(starts.Select(start => start.NextAnswerMs)),
            Median(starts.Select(start => start.FirstPeakMb)),
            Median(starts.Select(start => start.PeakMb))
        );
    }

    private static async Task<Start> StartOnceAsync(ColdStartWorld world, string function, string? adapter)
    {
        var port = FreePort();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var begin = Stopwatch.GetTimestamp();
        using var process = world.Launch(function, adapter, port);
        try
        {
            await ListensAsync(port, process, begin);
            var listens = Stopwatch.GetElapsedTime(begin);
            await AnswerAsync(client, world, function);
            var elapsed = Stopwatch.GetElapsedTime(begin);
            process.Refresh();
            var cpu = process.TotalProcessorTime;
            var first = PeakMb(process);
            var further = new List<double>();
            for (var i = 0; i < FurtherRequests; i++)
            {
                var asked = Stopwatch.GetTimestamp();
                await AnswerAsync(client, world, function);
                further.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }
            return new Start(
                listens.TotalMilliseconds,
                elapsed.TotalMilliseconds,
                cpu.TotalMilliseconds,
                Median(further),
                first,
                PeakMb(process)
            );
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Waits until the process takes connections.</summary>
    private static async Task ListensAsync(int port, Process process, long begin)
    {
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (!process.HasExited && Stopwatch.GetElapsedTime(begin) < StartWithin)
            {
                await Task.Delay(AskPause);
            }
        }
    }

    private static async Task AnswerAsync(HttpClient client, ColdStartWorld world, string function)
    {
        using var request = world.Request(function);
        using var response = await client.SendAsync(request);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"{function} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}"
            );
        }
    }

    /// <summary>The most resident memory that a process has had, as Linux keeps it.</summary>
    private static double PeakMb(Process process)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status")
            .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)
            / 1024;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Copies what the demo's night made; the id of a listener who has playlists.</summary>
    private static async Task<string> CopyObjectsAsync(string demo, EmulatorHosts hosts, Deployment deployment)
    {
        await using var local = await LocalStack.OpenAsync(demo, new LocalStackOptions());
        await using var remote = new GoogleRestStores(deployment, new GoogleRestOptions { Emulators = hosts });
        foreach (var bucket in NocturneTopology.Buckets)
        {
            await Parallel.ForEachAsync(
                local.Objects.ListAsync(bucket.Name, "", null, CancellationToken.None),
                new ParallelOptions { MaxDegreeOfParallelism = UploadsAtOnce },
                async (found, cancellation) =>
                {
                    await using var content = await local.Objects.OpenReadAsync(found.Key, cancellation);
                    await remote.Objects.PutAsync(
                        found.Key,
                        content!.Stream,
                        "application/octet-stream",
                        0,
                        cancellation
                    );
                }
            );
        }
        await foreach (
            var listener in new Profiles.ListenerStore(local.Documents, TimeProvider.System).ListAsync(
                0,
                1,
                CancellationToken.None
            )
        )
        {
            return listener.Value;
        }
        throw new InvalidOperationException($"There is nobody in {demo}.");
    }

    /// <summary>Takes what is pushed, so that nobody tries again meanwhile.</summary>
    private static async Task<WebApplication> StartSinkAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var sink = builder.Build();
        sink.Urls.Add("http://127.0.0.1:0");
        sink.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        await sink.StartAsync();
        return sink;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
