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
    public async ValueTask HandleAsync(RunId run, RunRecord record, int shard, CancellationToken cancellationToken)
    {
        var key = NightObjects.Manifest(run, shard);
        if (await context.Objects.HeadAsync(key, cancellationToken) is null)
        {
            await blends.ComposeAsync(run, record, shard, cancellationToken);
            var (manifest, shown) = await ComposeAsync(run, shard, cancellationToken);
            await context.Objects.TryCreateAsync(
                NightObjects.Shown(run, shard),
                JsonSerializer.SerializeToUtf8Bytes(shown, NightJson.Default.ShownItems),
                "application/json",
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

    private async ValueTask<(ShardManifest, ShownItems)> ComposeAsync(
        RunId run,
        int shard,
        CancellationToken cancellationToken
    )
    {
        var model = await models.LoadAsync(run, cancellationToken);
        var snapshot = NightObjects.Snapshot(run, shard);
        await using var content =
            await context.Objects.OpenReadAsync(snapshot, cancellationToken)
            ?? throw new InvalidDataException($"{snapshot} is missing, though it was complete.");
        var shown = new ShownTally();
        var made = new ConcurrentDictionary<string, (string Name, IReadOnlyList<Playlist> Playlists)>();
        await Parallel.ForEachAsync(
            SnapshotReader.Read(content.Stream, snapshot.ToString()),
            new ParallelOptions
            {
                MaxDegreeOfParallelism = context.Options.ConcurrentWrites,
                CancellationToken = cancellationToken,
            },
            async (listener, token) =>
            {
                var playlists = await models.ComposeAsync(() => model.Compose(listener.ToTaste()), token);
                var key = NightObjects.Playlists(run, shard, listener.Listener);
                await context.Objects.TryCreateAsync(
                    key,
                    ListenerPlaylists.Write(listener.Listener, run, playlists.Playlists, playlists.Memory),
                    "application/octet-stream",
                    token
                );
                shown.Add(listener.ToTaste(), playlists);
                made[listener.Listener.Value] = (key.Name, playlists);
            }
        );
        var objects = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var tracks = 0;
        var emerging = 0;
        foreach (var (listener, (name, playlists)) in made)
        {
            objects.Add(listener, name);
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
            Objects = objects,
        };
        return (manifest, shown.Finish());
    }
}
