using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Nocturne.Testing;

namespace Nocturne.Serve.Tests.Access;

/// <summary>
/// Requests of every shape. In the suite a few thousand; <c>NOCTURNE_FUZZ_REQUESTS=200000</c> has it send as many, with
/// other seeds (docs/serving.md).
/// </summary>
public sealed class FuzzTests
{
    private const string CountVariable = "NOCTURNE_FUZZ_REQUESTS";
    private const int UsualRequests = 3_000;
    private const int Together = 4;

    private static readonly string[] Pieces =
    [
        "alice",
        "bob",
        "on-repeat",
        "%00",
        "%2F",
        "%2e%2e",
        "..",
        "%",
        "%zz",
        "%E2%80%AE",
        "%F0%9F%8E%B5",
        "%ED%A0%80",
        "'%20OR%201=1--",
        "%3Cscript%3E",
        "{id}",
        "*",
        "~",
        "a%20b",
        "%25252F",
        "\\",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];

    private static readonly string[] Queries =
    [
        "limit=1",
        "limit=0",
        "limit=-1",
        "limit=99999999999999999999",
        "limit=1&limit=2",
        "cursor=AAAA",
        "cursor=%00",
        "cursor=AAABnLxE6gACZTE",
        "cursor=gAAAAAAAAAABYQ",
        "format=jspf",
        "format=xspf",
        "format=m3u8",
        "format=%22",
        "q=a",
        "q=%00",
        "q=%ED%A0%80",
        "q='%22%5B%5D%7B%7D*",
        "kind=track",
        "kind=nothing",
        "listener=bob",
        "after=track-1",
        "=",
        "&&",
        "%",
    ];

    private static readonly string[] Bodies =
    [
        """{"item":"track-1","score":1}""",
        """{"artist":"a","score":-1}""",
        """{"target":"device","value":"radio","on":true}""",
        """{"target":"session","value":"s"}""",
        """{"item":"t","title":"T","duration_ms":1}""",
        "{}",
        "",
        "[]",
        "\"",
    ];

    private static readonly string[] Inserted =
    [
        "null",
        "-1",
        "1e400",
        "[]",
        "{",
        "}",
        "\"",
        "\\u0000",
        "\\ud800",
        "\0",
        "\n",
        ":",
        ",",
        "\uFEFF",
        "𝄞",
        "9999999999999999999999",
    ];

