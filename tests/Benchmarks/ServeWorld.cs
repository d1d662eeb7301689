using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nocturne.Adapters.Local;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Identity;
using Nocturne.IngestEvents;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Recommending;
using Nocturne.RunNight;
using Nocturne.Serve;
using Nocturne.Topology;

namespace Nocturne.Benchmarks;

/// <summary>
/// The embedded stack with a published night of <see cref="ComposeWorld"/>'s listeners in a folder, their profiles, and
/// Serve on a port of this machine, with IngestEvents behind the topic.
/// </summary>
internal sealed class ServeWorld : IAsyncDisposable
{
    private const int Shards = 16;
    private const string Marker = "benchmark-world.json";
    private static readonly RunId Run = new(ComposeWorld.Date);

    private readonly LocalStack _stack;
    private readonly WebApplication _application;
    private readonly IngestHandler _ingest;

    private ServeWorld(
        LocalStack stack,
        IngestHandler ingest,
        WebApplication application,
        string[] items,
        string[] words
    )
    {
        (_stack, _ingest, _application) = (stack, ingest, application);
        (Items, Words) = (items, words);
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        Port = new Uri(address.Addresses.Single()).Port;
    }

    public int Port { get; }

    /// <summary>Ids of the catalogue.</summary>
    public IReadOnlyList<string> Items { get; }

    /// <summary>Names of the catalogue.</summary>
    public IReadOnlyList<string> Words { get; }

    public IEventPublisher Publisher => _stack.Messages;

    public static string ListenerOf(int number) => $"listener-{number:d7}";

    /// <summary>Opens the folder, and fills it if it is new: that takes minutes at the full size.</summary>
    public static async Task<ServeWorld> OpenAsync(string folder, int listeners, int tracks)
    {
        var stack = await LocalStack.OpenAsync(folder, new LocalStackOptions { Durability = LogDurability.Process });
        var store = new ListenerStore(stack.Documents, TimeProvider.System);
        var marker = Path.Combine(folder, Marker);
        var size = $"{listeners} listeners, {tracks} tracks";
        if (!File.Exists(marker))
        {
            await FillAsync(stack, store, listeners, tracks);
            await File.WriteAllTextAsync(marker, size);
        }
        else if (await File.ReadAllTextAsync(marker) is var known && known != size)
        {
            throw new InvalidOperationException($"{folder} has {known}: delete it, or name another with --data.");
        }
        var lines = await RunObjects.ReadCatalogueAsync(stack.Objects, Run, CancellationToken.None);
        var ingest = new IngestHandler(store, stack.Messages, new IngestOptions());
        var application = Build(stack, store);
        Attach(stack, ingest);
        await application.StartAsync();
        return new ServeWorld(
            stack,
            ingest,
            application,
            [.. lines.Select(line => line.Item!)],
            [.. lines.Select(line => line.Title!)]
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _stack.Messages.StopAsync();
        await _ingest.DisposeAsync();
        await _stack.DisposeAsync();
    }

    private static WebApplication Build(LocalStack stack, ListenerStore store)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IObjectStore>(stack.Objects);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton<IDocumentStore>(stack.Documents);
        builder.Services.AddSingleton<IEventPublisher>(stack.Messages);
        var tokens = new ListenerTokens(stack.Documents, DevelopmentAccess.Pepper, TimeProvider.System);
        builder.Services.AddSingleton(tokens);
        builder.Services.AddSingleton(
            new Callers(
                tokens,
                new DevelopmentIssuer(
                    new byte[DevelopmentIssuer.KeyBytes],
                    TimeProvider.System,
                    Environment.GetEnvironmentVariable
                ),
                new CallerOptions(),
                TimeProvider.System
            )
        );
        builder.Services.AddServe(options => options.AllowAnonymous = true); // as nocturne up does
        var application = builder.Build();
        application.MapServe();
        return application;
    }

    private static void Attach(LocalStack stack, IngestHandler ingest)
    {
        var endpoint = new IngestEndpoint(
            ingest,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<IngestEndpoint>.Instance
        );
        foreach (var subscription in NocturneTopology.Subscriptions)
        {
            if (subscription.Delivery is Delivery.Push)
            {
                stack.Messages.AttachPush(
                    subscription.Name,
                    subscription.Name == NocturneTopology.SubscriptionNames.IngestEvents
                        ? (request, token) => endpoint.ReceiveBodyAsync(request.Body, token)
                        : (_, _) => new ValueTask<int>(204)
                );
            }
        }
        stack.Messages.Start();
    }

