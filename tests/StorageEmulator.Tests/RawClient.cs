using System.Net.Sockets;
using System.Text;

namespace Nocturne.StorageEmulator.Tests;

/// <summary>A connection that breaks where the test says.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly TcpClient _tcp = new() { LingerState = new LingerOption(enable: true, seconds: 0) };

    public static async Task<RawClient> ConnectAsync(string authority)
    {
        var client = new RawClient();
        var address = new Uri($"http://{authority}");
        await client._tcp.ConnectAsync(address.Host, address.Port);
        return client;
    }

    public async Task SendAsync(string text) => await SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _tcp.GetStream().WriteAsync(bytes);

    /// <summary>The answer so far as it fits in one read: its status line is in there.</summary>
    /// <exception cref="TimeoutException">There is none.</exception>
    public async Task<string> ReceiveAsync()
    {
        var buffer = new byte[4096];
        var read = await _tcp.GetStream().ReadAsync(buffer).AsTask().WaitAsync(LongestWait);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    /// <summary>A request sent after has been answered: most likely what was sent before has been noticed.</summary>
    public static async Task UntilServedAsync(HttpClient http) => await http.GetStringAsync("/health");

    public void Dispose() => _tcp.Dispose();
}
