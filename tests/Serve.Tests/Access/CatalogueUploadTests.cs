using System.Net;
using System.Text;

namespace Nocturne.Serve.Tests.Access;

public sealed class CatalogueUploadTests
{
    [Fact]
    public async Task Catalogue_Uploaded_KeepsItsGoodLinesAndNamesTheBad()
    {
        await using var host = await ServeHost.StartAsync();
        var body =
            "\uFEFF"
            + string.Join('\n', Enumerable.Range(0, 5_000).Select(i => $$"""{"item":"t{{i}}","title":"Title {{i}}"}"""))
            + "\r\n\nnonsense\n{\"title\":\"no id\"}\n{\"item\":\"last\"}";

        var (status, outcome) = await host.AskAsync("PUT", "/v1/catalogue/tracks.ndjson", host.OperatorToken, body);
        var (empty, _) = await host.AskAsync("PUT", "/v1/catalogue/tracks.ndjson", host.OperatorToken, "nonsense\n");
        await using var stored = await host.Objects.OpenReadAsync(
            new Ports.ObjectKey("catalogue", "uploads/tracks.ndjson"),
            default
        );
        using var reader = new StreamReader(stored!.Stream);
        var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(200, status);
        Assert.Equal((5_001, 2), (outcome.GetProperty("items").GetInt32(), outcome.GetProperty("rejected").GetInt32()));
        Assert.Equal(
            [5_002, 5_003],
            outcome.GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("line").GetInt32())
        );
        Assert.Equal(422, empty);
        Assert.Equal(5_001, lines.Length);
        Assert.Equal("""{"item":"last"}""", lines[^1]);
    }

    [Fact]
    public async Task Catalogue_TooLargeWithoutALength_IsRefusedAndNotStored()
    {
        await using var host = await ServeHost.StartAsync(o => o.MaxCatalogueBytes = 64 << 10);
        var line = Encoding.UTF8.GetBytes("""{"item":"t"}""" + "\n");
        using var endless = new StreamContent(
            new MemoryStream([.. Enumerable.Repeat(line, 20_000).SelectMany(b => b)])
        );
        using var request = new HttpRequestMessage(
            HttpMethod.Put,
            new Uri(host.Client.BaseAddress!, "/v1/catalogue/a.ndjson")
        )
        {
            Content = endless,
        };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {host.OperatorToken}");

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Null(await host.Objects.HeadAsync(new Ports.ObjectKey("catalogue", "uploads/a.ndjson"), default));
    }
}
