using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Recommending;
using Nocturne.Testing;

namespace Nocturne.Serve.Tests.Next;

/// <summary>
/// Serve's routes that the model answers, behind a test server: listeners in documents, nights as objects, a clock that
/// is moved by hand.
/// </summary>
internal sealed class DiscoveryHost : IAsyncDisposable
{
    public static readonly ListenerId Alice = new("alice");

    private readonly TemporaryFolder _folder = new();
    private readonly LocalObjectStore _objects;
    private readonly WebApplication _application;
    private int _events;

    private DiscoveryHost()
    {
        Documents = new InMemoryDocumentStore(Time);
        Listeners = new ListenerStore(Documents, TimeProvider.System);
        _objects = new LocalObjectStore(_folder.Path);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<IObjectStore>(_objects);
        builder.Services.AddSingleton(Listeners);
        builder.Services.AddServe();
        _application = builder.Build();
    }

    public ManualTimeProvider Time { get; } = new();

    public InMemoryDocumentStore Documents { get; }

    public ListenerStore Listeners { get; }

    public IObjectStore Objects => _objects;

    public HttpClient Client { get; private set; } = null!;

    /// <summary>Starts it; only <see cref="Alice"/> may be named in a query.</summary>
    public static async Task<DiscoveryHost> StartAsync()
    {
        var host = new DiscoveryHost();
        host._application.MapDiscovery(
            host._application.Services.GetRequiredService<Discovery>(),
            (_, listener) => listener == Alice
        );
        await host._application.StartAsync();
        host.Client = host._application.GetTestClient();
        return host;
    }

    /// <summary>Publishes a night that knows some lines, and neighbours by who has what.</summary>
    /// <param name="run">The run.</param>
    /// <param name="lines">The catalogue.</param>
    /// <param name="rows">The items of each listener that the model is of, by their place in the catalogue.</param>
    public async Task PublishAsync(string run, IReadOnlyList<CatalogueLine> lines, params int[][] rows)
    {
        var id = RunId.Parse(run);
        var builder = new InteractionMatrixBuilder(lines.Count);
        foreach (var row in rows)
        {
            builder.AppendRow([.. row.Order()], [.. row.Select(_ => 1f)]);
        }
        var matrix = builder.Build();
        await SaveAsync(id, RunObjects.NeighboursName, ItemNeighbours.Fit(matrix, new() { Neighbours = 20 }, 1));
        await SaveAsync(id, RunObjects.PopularityName, Popularity.Fit(matrix, PopularityMeasure.Listeners));
        await PutAsync(NightObjects.Catalogue(id), [.. lines.SelectMany(line => line.ToBytes().Append((byte)'\n'))]);
        await PutAsync(
            NightObjects.Published,
            JsonSerializer.SerializeToUtf8Bytes(new PublishedPointer(run, 1), NightJson.Default.PublishedPointer)
        );
        Time.Advance(TimeSpan.FromSeconds(2)); // the remembered pointer is old
    }

    public async Task PutAsync(ObjectKey key, byte[] data) =>
        await _objects.PutBytesAsync(key, data, "application/octet-stream", IfGeneration.Any, default);

    /// <summary>Alice plays something, started some minutes ago.</summary>
    public Task PlayAsync(string item, double minutesAgo, int? msPlayed = 200_000, PlayEnd end = PlayEnd.Completed) =>
        ApplyAsync(
            new PlayEvent
            {
                Listener = Alice,
                Id = new EventId($"e{_events++}"),
                StartedAt = At(minutesAgo),
                ReceivedAt = At(0),
                Item = new ItemId(item),
                MsPlayed = msPlayed,
                DurationMs = 200_000,
                End = end,
            }
        );

    public Task OpineAsync(string? item, string? artist, int score) =>
        ApplyAsync(
            new FeedbackEvent
            {
                Listener = Alice,
                Id = new EventId($"e{_events++}"),
                StartedAt = At(0),
                ReceivedAt = At(0),
                Item = item is null ? null : new ItemId(item),
                Artist = artist is null ? null : new ArtistId(artist),
                Score = score,
            }
        );

    public async Task ApplyAsync(ListenEvent listenEvent) =>
        await Listeners.ApplyAsync(listenEvent.Listener, [HistoryRow.Of(listenEvent)], default);

    public Instant At(double minutesAgo) => Instant.From(Time.GetUtcNow() - TimeSpan.FromMinutes(minutesAgo));

    public async Task<JsonElement> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await Client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{path}: {response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The items of what Alice is to play next.</summary>
    public async Task<(string Basis, List<string> Items, JsonElement Body)> NextAsync(string query = "")
    {
        var body = await GetAsync($"/v1/listeners/alice/next{query}");
        var items = body.GetProperty("playlist").GetProperty("tracks").EnumerateArray();
        return (
            body.GetProperty("basis").GetString()!,
            [.. items.Select(track => track.GetProperty("item").GetString()!)],
            body
        );
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
        await _objects.DisposeAsync();
        _folder.Dispose();
    }

    private async Task SaveAsync(RunId run, string name, RecommendationModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        await PutAsync(NightObjects.Model(run, name), stream.ToArray());
    }
}
