using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nocturne.Benchmarks;

/// <summary>What a load measured.</summary>
/// <param name="Requests">Answers.</param>
/// <param name="Failures">Of those, other than 200.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Milliseconds">Every request's time, ascending.</param>
/// <param name="Bytes">Received.</param>
internal sealed record LoadResult(long Requests, long Failures, double Seconds, double[] Milliseconds, long Bytes)
{
    public double Rate => Requests / Seconds;

    public double At(double share) =>
        Milliseconds.Length == 0
            ? 0
            : Milliseconds[Math.Min(Milliseconds.Length - 1, (int)(Milliseconds.Length * share))];
}

/// <summary>Requests over connections that are kept, by sockets alone: what the client costs is taken from the server.</summary>
internal static class ServeLoad
{
    private const int BufferBytes = 1 << 18;

    /// <summary>
    /// Asks at a rate: each request has its time, and its latency counts from then, however long the ones before took.
    /// </summary>
    /// <param name="port">Of the server on this machine.</param>
    /// <param name="connections">Kept connections.</param>
    /// <param name="rate">Requests a second; null: each connection asks again as soon as it is answered.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="pathOf">The path of a request by its number.</param>
    public static async Task<LoadResult> RunAsync(
        int port,
        int connections,
        double? rate,
        TimeSpan duration,
        Func<int, string> pathOf
    )
    {
        var number = -1;
        var start = Stopwatch.GetTimestamp();
        var workers = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(WorkAsync)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double[] times = [.. workers.SelectMany(worker => worker.Times)];
        Array.Sort(times);
        return new LoadResult(
            times.Length,
            workers.Sum(worker => worker.Failures),
            seconds,
            times,
            workers.Sum(worker => worker.Bytes)
        );

        async Task<(List<double> Times, long Failures, long Bytes)> WorkAsync()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.NoDelay = true;
            await socket.ConnectAsync(IPAddress.Loopback, port);
            var buffer = new byte[BufferBytes];
            var (times, failures, bytes) = (new List<double>(), 0L, 0L);
            while (true)
            {
                var mine = Interlocked.Increment(ref number);
                var due = rate is { } perSecond ? mine / perSecond : Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (due >= duration.TotalSeconds)
                {
                    return (times, failures, bytes);
                }
                var early = due - Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (early > 0.001)
                {
                    await Task.Delay(TimeSpan.FromSeconds(early));
                }
                var (status, length) = await AskAsync(socket, buffer, pathOf(mine));
                times.Add((Stopwatch.GetElapsedTime(start).TotalSeconds - due) * 1000);
                failures += status == 200 ? 0 : 1;
                bytes += length;
            }
        }
    }

    /// <summary>One request and its whole answer.</summary>
    private static async Task<(int Status, int Bytes)> AskAsync(Socket socket, byte[] buffer, string path)
    {
        var length = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            buffer
        );
        await socket.SendAsync(buffer.AsMemory(0, length));
        var got = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(got));
            if (read == 0)
            {
                throw new IOException($"The server closed the connection on {path}.");
            }
            got += read;
            if (IsWhole(buffer.AsSpan(0, got)))
            {
                _ = Utf8Parser.TryParse(buffer.AsSpan("HTTP/1.1 ".Length), out int status, out _);
                return (status, got);
            }
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }
        var at = answer[..head].IndexOf("\r\nContent-Length: "u8);
        if (at < 0)
        {
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        }
        _ = Utf8Parser.TryParse(answer[(at + "\r\nContent-Length: ".Length)..], out int length, out _);
        return answer.Length - head - 4 >= length;
    }
}
