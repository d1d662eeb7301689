using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nocturne.Infra.Tests;

/// <summary>infra/smoke against something that answers as a deployment does, or as a broken one.</summary>
public sealed class SmokeTests : IAsyncLifetime
{
    private readonly HttpListener _listener;
    private readonly string _address;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly Task _serving;
    private Func<string, (int Status, string Body)?> _broken = _ => null;
    private int _looks;

    public SmokeTests()
    {
        (_listener, _address) = Listen();
        _serving = ServeAsync();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    [Fact]
    public async Task Smoke_AWholeDeployment_Passes()
    {
        var (exitCode, output) = await SmokeAsync("night-music");

        Assert.True(exitCode == 0, output);
        Assert.Contains(
            _requests,
            request => request.StartsWith("POST /v1/events {\"event_id\":", StringComparison.Ordinal)
        );
        var day = DateTimeOffset.UnixEpoch.AddSeconds(Started()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Contains(
            _requests,
            request =>
                request.StartsWith(
                    $"GET /v1/projects/night-music/databases/nocturne/documents/listeners/d299-nocturne-smoke/days/{day}",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task Smoke_WithoutAProject_LeavesTheProfileOut()
    {
        var (exitCode, output) = await SmokeAsync();

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain(_requests, request => request.Contains("/databases/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/health/ready", 503, "{\"status\":\"unavailable\"}", "/health/ready answered 503")]
    [InlineData("/v1/events", 401, "{}", "nocturne token create nocturne-smoke")]
    [InlineData("/v1/events", 503, "{}", "Collect answered 503")]
    [InlineData("/v1/events", 200, "{\"accepted\":0,\"rejected\":1}", "Collect did not take the event")]
    [InlineData("/databases/", 404, "{}", "the event is not in the profile")]
    [InlineData("/databases/", 403, "{}", "answered 403")]
    [InlineData("/playlists", 500, "{}", "Serve answered 500")]
    public async Task Smoke_ABrokenDeployment_SaysWhatDidNotWork(string path, int status, string body, string told)
    {
        _broken = requested => requested.Contains(path, StringComparison.Ordinal) ? (status, body) : null;

        var (exitCode, output) = await SmokeAsync("night-music");

        Assert.Equal(1, exitCode);
        Assert.Contains("FAILED: ", output, StringComparison.Ordinal);
        Assert.Contains(told, output, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output)> SmokeAsync(params string[] project) =>
        Sources.BashAsync(
            ["infra/smoke", _address, _address, .. project],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["NOCTURNE_SMOKE_FIRESTORE"] = _address,
                ["NOCTURNE_SMOKE_TOKEN"] = "a-token",
                ["NOCTURNE_SMOKE_LISTENER_TOKEN"] = "a-listeners-token",
                // One look that finds nothing, and one more.
                ["NOCTURNE_SMOKE_SECONDS"] = "2",
            }
        );

    // The second in which the event was made is in its id.
    private long Started() =>
        long.Parse(
            _requests
                .Single(request => request.StartsWith("POST", StringComparison.Ordinal))
                .Split("smoke-")[1]
                .Split('-')[0],
            CultureInfo.InvariantCulture
        );

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var reader = new StreamReader(context.Request.InputStream);
            var path = context.Request.RawUrl!;
            _requests.Enqueue($"{context.Request.HttpMethod} {path} {await reader.ReadToEndAsync()}");
            if (path is "/v1/events" || path.StartsWith("/v1/listeners/", StringComparison.Ordinal))
            {
                Assert.Equal("Bearer a-listeners-token", context.Request.Headers["Authorization"]);
            }
            var (status, body) = _broken(path) ?? Answer(path);
            context.Response.StatusCode = status;
            context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
        }
    }

    private (int Status, string Body) Answer(string path) =>
        path switch
        {
            "/health/live" or "/health/ready" => (200, "{}"),
            "/v1/events" => (200, "{\"accepted\":1,\"rejected\":0,\"lines\":[]}"),
            "/v1/listeners/nocturne-smoke/playlists" => (404, "{}"),
            // Not there at first: the push takes a moment.
            _ => Interlocked.Increment(ref _looks) == 1
                ? (404, "{}")
                : (200, "{\n  \"name\": \"…\",\n  \"updateTime\": \"9999-01-01T00:00:00.123456Z\"\n}"),
        };

    private static (HttpListener Listener, string Address) Listen()
    {
        // Between asking for a free port and taking it, another may take it.
        for (var attempt = 1; ; attempt++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
            var listener = new HttpListener { Prefixes = { $"{address}/" } };
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < 10)
            {
                listener.Close();
            }
        }
    }
}
