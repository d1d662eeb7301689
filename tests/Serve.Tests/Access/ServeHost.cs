using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Recommending;
using Nocturne.Testing;

namespace Nocturne.Serve.Tests.Access;

/// <summary>Serve on a port of this machine, with ID tokens of an issuer of its own; every line it logs is kept.</summary>
internal sealed class ServeHost : IAsyncDisposable
{
    public static readonly ListenerId Alice = new("alice");
    public static readonly ListenerId Bob = new("bob");

    private static readonly RunId Run = RunId.Parse("2026-11-21");

    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _application;
    private int _applied;

    private ServeHost(FirebaseIssuer issuer, Action<ServeOptions>? configure, CallerOptions callers)
    {
        Issuer = issuer;
        Documents = new InMemoryDocumentStore(TimeProvider.System);
        Listeners = new ListenerStore(Documents, TimeProvider.System);
        Tokens = new ListenerTokens(Documents, DevelopmentAccess.Pepper, TimeProvider.System);
        Objects = new LocalObjectStore(_folder.Path);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(Log);
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IEventPublisher>(Topics);
        builder.Services.AddSingleton<IDocumentStore>(Documents);
        builder.Services.AddSingleton<IObjectStore>(Objects);
        builder.Services.AddSingleton(Listeners);
        builder.Services.AddSingleton(Tokens);
        builder.Services.AddSingleton(
            new Callers(Tokens, new FirebaseIdTokens(issuer.Options, TimeProvider.System), callers, TimeProvider.System)
        );
        builder.Services.AddServe(options =>
        {
            options.RequestsPerCaller = 1_000_000;
            options.RequestsPerAddress = 1_000_000;
            configure?.Invoke(options);
        });
        _application = builder.Build();
        _application.UseStatusCodePages();
        _application.MapServe();
    }

    public FirebaseIssuer Issuer { get; }

    public InMemoryDocumentStore Documents { get; }

    public ListenerStore Listeners { get; }

    public ListenerTokens Tokens { get; }

    public LocalObjectStore Objects { get; }

    public PublishedTopics Topics { get; } = new();

    public KeptLog Log { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    /// <summary>Alice's ID token, and Bob's, and an operator's.</summary>
    public string AliceToken => Issuer.Token(Alice.Value);

    public string BobToken => Issuer.Token(Bob.Value);

    public string OperatorToken => Issuer.Token("olga", ("nocturne_operator", true));

    /// <summary>Every route there is, whoever mapped it.</summary>
    public IReadOnlyList<RouteEndpoint> Endpoints =>
        [
            .. ((IEndpointRouteBuilder)_application)
                .DataSources.SelectMany(source => source.Endpoints)
                .OfType<RouteEndpoint>(),
        ];

    public static async Task<ServeHost> StartAsync(
        Action<ServeOptions>? configure = null,
        CallerOptions? callers = null
    )
    {
        var host = new ServeHost(await FirebaseIssuer.StartAsync(), configure, callers ?? new CallerOptions());
        await host._application.StartAsync();
        host.Client = new HttpClient { BaseAddress = new Uri(host._application.Urls.Single()) };
        return host;
    }

    /// <summary>Sends a request; its path goes out as it is written here.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        string method,
        string path,
        string? authorization = null,
        byte[]? body = null,
        params (string Name, string Value)[] headers
    )
    {
        var raw = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var address = new Uri($"{Client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}", in raw);
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
        }
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await Client.SendAsync(request);
    }

    /// <summary>Sends a request with a bearer token and reads its JSON.</summary>
    public async Task<(int Status, JsonElement Body)> AskAsync(
        string method,
        string path,
        string token,
        string? body = null
    )
    {
        using var response = await SendAsync(
            method,
            path,
            $"Bearer {token}",
            body is null ? null : Encoding.UTF8.GetBytes(body)
        );
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Takes what was published since into profiles, as IngestEvents does.</summary>
    public async Task IngestAsync()
    {
        var events = Topics.Events.Skip(_applied).ToList();
        _applied += events.Count;
        foreach (var ofListener in events.GroupBy(e => e.Listener))
        {
            await ApplyAsync(ofListener.Key, [.. ofListener]);
        }
    }

    public async Task ApplyAsync(ListenerId listener, params ListenEvent[] events) =>
        await Listeners.ApplyAsync(listener, [.. events.Select(HistoryRow.Of)], default);

    /// <summary>A play of Alice's.</summary>
    public static PlayEvent Play(int number, DateTimeOffset at) =>
        new()
        {
            Listener = Alice,
            Id = new Domain.EventId($"e{number:d4}"),
            StartedAt = Instant.From(at),
            ReceivedAt = Instant.From(at),
            Item = new ItemId($"track-{number}"),
            MsPlayed = 180_000,
            Device = "radio",
        };

    /// <summary>Publishes a night with a playlist of Alice, and a model.</summary>
    public async Task PublishAsync()
    {
        var playlist = new Playlist(
            PlaylistKind.OnRepeat,
            Alice,
            new DateOnly(2026, 11, 21),
            "On Repeat",
            "What you play.",
            [
                new PlaylistTrack(new ItemId("track-1"), new Reason(ReasonKind.Favourite, [], 0, 5))
                {
                    Title = "One & <Only>",
                    ArtistName = "A",
                },
            ]
        );
        var key = NightObjects.Playlists(Run, shard: 0, Alice);
        await PutAsync(key, ListenerPlaylists.Write(Alice, Run, [playlist]));
        var manifest = new ShardManifest
        {
            Run = Run.ToString(),
            Shard = 0,
            PlaylistsByKind = [],
            Tracks = 0,
            Objects = new(StringComparer.Ordinal) { [Alice.Value] = key.Name },
        };
        await PutAsync(
            NightObjects.Manifest(Run, 0),
            JsonSerializer.SerializeToUtf8Bytes(manifest, NightJson.Default.ShardManifest)
        );
        var matrix = new InteractionMatrixBuilder(1);
        matrix.AppendRow([0], [1f]);
        var plays = matrix.Build();
        await SaveAsync(RunObjects.NeighboursName, ItemNeighbours.Fit(plays, new() { Neighbours = 1 }, 1));
        await SaveAsync(RunObjects.PopularityName, Popularity.Fit(plays, PopularityMeasure.Listeners));
        await PutAsync(
            NightObjects.Catalogue(Run),
            Encoding.UTF8.GetBytes("""{"item":"track-1","title":"One","artist":"a","artist_name":"A"}""" + "\n")
        );
        await PutAsync(
            NightObjects.Published,
            JsonSerializer.SerializeToUtf8Bytes(
                new PublishedPointer(Run.ToString(), 1),
                NightJson.Default.PublishedPointer
            )
        );

        async Task SaveAsync(string name, RecommendationModel model)
        {
            using var stream = new MemoryStream();
            model.Save(stream);
            await PutAsync(NightObjects.Model(Run, name), stream.ToArray());
        }

        async Task PutAsync(ObjectKey at, byte[] data) =>
            await Objects.PutBytesAsync(at, data, "application/octet-stream", IfGeneration.Any, default);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
        await Objects.DisposeAsync();
        await Issuer.DisposeAsync();
        _folder.Dispose();
    }
}