    [Fact]
    public async Task Requests_WhateverTheyAre_AreNeverTheServersFault()
    {
        var isLong = int.TryParse(
            Environment.GetEnvironmentVariable(CountVariable),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var requests
        );
        requests = isLong ? requests : UsualRequests;
        await using var host = await ServeHost.StartAsync(o => o.AllowedOrigins = ["https://app.example.org"]);
        host.Log.Minimum = Microsoft.Extensions.Logging.LogLevel.Warning;
        await host.PublishAsync();
        for (var i = 0; i < 300; i++)
        {
            await host.ApplyAsync(ServeHost.Alice, ServeHost.Play(i, TimeProvider.System.GetUtcNow().AddHours(-1 - i)));
        }
        await Eventually.TrueAsync(async () =>
        {
            using var found = await host.SendAsync("GET", "/v1/search?q=one", $"Bearer {host.AliceToken}");
            return found.IsSuccessStatusCode; // the model is in memory
        });
        var player = (await host.Tokens.CreateAsync(ServeHost.Alice, "player", default)).Secret;
        string?[] credentials =
        [
            $"Bearer {host.AliceToken}",
            $"Bearer {host.AliceToken}",
            $"Bearer {host.Issuer.Token("alice", ("nocturne_operator", true))}",
            $"Token {player}",
            $"Bearer {host.BobToken}",
            $"Bearer {FirebaseIssuer.Forged("alice")}",
            "Bearer ..",
            "Token \u00e9",
            null,
        ];
        var routes = host
            .Endpoints.SelectMany(e =>
                e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(m => (m, e.RoutePattern.RawText!))
            )
            .ToList();
        var statuses = new int[600];

        await Task.WhenAll(Enumerable.Range(0, Together).Select(worker => Task.Run(() => SendAsync(worker))));

        // It reached what it is to test: answers, refusals of callers, of forms, of bodies.
        Assert.All((int[])[200, 202, 400, 401, 403, 404], status => Assert.True(statuses[status] > 0, $"no {status}"));
        Assert.Equal(0, statuses[500..].Sum());

        async Task SendAsync(int worker)
        {
            var random = new Random((isLong ? 1_000 : 0) + worker);
            for (var i = worker; i < requests; i += Together)
            {
                var (method, pattern) = routes[random.Next(routes.Count)];
                method = random.Next(20) == 0 ? "PATCH" : method;
                var path = PathOf(pattern, random);
                var body = method is "GET" && random.Next(10) > 0 ? null : BodyOf(random);
                using var response = await TryAsync(
                    host,
                    method,
                    path,
                    credentials[random.Next(credentials.Length)],
                    body,
                    random
                );
                if (response is null)
                {
                    continue;
                }
                var status = (int)response.StatusCode;
                Interlocked.Increment(ref statuses[status]);
                Assert.True(
                    status < 500,
                    $"{method} {path} answered {status}: {await response.Content.ReadAsStringAsync()}\n"
                        + $"{(body is null ? "" : Encoding.UTF8.GetString(body))}\n{host.Log.Text[^Math.Min(4_000, host.Log.Text.Length)..]}"
                );
                if (status is >= 400 and not 405 && response.Content.Headers.ContentLength != 0)
                {
                    Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
                }
            }
        }
    }

    /// <summary>Null where the client itself does not send such a thing.</summary>
    private static async Task<HttpResponseMessage?> TryAsync(
        ServeHost host,
        string method,
        string path,
        string? credential,
        byte[]? body,
        Random random
    )
    {
        (string, string)[] headers = random.Next(6) switch
        {
            0 => [("If-None-Match", "*")],
            1 => [("If-None-Match", "W/\"x\",,\"")],
            2 => [("Origin", "https://app.example.org")],
            3 => [("Accept", "application/xspf+xml, */*"), ("Idempotency-Key", "0123456789abcdef")],
            4 => [("X-Forwarded-For", "1.2.3.4, nonsense"), ("Idempotency-Key", "x")],
            _ => [],
        };
        try
        {
            return await host.SendAsync(method, path, credential, body, headers);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static string PathOf(string pattern, Random random)
    {
        var parts = pattern
            .Split('/')
            .Select(part =>
                !part.StartsWith('{') ? part
                : part == "{id}" && random.Next(4) > 0 ? "alice"
                : Pieces[random.Next(Pieces.Length)]
            )
            .ToList();
        if (random.Next(30) == 0)
        {
            parts.Insert(random.Next(1, parts.Count + 1), Pieces[random.Next(Pieces.Length)]);
        }
        var queries = Enumerable.Range(0, random.Next(4)).Select(_ => Queries[random.Next(Queries.Length)]);
        var query = string.Join('&', queries);
        return string.Join('/', parts) + (query.Length == 0 ? "" : $"?{query}");
    }

    private static byte[] BodyOf(Random random)
    {
        var text = new StringBuilder(Bodies[random.Next(Bodies.Length)]);
        for (var changes = random.Next(3); changes > 0 && text.Length > 0; changes--)
        {
            var at = random.Next(text.Length);
            if (random.Next(2) == 0)
            {
                text.Remove(at, 1);
            }
            text.Insert(at, Inserted[random.Next(Inserted.Length)]);
        }
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (bytes.Length > 0 && random.Next(10) == 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }
        return random.Next(200) == 0 ? new byte[100_000] : bytes;
    }
}
