using System.Net;
using System.Text;
using System.Text.Json;
using Google.Cloud.Functions.Hosting;
using Google.Cloud.Functions.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Contracts;
using Nocturne.Emulators;
using Nocturne.Hosting;
using Nocturne.Hosting.Tests;
using Nocturne.Ports;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Cloud.Tests.Functions;

/// <summary>Every function under the Functions Framework, in this process, on the emulators.</summary>
[RequiresGoogleEmulators]
public sealed class FunctionServerTests(FunctionWorld world) : IClassFixture<FunctionWorld>
{
    private const string Json = "application/json";

    [ContractTheory]
    [InlineData("GoogleRest")]
    [InlineData("GoogleCloud")]
    public async Task IngestEvents_APush_IsInItsProfile(string adapter)
    {
        using var server = Ingest(world.Environment(("NOCTURNE_ADAPTER", adapter)));
        var listener = Unique.Name("listener");

        var status = await PostAsync(server, FunctionWorld.Push(FunctionWorld.Plays(listener, 1, 2, 3)));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(3, await world.CountPlaysAsync(listener));
    }

    [ContractFact]
    public async Task IngestEvents_TheLargestMessage_ArrivesWhole()
    {
        using var server = Ingest(world.Environment());
        var listener = Unique.Name("listener");
        var lines = FunctionWorld.Plays(listener, Enumerable.Range(0, 1_000));
        // Blank lines are legal: up to the bound of a message.
        var data = new byte[PublishLimits.MaxMessageBytes];
        data.AsSpan().Fill((byte)'\n');
        lines.CopyTo(data, 0);

        var status = await PostAsync(server, FunctionWorld.Push(data));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1_000, await world.CountPlaysAsync(listener));
    }

    [ContractTheory]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/octet-stream")]
    public async Task IngestEvents_AnyContentType_IsTaken(string contentType)
    {
        using var server = Ingest(world.Environment());
        var listener = Unique.Name("listener");

        var status = await PostAsync(
            server,
            FunctionWorld.Push(FunctionWorld.Plays(listener, 1)),
            contentType: contentType
        );

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, await world.CountPlaysAsync(listener));
    }

    [ContractFact]
    public async Task IngestEvents_WhatIsNoEvent_IsRecordedAndAcknowledged()
    {
        await EmulatorTopology.CreateAsync(
            world.Hosts,
            world.Deployment,
            _ => new Uri("http://127.0.0.1:9/"),
            CancellationToken.None
        );
        using var server = Ingest(world.Environment());

        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(server, "this is no push"));
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(server, "{}"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, FunctionWorld.Push("no event"u8, id: "77")));

        var rejected = new List<JsonElement>();
        await Eventually.TrueAsync(async () =>
        {
            foreach (
                var message in await world.Stores.Messages.PullAsync(
                    NocturneTopology.SubscriptionNames.ArchiveRejected,
                    100,
                    CancellationToken.None
                )
            )
            {
                rejected.AddRange(
                    Encoding
                        .UTF8.GetString(message.Data.Span)
                        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                        .Select(line => JsonDocument.Parse(line).RootElement)
                );
            }
            return rejected.Count >= 3;
        });
        Assert.Contains(rejected, line => Bytes(line) == "this is no push");
        Assert.Contains(rejected, line => Bytes(line) == "{}");
        var bad = Assert.Single(rejected, line => Bytes(line) == "no event");
        Assert.Equal("77", bad.GetProperty("message_id").GetString());
    }

    [ContractFact]
    public async Task IngestEvents_AStoreThatDoesNotAnswer_Is503()
    {
        using var server = FunctionTestServerBuilder
            .Create<IngestEvents.Function>()
            .UseFunctionsStartups(new IngestEvents.Startup(world.Environment().GetValueOrDefault), new NoDocuments())
            .Build();

        var status = await PostAsync(server, FunctionWorld.Push(FunctionWorld.Plays("alice", 1)));
        using var ready = await server.CreateClient().GetAsync(new Uri("/health/ready", UriKind.Relative));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [ContractFact]
    public async Task IngestEvents_AnOversizedBody_Is413()
    {
        using var server = Ingest(world.Environment());

        var status = await PostAsync(server, new string(' ', PushGate.MaxBodyBytes + 1));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [ContractFact]
    public async Task IngestEvents_Deployed_AdmitsItsSubscriptionAlone()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        var environment = world.Environment(
            ("K_SERVICE", "nocturne-ingest-events"),
            ("NOCTURNE_PUSH_ACCOUNT", TokenIssuer.Account),
            ("NOCTURNE_PUSH_AUDIENCE", TokenIssuer.Audience)
        );
        using var server = FunctionTestServerBuilder
            .Create<IngestEvents.Function>()
            .UseFunctionsStartups(new IngestEvents.Startup(environment.GetValueOrDefault, issuer.Options))
            .Build();
        var listener = Unique.Name("listener");
        var body = FunctionWorld.Push(FunctionWorld.Plays(listener, 1));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(server, body));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(server, body, TokenIssuer.Forged()));
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await PostAsync(server, body, issuer.Token(("iat", now - 9_000), ("exp", now - 5_400)))
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await PostAsync(server, body, issuer.Token(("aud", "https://other.example")))
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await PostAsync(server, body, issuer.Token(("email", "other@music.iam.gserviceaccount.com")))
        );
        Assert.Equal(0, await world.CountPlaysAsync(listener));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, body, issuer.Token()));
        Assert.Equal(1, await world.CountPlaysAsync(listener));
    }

    [ContractFact]
    public async Task RunNight_WhatIsNoStep_IsAcknowledged()
    {
        using var server = FunctionTestServerBuilder
            .Create<RunNight.Function>()
            .UseFunctionsStartups(new RunNight.Startup(world.Environment().GetValueOrDefault))
            .Build();

        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, FunctionWorld.Push("dance"u8)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(server, FunctionWorld.Push("""{"step":"tick"}"""u8)));
    }

    [ContractFact]
    public async Task Collect_Routes_AreItsOwn()
    {
        using var server = FunctionTestServerBuilder
            .Create<Collect.Function>()
            .UseFunctionsStartups(
                new Collect.Startup(world.Environment(("NOCTURNE_ALLOW_ANONYMOUS", "true")).GetValueOrDefault)
            )
            .Build();
        using var client = server.CreateClient();
        using var nothing = new StringContent("");

        using var posted = await client.PostAsync(new Uri("/v1/events", UriKind.Relative), nothing);
        using var token = await client.GetAsync(new Uri("/1/validate-token?token=none", UriKind.Relative));
        using var nowhere = await client.GetAsync(new Uri("/apis/listenbrainz/1/nowhere", UriKind.Relative));
        using var other = await client.GetAsync(new Uri("/v1/listeners/alice/playlists", UriKind.Relative));
        using var wrong = await client.GetAsync(new Uri("/v1/events", UriKind.Relative));
        using var ready = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, posted.StatusCode);
        Assert.Equal(HttpStatusCode.OK, token.StatusCode);
        Assert.Contains("\"code\":404", await nowhere.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [ContractFact]
    public async Task Serve_BeforeTheFirstNight_Is404AndReady()
    {
        using var server = FunctionTestServerBuilder
            .Create<Serve.Function>()
            .UseFunctionsStartups(
                new Serve.Startup(world.Environment(("NOCTURNE_ALLOW_ANONYMOUS", "true")).GetValueOrDefault)
            )
            .Build();
        using var client = server.CreateClient();

        using var response = await client.GetAsync(new Uri("/v1/listeners/alice/playlists", UriKind.Relative));
        using var ready = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("no playlists", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    private static FunctionTestServer Ingest(Dictionary<string, string?> environment) =>
        FunctionTestServerBuilder
            .Create<IngestEvents.Function>()
            .UseFunctionsStartups(new IngestEvents.Startup(environment.GetValueOrDefault))
            .Build();

    private static async Task<HttpStatusCode> PostAsync(
        FunctionTestServer server,
        string body,
        string? token = null,
        string contentType = Json
    )
    {
        using var client = server.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    private static string Bytes(JsonElement line) =>
        Encoding.UTF8.GetString(line.GetProperty("bytes").GetBytesFromBase64());

    /// <summary>In place of Firestore, nothing.</summary>
    private sealed class NoDocuments : FunctionsStartup
    {
        public override void ConfigureServices(WebHostBuilderContext context, IServiceCollection services) =>
            services.AddSingleton<IDocumentStore>(new Unavailable());

        private sealed class Unavailable : IDocumentStore
        {
            public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) =>
                throw new StoreUnavailableException("scripted");

            public ValueTask<IReadOnlyList<Document?>> GetManyAsync(
                IReadOnlyList<DocumentKey> keys,
                CancellationToken cancellationToken
            ) => throw new StoreUnavailableException("scripted");

            public ValueTask CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancellationToken) =>
                throw new StoreUnavailableException("scripted");

            public IAsyncEnumerable<Document> ListAsync(
                string collection,
                string? fromInclusive,
                string? toExclusive,
                CancellationToken cancellationToken
            ) => throw new StoreUnavailableException("scripted");
        }
    }
}
