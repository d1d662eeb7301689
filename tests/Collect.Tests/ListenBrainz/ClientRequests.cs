using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nocturne.Collect.Tests.ListenBrainz;

/// <summary>An answer as a client gets it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Text">The body.</param>
/// <param name="Headers">All headers.</param>
internal sealed record ClientAnswer(int Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;
}

/// <summary>
/// Requests in the shape in which clients send them: method, path, headers and body, each in a file of Clients/. What
/// stands in braces is filled in.
/// </summary>
internal static class ClientRequests
{
    public static async Task<ClientAnswer> SendAsync(CollectHost host, string name, string? token = null)
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "ListenBrainz", "Clients", $"{name}.txt")
        );
        text = text.ReplaceLineEndings("\n")
            .Replace("{token}", token ?? host.Token, StringComparison.Ordinal)
            .Replace("{at}", Number(Bodies.At), StringComparison.Ordinal)
            .Replace("{at2}", Number(Bodies.At + 500), StringComparison.Ordinal);
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = text[..end].Split('\n');
        var body = text[(end + 2)..].Trim();
        var (method, path) = lines[0].Split(' ') is [var m, var p] ? (m, p) : throw new FormatException(lines[0]);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        request.Content = body.Length == 0 ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var (header, value) = (line[..colon], line[(colon + 2)..]);
            if (!request.Headers.TryAddWithoutValidation(header, value))
            {
                Assert.True(request.Content!.Headers.TryAddWithoutValidation(header, value), line);
            }
        }
        using var response = await host.Client.SendAsync(request);
        return new ClientAnswer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase)
        );
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
