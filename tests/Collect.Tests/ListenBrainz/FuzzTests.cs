using System.Text;
using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.Tests.ListenBrainz;

public sealed class FuzzTests
{
    private const int Requests = 1_500;

    private static readonly string[] Pieces =
    [
        "null",
        "true",
        "-1",
        "1e400",
        "[]",
        "{}",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "[[[[[[[[",
        "}}}}",
        ",",
        ":",
        "\"listened_at\":",
        "\"additional_info\":null",
        "\"duration\":\"9\"",
        "\"tags\":[1,null]",
        "\u200b",
        "\ufffd",
        "𝄞",
        "\"artist_mbids\":{}",
        "9999999999999999999999",
        "\\",
        "\n",
        "\0",
    ];

    private static readonly string[] Paths =
    [
        "/1/submit-listens",
        "/1/delete-listen",
        "/1/playing-now/delete",
        "/1/feedback/recording-feedback",
        "/1/recommendation/feedback/submit",
        "/1/recommendation/feedback/delete",
    ];

    private static readonly string[] Bases =
    [
        Bodies.Single($$"""{"recording_mbid":"{{Bodies.Mbid}}","duration_ms":1,"tags":["a"],"duration_played":3}"""),
        Bodies.Submit("import", Bodies.Listen(Bodies.At), Bodies.Listen(Bodies.At + 1)),
        Bodies.Submit("playing_now", Bodies.Listen(at: null)),
        $$"""{"listened_at":{{Bodies.At}},"recording_msid":"{{Bodies.Mbid}}"}""",
        $$"""{"recording_mbid":"{{Bodies.Mbid}}","score":1}""",
        $$"""{"recording_mbid":"{{Bodies.Mbid}}","rating":"love"}""",
        """{"client":"x"}""",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Bodies_WhateverTheyAre_AreTakenOrRefusedInTheProtocolsForm(int seed)
    {
        await using var host = await CollectHost.StartAsync(o =>
        {
            o.RequestsPerToken = 1_000_000;
            o.RequestsPerAddress = 1_000_000;
        });
        var random = new Random(seed);
        for (var i = 0; i < Requests; i++)
        {
            var body = Mutate(Bases[random.Next(Bases.Length)], random);
            var path = Paths[random.Next(Paths.Length)];

            using var response = await host.SendAsync("POST", path, body);

            var text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode < 500, $"{path} {response.StatusCode} {text}\n{body}");
            using var answer = JsonDocument.Parse(text);
            if (!response.IsSuccessStatusCode)
            {
                Assert.Equal((int)response.StatusCode, answer.RootElement.GetProperty("code").GetInt32());
            }
        }
        // Whatever was published is an event of Alice's: the topic's reader fails at what is none.
        Assert.All(host.Topic.Events, e => Assert.Equal(CollectHost.Alice, e.Listener));
        Assert.Contains(host.Topic.Events, e => e is PlayEvent);
    }

    private static string Mutate(string text, Random random)
    {
        var body = new StringBuilder(text);
        for (var left = random.Next(4); left > 0; left--)
        {
            var at = random.Next(body.Length);
            switch (random.Next(3))
            {
                case 0:
                    body.Remove(at, Math.Min(body.Length - at, 1 + random.Next(12)));
                    break;
                case 1:
                    body.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                default:
                    body.Replace(
                        random.Next(2) == 0 ? "\"" : ":",
                        Pieces[random.Next(Pieces.Length)],
                        at,
                        Math.Min(20, body.Length - at)
                    );
                    break;
            }
            if (body.Length == 0)
            {
                body.Append(' ');
            }
        }
        return body.ToString();
    }
}
