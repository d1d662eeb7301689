using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Testing;
using Nocturne.Topology;

namespace Nocturne.Collect.Tests;

/// <summary>
/// Collect behind a test server, with a topic that can be read, documents and objects, and a clock that stands still
/// until it is moved.
/// </summary>
internal sealed class CollectHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);
    public static readonly ListenerId Alice = new("alice");

    private static readonly RunId Run = RunId.Parse("2026-11-21");

    private readonly TemporaryFolder _folder = new();
    private readonly LocalObjectStore _objects;
    private readonly WebApplication _application;
    private int _applied;

    private CollectHost(Action<CollectOptions>? configure, Func<string, string?>? variable)
    {
        Documents = new InMemoryDocumentStore(Time);
        Listeners = new ListenerStore(Documents, TimeProvider.System);
        Tokens = new ListenerTokens(Documents, DevelopmentAccess.Pepper, Time);
        _objects = new LocalObjectStore(_folder.Path);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<IEventPublisher>(Topic);
        builder.Services.AddSingleton<IDocumentStore>(Documents);
        builder.Services.AddSingleton<IObjectStore>(_objects);
        builder.Services.AddSingleton(Listeners);
        builder.Services.AddSingleton(Tokens);
        Issuer = new DevelopmentIssuer(new byte[DevelopmentIssuer.KeyBytes], Time, _ => null);
        builder.Services.AddSingleton(new Callers(Tokens, Issuer, new CallerOptions(), Time));
        builder.Services.AddCollect(
            options =>
            {
                options.AllowAnonymousEvents = true;
                configure?.Invoke(options);
            },
            variable
        );
        _application = builder.Build();
    }

    public ManualTimeProvider Time { get; } = new(Now);

    public InMemoryDocumentStore Documents { get; }

    public ListenerStore Listeners { get; }

    public ListenerTokens Tokens { get; }

    /// <summary>Makes ID tokens.</summary>
    public DevelopmentIssuer Issuer { get; }

    public ListedTopic Topic { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    /// <summary>Alice's token.</summary>
    public string Token { get; private set; } = null!;

    public static async Task<CollectHost> StartAsync(
        Action<CollectOptions>? configure = null,
        Func<string, string?>? variable = null
    )
    {
        var host = new CollectHost(configure, variable);
        host._application.MapCollect();
        await host._application.StartAsync();
        host.Client = host._application.GetTestClient();
        host.Token = (await host.Tokens.CreateAsync(Alice, "player", default)).Secret;
        return host;
    }

    /// <summary>Posts events without a credential.</summary>
    public async Task<HttpResponseMessage> PostAsync(string body, string? contentType = null)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        return await Client.PostAsync(new Uri("/v1/events", UriKind.Relative), content);
    }

    /// <summary>Sends a request with Alice's token, or with the header that is given; empty for none.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        string method,
        string path,
        string? body = null,
        string? authorization = null
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if ((authorization ?? $"Token {Token}") is { Length: > 0 } header)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        }
        return await Client.SendAsync(request);
    }

    /// <summary>Sends a request and reads its JSON.</summary>
    public async Task<(int Status, JsonElement Body)> AskAsync(
        string method,
        string path,
        string? body = null,
        string? authorization = null
    )
    {
        using var response = await SendAsync(method, path, body, authorization);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Takes what was published since into profiles, as IngestEvents does.</summary>
    public async Task IngestAsync()
    {
        var events = Topic.Events.Skip(_applied).ToList();
        _applied += events.Count;
        foreach (var ofListener in events.GroupBy(e => e.Listener))
        {
            await Listeners.ApplyAsync(ofListener.Key, [.. ofListener.Select(HistoryRow.Of)], default);
        }
    }

    /// <summary>Publishes a night's playlists of Alice.</summary>
    public async Task PublishAsync(params Playlist[] playlists)
    {
        var key = NightObjects.Playlists(Run, shard: 0, Alice);
        await PutAsync(key, ListenerPlaylists.Write(Alice, Run, playlists));
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
        await PutAsync(
            NightObjects.Published,
            JsonSerializer.SerializeToUtf8Bytes(
                new PublishedPointer(Run.ToString(), 1),
                NightJson.Default.PublishedPointer
            )
        );

        async Task PutAsync(ObjectKey at, byte[] data) =>
            await _objects.PutBytesAsync(at, data, "application/octet-stream", IfGeneration.Any, default);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
        await _objects.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Keeps what is published; fails on demand.</summary>
internal sealed class ListedTopic : IEventPublisher
{
    public List<byte[]> Messages { get; } = [];

    public bool IsUnavailable { get; set; }

    public IEnumerable<string> Lines =>
        Messages.SelectMany(m => Encoding.UTF8.GetString(m).Split('\n', StringSplitOptions.RemoveEmptyEntries));

    public List<ListenEvent> Events
    {
        get
        {
            var events = new List<ListenEvent>();
            Messages.ForEach(m => EventParser.ParseMessage(m, events.Add, r => Assert.Fail(r.ToString())));
            return events;
        }
    }

    public IReadOnlyList<PlayEvent> Plays => [.. Events.OfType<PlayEvent>()];

    public ValueTask<IReadOnlyList<string>> PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        if (IsUnavailable)
        {
            throw new StoreUnavailableException("The topic does not answer.");
        }
        Assert.Equal(NocturneTopology.TopicNames.ListeningEvents, topic);
        Assert.InRange(messages.Count, 1, PublishLimits.MaxMessagesPerCall);
        Messages.AddRange(messages.Select(m => m.Data.ToArray()));
        return ValueTask.FromResult<IReadOnlyList<string>>([.. messages.Select((_, i) => $"{i}")]);
    }
}
