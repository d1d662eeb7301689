using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Nocturne.Testing;

namespace Nocturne.StorageEmulator.Tests;

/// <summary>An emulator for the tests of one class, each of which has names of its own.</summary>
public sealed class Emulator : IAsyncLifetime
{
    public const string Bucket = "tests";

    private StorageEmulatorHost? _host;

    public HttpClient Http { get; private set; } = null!;

    public string Authority => _host!.Host;

    public async Task InitializeAsync()
    {
        _host = await StorageEmulatorHost.StartAsync(new StorageEmulatorOptions { Buckets = [Bucket] });
        Http = new HttpClient { BaseAddress = new Uri($"http://{_host.Host}") };
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _host!.DisposeAsync();
    }
}

/// <summary>Requests as Google's documentation of the JSON API has them.</summary>
public abstract class EmulatorTest(Emulator emulator) : IClassFixture<Emulator>
{
    protected const string Bucket = Emulator.Bucket;

    protected HttpClient Http => emulator.Http;

    protected string Authority => emulator.Authority;

    protected static string NewName(string prefix = "object") => Unique.Name(prefix);

    protected static string ObjectPath(string name, string query = "", string bucket = Bucket) =>
        $"/storage/v1/b/{bucket}/o/{Uri.EscapeDataString(name)}{query}";

    protected static string UploadPath(string type, string name, string query = "", string bucket = Bucket) =>
        $"/upload/storage/v1/b/{bucket}/o?uploadType={type}&name={Uri.EscapeDataString(name)}{query}";

    protected static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    protected static ByteArrayContent Content(byte[] bytes, string type = "text/plain") =>
        new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    protected static StringContent Json(string json) => new(json, null, "application/json");

    protected async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        return await Http.SendAsync(request);
    }

    protected async Task<JsonNode> PutAsync(string name, string text, string query = "") =>
        await ReadAsync(
            await SendAsync(
                HttpMethod.Post,
                UploadPath("media", name, query),
                Content(System.Text.Encoding.UTF8.GetBytes(text))
            )
        );

    protected async Task<JsonNode> GetAsync(string name, string query = "") =>
        await ReadAsync(await SendAsync(HttpMethod.Get, ObjectPath(name, query)));

    protected async Task<string> TextAsync(string name) => await Http.GetStringAsync(ObjectPath(name, "?alt=media"));

    protected static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {text}");
            return JsonNode.Parse(text)!;
        }
    }

    protected static async Task AssertErrorAsync(HttpStatusCode status, string reason, HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal(status, response.StatusCode);
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal((int)status, (int)error["code"]!);
            Assert.Equal(reason, (string?)error["errors"]![0]!["reason"]);
            Assert.False(string.IsNullOrEmpty((string?)error["message"]));
        }
    }

    protected async Task AssertErrorAsync(HttpStatusCode status, string reason, HttpMethod method, string path) =>
        await AssertErrorAsync(status, reason, await SendAsync(method, path));
}
