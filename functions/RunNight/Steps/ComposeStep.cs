using System.Collections.Concurrent;
using System.Text.Json;
using Nocturne.Nights;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.RunNight.Blends;
using Nocturne.RunNight.Checks;
using Nocturne.RunNight.Snapshots;

namespace Nocturne.RunNight.Steps;

/// <summary>Makes the playlists of one shard's listeners, and of its blends.</summary>
internal sealed class ComposeStep(NightContext context, RunModels models, BlendStep blends)
{
    // Composed one after another on one thread: the model is read once for all of them.
    private const int Together = 8;

    public async ValueTask HandleAsync(RunId run, RunRecord record, int shard, CancellationToken cancellationToken)
    {
        var key = NightObjects.Manifest(run, shard);
        if (await context.Objects.HeadAsync(key, cancellationToken) is null)
        {
            var manifest = default(ShardManifest)!;
            await context.CountAsync(
                run,
                NightStep.Compose,
                shard,
                async () => manifest = await MakeAsync(run, record, shard, cancellationToken),
                cancellationToken
            );
            await context.Objects.TryCreateAsync(
                key,
                JsonSerializer.SerializeToUtf8Bytes(manifest, NightJson.Default.ShardManifest),
                "application/json",
                cancellationToken
            );
        }
        var missing = await context.MissingAsync(
            key.Bucket,
            NightObjects.ManifestPrefix(run),
            record.Shards,
            cancellationToken
        );
        if (missing.Count == 0)
        {
            await context.PublishAsync(NightStep.Close, run, [0], cancellationToken);
        }
    }

    /// <summary>All that a shard has but its manifest, whose existence says that all is there.</summary>
    private async ValueTask<ShardManifest> MakeAsync(
        RunId run,
        RunRecord record,
        int shard,
        CancellationToken cancellationToken
    )
    {
        await blends.ComposeAsync(run, record, shard, cancellationToken);
        var (manifest, shown) = await ComposeAsync(run, record, shard, cancellationToken);
        await context.Objects.TryCreateAsync(
            NightObjects.Shown(run, shard),
            JsonSerializer.SerializeToUtf8Bytes(shown, NightJson.Default.ShownItems),
            "application/json",
            cancellationToken
        );
        return manifest;
    }

    private async ValueTask<(ShardManifest, ShownItems)> ComposeAsync(
        RunId run,
        RunRecord record,
        int shard,
        CancellationToken cancellationToken
    )
    {
        var model = await models.LoadAsync(run, cancellationToken);
        var resting = new RestingListeners(context.Objects, record, model.Epoch);
        var snapshot = NightObjects.Snapshot(run, shard);
        await using var content =
            await context.Objects.OpenReadAsync(snapshot, cancellationToken)
            ?? throw new InvalidDataException($"{snapshot} is missing, though it was complete.");
        var shown = new ShownTally();
        var made = new ConcurrentDictionary<string, Made>();
        await Parallel.ForEachAsync(
            SnapshotReader.Read(content.Stream, snapshot.ToString()).Chunk(Together),
            new ParallelOptions
            {
                MaxDegreeOfParallelism = Math.Max(1, context.Options.ConcurrentWrites / Together),
                CancellationToken = cancellationToken,
            },
            async (listeners, token) =>
            {
                var rests = await Task.WhenAll(listeners.Select(one => resting.ReadAsync(one, token).AsTask()));
                ListenerTaste[] tastes = [.. listeners.Zip(rests, (one, rest) => rest?.Apply(one) ?? one.ToTaste())];
                var composed = await models.ComposeAsync(() => model.Compose(tastes), token);
                await Task.WhenAll(
                    listeners.Select((one, i) => FinishAsync(one, tastes[i], rests[i], composed[i], token))
                );
            }
        );
        var objects = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var tracks = 0;
        var emerging = 0;
        var counts = default(IncrementalCounts);
        foreach (var (listener, (name, playlists, work)) in made)
        {
            objects.Add(listener, name);
            counts += work;
            foreach (var playlist in playlists)
            {
                kinds[playlist.Kind.Value] = kinds.GetValueOrDefault(playlist.Kind.Value) + 1;
                tracks += playlist.Tracks.Count;
                emerging += model.Model.EmergingTracksOf(playlist);
            }
        }
        var manifest = new ShardManifest
        {
            Run = run.ToString(),
            Shard = shard,
            PlaylistsByKind = kinds,
            Tracks = tracks,
            EmergingTracks = emerging,
            Incremental = counts,
            Objects = objects,
        };
        return (manifest, shown.Finish());

        async Task FinishAsync(
            SnapshotListener listener,
            ListenerTaste taste,
            Rest? rest,
            ComposedPlaylists playlists,
            CancellationToken token
        )
        {
            var name = await WriteAsync(listener, taste, rest, playlists, token);
            shown.Add(taste, playlists);
            made[listener.Listener.Value] = name is null
                ? new Made(rest!.Object, playlists, new IncrementalCounts(0, 0, 1))
                : new Made(name, playlists, new IncrementalCounts(rest is null ? 1 : 0, rest is null ? 0 : 1, 0));
        }

        // Null where what was composed is what there is: then that object stands.
        async ValueTask<string?> WriteAsync(
            SnapshotListener listener,
            ListenerTaste taste,
            Rest? rest,
            ComposedPlaylists playlists,
            CancellationToken token
        )
        {
            var memory = playlists.Memory with { MadeFrom = listener.Fingerprint, Epoch = model.Epoch };
            if (rest is not null && rest.IsSame(listener.Listener, playlists, memory, taste.TimeZone))
            {
                return null;
            }
            var key = NightObjects.Playlists(run, shard, listener.Listener);
            await context.Objects.TryCreateAsync(
                key,
                ListenerPlaylists.Write(
                    listener.Listener,
                    run,
                    playlists.Playlists,
                    memory,
                    taste.TimeZone,
                    playlists.Home
                ),
                "application/octet-stream",
                token
            );
            return key.Name;
        }
    }

    /// <summary>A listener's playlists, the object that holds them, and what they took.</summary>
    private sealed record Made(string Object, IReadOnlyList<Playlist> Playlists, IncrementalCounts Work);
}
