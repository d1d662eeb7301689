using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Nocturne.Contracts;
using Nocturne.Emulators;
using Nocturne.Hosting;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Cloud.Tests.Functions;

/// <summary>Every function as a process of its own, behind Google's own Pub/Sub emulator.</summary>
[RequiresGoogleEmulators]
public sealed class FunctionProcessTests(FunctionWorld world) : IClassFixture<FunctionWorld>
{
    private const int Messages = 300;

    [ContractTheory]
    [InlineData("GoogleRest")]
    [InlineData("GoogleCloud")]
    public async Task TheMainJob_FromHttpToPlaylists_GoesThroughAllFour(string adapter)
    {
        // A database and topics of the adapter's own: the pushes of one case must not reach the other's processes.
        var project = Unique.Name($"job-{adapter.ToLowerInvariant()}");
        var other = new FunctionWorld(project);
        await other.InitializeAsync();
        try
        {
            var environment = other.Environment(("NOCTURNE_ADAPTER", adapter));
            await using var ingest = await FunctionProcess.StartAsync("IngestEvents", environment);
            await using var night = await FunctionProcess.StartAsync("RunNight", environment);
            await using var collect = await FunctionProcess.StartAsync(
                "Collect",
                other.Environment(("NOCTURNE_ADAPTER", adapter), ("NOCTURNE_ALLOW_ANONYMOUS", "true"))
            );
            await using var serve = await FunctionProcess.StartAsync(
                "Serve",
                other.Environment(("NOCTURNE_ADAPTER", adapter), ("NOCTURNE_ALLOW_ANONYMOUS", "true"))
            );
            await EmulatorTopology.CreateAsync(
                other.Hosts,
                other.Deployment,
                subscription =>
                    subscription.Delivery is Delivery.Push { Function: "IngestEvents" }
                        ? ingest.Client.BaseAddress!
                        : night.Client.BaseAddress!,
                CancellationToken.None
            );

            foreach (var listener in new[] { "alice", "bob" })
            {
                using var body = new ByteArrayContent(FunctionWorld.Plays(listener, Enumerable.Range(0, 60)));
                using var collected = await collect.Client.PostAsync(new Uri("/v1/events", UriKind.Relative), body);
                Assert.True(collected.IsSuccessStatusCode, collect.Output);
                var outcome = await collected.Content.ReadFromJsonAsync<JsonElement>();
                Assert.Equal(60, outcome.GetProperty("accepted").GetInt32());
            }
            await other.PlaysAsync("alice", 60);
            await other.PlaysAsync("bob", 60);
            await other.Stores.Messages.PublishAsync(
                NocturneTopology.TopicNames.NightSteps,
                [new OutgoingMessage(new NightMessage(NightStep.Start, null, 0).ToBytes())],
                CancellationToken.None
            );

            var playlists = new Uri("/v1/listeners/alice/playlists", UriKind.Relative);
            await Eventually.TrueAsync(async () =>
            {
                using var served = await serve.Client.GetAsync(playlists);
                return served.StatusCode == HttpStatusCode.OK;
            });
            var answer = await serve.Client.GetFromJsonAsync<JsonElement>(playlists);
            Assert.Equal("alice", answer.GetProperty("listener").GetString());
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    [ContractTheory]
    [InlineData("IngestEvents", "NOCTURNE_PROJECT is not set")]
    [InlineData("RunNight", "NOCTURNE_PROJECT is not set")]
    [InlineData("Collect", "NOCTURNE_PROJECT is not set")]
    [InlineData("Serve", "NOCTURNE_PROJECT is not set")]
    public async Task Start_WithoutAProject_SaysSo(string function, string message)
    {
        var environment = world.Environment(("NOCTURNE_PROJECT", null), ("GOOGLE_CLOUD_PROJECT", null));

        var (exitCode, output) = await FunctionProcess.FailAsync(function, environment);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [ContractFact]
    public async Task Start_DeployedWithoutACaller_NamesBothVariables()
    {
        var (exitCode, output) = await FunctionProcess.FailAsync(
            "IngestEvents",
            world.Environment(("K_SERVICE", "nocturne-ingest-events"))
        );

        Assert.NotEqual(0, exitCode);
        Assert.Contains("NOCTURNE_PUSH_ACCOUNT is not set", output, StringComparison.Ordinal);
        Assert.Contains("NOCTURNE_PUSH_AUDIENCE is not set", output, StringComparison.Ordinal);
    }

    [ContractFact]
    public async Task Deployed_APushWithoutAToken_Is401WithALogLineOfJson()
    {
        await using var ingest = await FunctionProcess.StartAsync(
            "IngestEvents",
            world.Environment(
                ("K_SERVICE", "nocturne-ingest-events"),
                ("NOCTURNE_PUSH_ACCOUNT", "push@music.iam.gserviceaccount.com"),
                ("NOCTURNE_PUSH_AUDIENCE", "https://ingest.example")
            )
        );

        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = Body(FunctionWorld.Push("x"u8)) };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var response = await ingest.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        await Eventually.TrueAsync(() => ingest.Output.Contains("Refused a push with 401", StringComparison.Ordinal));
        var line = ingest
            .Output.Split('\n')
            .Single(line => line.Contains("Refused a push with 401", StringComparison.Ordinal));
        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal("WARNING", json.GetProperty("severity").GetString());
        Assert.Equal(
            $"projects/{world.Deployment.Project}/traces/0af7651916cd43dd8448eb211c80319c",
            json.GetProperty("logging.googleapis.com/trace").GetString()
        );
    }

    [ContractFact]
    public async Task Terminated_WhileItWorks_AcknowledgesOnlyWhatIsStored()
    {
        var listener = Unique.Name("listener");
        var acknowledged = new ConcurrentBag<int>();
        var sentBack = new ConcurrentBag<int>();
        var first = await FunctionProcess.StartAsync("IngestEvents", world.Environment());
        await using (first)
        {
            var deliveries = Enumerable.Range(0, Messages).Select(number => DeliverAsync(first, number)).ToList();
            await Eventually.TrueAsync(() => !acknowledged.IsEmpty);
            await first.TerminateAsync();
            await Task.WhenAll(deliveries);
            Assert.Equal(0, await first.ExitAsync());
        }

        // What was acknowledged is stored; what was not comes again, to the next instance.
        Assert.Equal(Messages, acknowledged.Count + sentBack.Count);
        var stored = await NumbersAsync(listener);
        Assert.Subset(stored, acknowledged.ToHashSet());
        var again = sentBack.ToList();
        await using var second = await FunctionProcess.StartAsync("IngestEvents", world.Environment());
        await Task.WhenAll(again.Select(number => DeliverAsync(second, number)));
        Assert.Equal(Enumerable.Range(0, Messages), (await NumbersAsync(listener)).Order());

        async Task DeliverAsync(FunctionProcess process, int number)
        {
            try
            {
                using var response = await process.Client.PostAsync(
                    new Uri("/", UriKind.Relative),
                    Body(FunctionWorld.Push(FunctionWorld.Plays(listener, number)))
                );
                if (response.IsSuccessStatusCode)
                {
                    acknowledged.Add(number);
                    return;
                }
                Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            }
            catch (HttpRequestException)
            {
                // Nobody listens any more: to Pub/Sub the same as a 503.
            }
            sentBack.Add(number);
        }
    }

    [ContractFact]
    public async Task Terminated_WithTelemetry_SendsTheLastOfIt()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        var spans = new ConcurrentQueue<string>();
        await using var collector = WebApplication.CreateSlimBuilder().Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost(
            "/v1/traces",
            new RequestDelegate(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                spans.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
            })
        );
        await collector.StartAsync();
        await using var ingest = await FunctionProcess.StartAsync(
            "IngestEvents",
            world.Environment(
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.Single()),
                ("OTEL_BSP_SCHEDULE_DELAY", "600000") // nothing goes by itself
            )
        );
        var push = FunctionWorld
            .Push(FunctionWorld.Plays(Unique.Name("listener"), 1))
            .Replace(
                "\"origin\":\"app\"",
                $"\"{TraceContext.Attribute}\":\"00-{Trace}-b7ad6b7169203331-01\"",
                StringComparison.Ordinal
            );
        using var response = await ingest.Client.PostAsync(new Uri("/", UriKind.Relative), Body(push));
        Assert.True(response.IsSuccessStatusCode, ingest.Output);
        Assert.Empty(spans);