    private static async Task FillAsync(LocalStack stack, ListenerStore store, int listeners, int tracks)
    {
        var watch = Stopwatch.StartNew();
        var world = new ComposeWorld(tracks, Math.Min(20_000, listeners), Environment.ProcessorCount);
        var model = world.Model;
        await SaveAsync(stack, RunObjects.NeighboursName, model.Neighbours);
        await SaveAsync(stack, RunObjects.PopularityName, model.Popularity);
        var catalogue = new ArrayBufferWriter<byte>(tracks * 256);
        for (var item = 0; item < model.Catalogue.Count; item++)
        {
            catalogue.Write(LineOf(model.Catalogue[item]).ToBytes());
            catalogue.Write("\n"u8);
        }
        await PutAsync(stack, NightObjects.Catalogue(Run), catalogue.WrittenMemory);
        Console.WriteLine($"catalogue and models after {watch.Elapsed.TotalSeconds:n0} s");
        await ComposeAsync(stack, store, world, listeners);
        Console.WriteLine(
            $"playlists and profiles of {listeners:n0} listeners after {watch.Elapsed.TotalSeconds:n0} s"
        );
    }

    private static async Task ComposeAsync(LocalStack stack, ListenerStore store, ComposeWorld world, int listeners)
    {
        var manifests = Enumerable
            .Range(0, Shards)
            .Select(_ => new SortedDictionary<string, string>(StringComparer.Ordinal))
            .ToArray();
        var composers = new System.Collections.Concurrent.ConcurrentBag<PlaylistComposer>();
        await Parallel.ForAsync(
            0,
            listeners,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount * 2 },
            async (number, token) =>
            {
                var taste = world.Listener(number);
                if (!composers.TryTake(out var composer))
                {
                    composer = new PlaylistComposer(world.Model.Catalogue, new NightTasteModel(world.Model), seed: 1);
                }
                var playlists = composer.Compose(taste, ComposeWorld.Date);
                composers.Add(composer);
                var shard = StorageName.ShardOf(taste.Listener.Value, Shards);
                var key = NightObjects.Playlists(Run, shard, taste.Listener);
                var data = ListenerPlaylists.Write(
                    taste.Listener,
                    Run,
                    playlists,
                    playlists.Memory,
                    taste.TimeZone,
                    playlists.Home
                );
                await PutAsync(stack, key, data);
                lock (manifests[shard])
                {
                    manifests[shard].Add(taste.Listener.Value, key.Name);
                }
                await store.ApplyAsync(
                    taste.Listener,
                    [.. taste.RecentPlays.Select((play, i) => RowOf(taste, play, i))],
                    token
                );
            }
        );
        for (var shard = 0; shard < Shards; shard++)
        {
            var manifest = new ShardManifest
            {
                Run = Run.ToString(),
                Shard = shard,
                PlaylistsByKind = [],
                Tracks = 0,
                Objects = manifests[shard],
            };
            await PutAsync(
                stack,
                NightObjects.Manifest(Run, shard),
                JsonSerializer.SerializeToUtf8Bytes(manifest, NightJson.Default.ShardManifest)
            );
        }
        await PutAsync(
            stack,
            NightObjects.Published,
            JsonSerializer.SerializeToUtf8Bytes(
                new PublishedPointer(Run.ToString(), Shards),
                NightJson.Default.PublishedPointer
            )
        );
    }

    private static HistoryRow RowOf(ListenerTaste taste, RecentPlay play, int number) =>
        HistoryRow.Of(
            new PlayEvent
            {
                Listener = taste.Listener,
                Id = new Domain.EventId($"w{number}"),
                StartedAt = play.StartedAt,
                ReceivedAt = play.StartedAt,
                Item = play.Item,
                Artist = play.Artist,
                MsPlayed = play.IsStream ? 200_000 : 10_000,
                DurationMs = 200_000,
                End = play.IsSkip ? PlayEnd.Skipped : PlayEnd.Completed,
            }
        );

    private static CatalogueLine LineOf(CatalogueTrack track) =>
        new()
        {
            Item = track.Id.Value,
            Title = track.Title,
            Artist = track.Artist?.Value,
            ArtistName = track.ArtistName,
            Release = track.Album,
            Genres = track.Genres,
            Released = track.Released,
            DurationMs = track.Duration is { } duration ? (long)duration.TotalMilliseconds : null,
            Tempo = track.Tempo,
            Loudness = track.Loudness,
            Energy = track.Energy,
        };

    private static async Task SaveAsync(LocalStack stack, string name, RecommendationModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        await PutAsync(stack, NightObjects.Model(Run, name), stream.ToArray());
    }

    private static async Task PutAsync(LocalStack stack, ObjectKey key, ReadOnlyMemory<byte> data) =>
        await stack.Objects.PutBytesAsync(
            key,
            data,
            "application/octet-stream",
            IfGeneration.Any,
            CancellationToken.None
        );
}
