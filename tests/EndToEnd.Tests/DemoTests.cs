using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Nocturne.Testing;

namespace Nocturne.EndToEnd.Tests;

/// <summary>README's path: the demo, the demo again, and the server on what it made.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task Demo_ThenAgain_ThenUp_ServesWhatWasMadeAndShowsAnEventWithinASecond()
    {
        using var data = new TemporaryFolder();
        var first = await NocturneProcess.SucceedAsync("demo", "--json", "--data", data.Path);
        var contents = await FolderContents.ReadAsync(data.Path);
        var second = await NocturneProcess.SucceedAsync("demo", "--json", "--data", data.Path);

        Assert.True(first.Json.GetProperty("events").GetInt64() >= 200_000);
        Assert.Equal(500, first.Json.GetProperty("listeners").GetInt32());
        Assert.True(first.Json.GetProperty("playlists").GetInt32() >= 500);
        Assert.True(first.Json.GetProperty("ingestEventsPerSecond").GetDouble() > 0);
        Assert.True(first.Json.GetProperty("nightSeconds").GetDouble() > 0);
        Assert.Equal(0, first.Json.GetProperty("rejected").GetInt64());
        Assert.Equal(first.Json.GetProperty("playlists").GetInt32(), second.Json.GetProperty("playlists").GetInt32());
        var after = await FolderContents.ReadAsync(data.Path);
        Assert.Equal(contents.Profiles, after.Profiles);
        Assert.Equal(contents.Playlists, after.Playlists);
        Assert.Equal(contents.ArchiveLines, after.ArchiveLines);

        await ServeAsync(data.Path, contents.Profiles.Keys.First());
    }

    private static async Task ServeAsync(string folder, string headPath)
    {
        var listener = Domain.StorageName.IdOf(headPath.Split('/')[1]);
        var port = FreePort();
        using var up = NocturneProcess.Start(
            "up",
            "--data",
            folder,
            "--port",
            port.ToString(CultureInfo.InvariantCulture)
        );
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await Eventually.TrueAsync(async () => await IsReadyAsync(client));

            var playlists = await client.GetFromJsonAsync<JsonElement>($"/v1/listeners/{listener}/playlists");
            Assert.NotEqual(0, playlists.GetProperty("playlists").GetArrayLength());
            var kind = playlists.GetProperty("playlists")[0].GetProperty("kind").GetString();
            var jspf = await client.GetFromJsonAsync<JsonElement>(
                $"/v1/listeners/{listener}/playlists/{kind}?format=jspf"
            );
            Assert.NotEqual(0, jspf.GetProperty("playlist").GetProperty("track").GetArrayLength());

            var documented = Readme.Read();
            using var answer = await client.GetAsync(new Uri(documented.PlaylistsPath, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var before = await StreamsAsync(documented.Listener, folder);
            using var accepted = await client.PostAsync(
                new Uri("/v1/events", UriKind.Relative),
                new StringContent(documented.EventBody)
            );
            Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
            await Task.Delay(TimeSpan.FromSeconds(1)); // the promise: within a second of its acceptance
            Assert.Equal(before + 1, await StreamsAsync(documented.Listener, folder));

            var lines = await File.ReadAllLinesAsync(Readme.Path());
            Assert.Equal(
                lines.Count(line => line.StartsWith("curl ", StringComparison.Ordinal)),
                documented.Requests.Count
            );
            foreach (var (method, path, body) in documented.Requests)
            {
                using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative))
                {
                    // As curl sends what -d gives.
                    Content = body is null
                        ? null
                        : new StringContent(body, mediaType: new("application/x-www-form-urlencoded")),
                };
                using var served = await client.SendAsync(request);
                Assert.True(served.IsSuccessStatusCode, $"{method} {path} answered {served.StatusCode}");
            }
        }
        finally
        {
            up.Kill();
            await up.WaitForExitAsync();
        }
    }

    private static async Task<int> StreamsAsync(string listener, string folder)
    {
        var shown = await NocturneProcess.SucceedAsync("show", "listener", listener, "--data", folder, "--json");
        return shown.Json.GetProperty("totals").GetProperty("streams").GetInt32();
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
