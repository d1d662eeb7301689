using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Nocturne.Domain;
using Nocturne.Topology;

namespace Nocturne.Benchmarks;

/// <summary>What the functions are started in, and what they are asked.</summary>
/// <param name="published">A folder for every published function.</param>
/// <param name="hosts">The emulators.</param>
/// <param name="deployment">The names on them.</param>
/// <param name="listener">Somebody who has playlists.</param>
internal sealed class ColdStartWorld(string published, EmulatorHosts hosts, Deployment deployment, string listener)
{
    private const int EventsPerRequest = 100;
    private static readonly DateOnly FirstNight = new(2026, 1, 1);
    private int _requests;

    /// <summary>Starts a function as Google's build does.</summary>
    public Process Launch(string function, string? adapter, int port)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(published, function, $"Nocturne.{function}.dll"));
        start.Environment["FUNCTION_TARGET"] = $"Nocturne.{function}.Function";
        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["NOCTURNE_PROJECT"] = deployment.Project;
        start.Environment["NOCTURNE_ADAPTER"] = adapter;
        start.Environment["NOCTURNE_ALLOW_ANONYMOUS"] = "true";
        start.Environment[EmulatorHosts.DocumentsVariable] = hosts.Documents;
        start.Environment[EmulatorHosts.MessagesVariable] = hosts.Messages;
        start.Environment[EmulatorHosts.ObjectsVariable] = hosts.Objects;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            if (!string.IsNullOrEmpty(line.Data))
            {
                Console.Error.WriteLine(line.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>A request that makes the function do its work: read and commit, publish, start a night, serve.</summary>
    public HttpRequestMessage Request(string function)
    {
        var number = Interlocked.Increment(ref _requests);
        return function switch
        {
            "Empty" => new HttpRequestMessage(HttpMethod.Get, "/"),
            "Collect" => new HttpRequestMessage(HttpMethod.Post, "/v1/events")
            {
                Content = new ByteArrayContent(Events(number)),
            },
            "IngestEvents" => Push(Events(number), "listening-events-ingest"),
            "RunNight" => Push(
                Encoding.UTF8.GetBytes($$"""{"step":"start","run":"{{FirstNight.AddDays(number):yyyy-MM-dd}}"}"""),
                "night-steps-run"
            ),
            "Serve" => new HttpRequestMessage(
                HttpMethod.Get,
                $"/v1/listeners/{Uri.EscapeDataString(listener)}/playlists"
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(function), function, "It has no request here."),
        };
    }

    private HttpRequestMessage Push(byte[] data, string subscription) =>
        new(HttpMethod.Post, "/")
        {
            Content = new StringContent(
                $$"""
                {"message":{"data":"{{Convert.ToBase64String(
                    data
                )}}","messageId":"1","message_id":"1","publishTime":"2026-02-26T19:13:55.749Z","publish_time":"2026-02-26T19:13:55.749Z"},"subscription":"{{deployment.SubscriptionPath(
                    subscription
                )}}"}
                """,
                new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")
            ),
        };

    private static byte[] Events(int request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        for (var number = 0; number < EventsPerRequest; number++)
        {
            EventWriter.WriteLine(
                buffer,
                new PlayEvent
                {
                    Listener = new ListenerId($"cold-{request}"),
                    Id = new EventId($"e{number}"),
                    StartedAt = Instant.FromDate(new DateOnly(2026, 2, 3)) + TimeSpan.FromSeconds(240 * number),
                    ReceivedAt = Instant.FromDate(new DateOnly(2026, 2, 4)),
                    Item = new ItemId($"track-{number % 17}"),
                    Artist = new ArtistId($"artist-{number % 5}"),
                    MsPlayed = 200_000,
                }
            );
        }
        return buffer.WrittenSpan.ToArray();
    }
}