        await ingest.TerminateAsync();
        Assert.Equal(0, await ingest.ExitAsync());

        var sent = string.Concat(spans);
        Assert.Contains("commit profile", sent, StringComparison.Ordinal);
        // A span's trace is 16 bytes; those of the delivery and of the commit are the publisher's.
        var trace = Encoding.Latin1.GetString(Convert.FromHexString(Trace));
        Assert.True(sent.Split(trace).Length > 2);
    }

    [ContractFact]
    public async Task Terminated_BehindPubSub_LosesNothing()
    {
        var own = new FunctionWorld(Unique.Name("terminated"));
        await own.InitializeAsync();
        try
        {
            var port = FunctionProcess.FreePort();
            var first = await FunctionProcess.StartAsync("IngestEvents", own.Environment(), port);
            await using (first)
            {
                await EmulatorTopology.CreateAsync(
                    own.Hosts,
                    own.Deployment,
                    _ => first.Client.BaseAddress!,
                    CancellationToken.None
                );
                await own.Stores.Messages.PublishAsync(
                    NocturneTopology.TopicNames.ListeningEvents,
                    [
                        .. Enumerable
                            .Range(0, Messages)
                            .Select(number => new OutgoingMessage(FunctionWorld.Plays("alice", number))),
                    ],
                    CancellationToken.None
                );
                await Eventually.TrueAsync(async () => await own.CountPlaysAsync("alice") > 0);
                await first.TerminateAsync();
                Assert.Equal(0, await first.ExitAsync());
            }

            await using var second = await FunctionProcess.StartAsync("IngestEvents", own.Environment(), port);

            await own.PlaysAsync("alice", Messages);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    private static StringContent Body(string push) => new(push, Encoding.UTF8, "application/json");

    private async Task<HashSet<int>> NumbersAsync(string listener)
    {
        var numbers = new HashSet<int>();
        await foreach (var day in world.Listeners.ReadHistoryAsync(new(listener), null, null, CancellationToken.None))
        {
            foreach (var row in day.Rows)
            {
                numbers.Add(int.Parse(row.Id.Value.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture));
            }
        }
        return numbers;
    }
}
