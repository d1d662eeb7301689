using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nocturne.Cloud.Tests.Functions;

/// <summary>A function as a process of its own, started as Cloud Run starts it: by FUNCTION_TARGET and PORT.</summary>
internal sealed class FunctionProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private FunctionProcess(Process process, int port)
    {
        _process = process;
        Port = port;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }

    public HttpClient Client { get; }

    /// <summary>What it has written so far, to both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts a function and waits until it listens.</summary>
    public static async Task<FunctionProcess> StartAsync(
        string function,
        IReadOnlyDictionary<string, string?> environment,
        int? port = null
    )
    {
        var process = Launch(function, environment, port ?? FreePort());
        try
        {
            await process.ListensAsync();
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a function that is to fail; its exit code and what it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> FailAsync(
        string function,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        await using var process = Launch(function, environment, FreePort());
        var exitCode = await process.ExitAsync();
        return (exitCode, process.Output);
    }

    /// <summary>Asks it to end, as Cloud Run does.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(EndWithin);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The function did not end within {EndWithin}:\n{Output}", e);
        }
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private static FunctionProcess Launch(string function, IReadOnlyDictionary<string, string?> environment, int port)
    {
        var dotnet = Environment.ProcessPath!;
        var start = new ProcessStartInfo(dotnet.EndsWith("dotnet", StringComparison.Ordinal) ? dotnet : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"Nocturne.{function}.dll"));
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        start.Environment["FUNCTION_TARGET"] = $"Nocturne.{function}.Function";
        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        return new FunctionProcess(Process.Start(start)!, port);
    }

    private async Task ListensAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var response = await Client.GetAsync(new Uri("/health/live", UriKind.Relative));
                response.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException e)
            {
                if (_process.HasExited || TimeProvider.System.GetElapsedTime(started) > StartWithin)
                {
                    throw new InvalidOperationException($"The function did not start:\n{Output}", e);
                }
            }
            await Task.Delay(AskPause);
        }
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }
}
