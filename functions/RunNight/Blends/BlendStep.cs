using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;

namespace Nocturne.RunNight.Blends;

/// <summary>Makes the playlists of blends: every night's, and at once when somebody came or left.</summary>
internal sealed class BlendStep(NightContext context, RunModels models)
{
    private const int MaxPinnedBytes = 256 << 20;

    private readonly BlendMemberships _memberships = new(context.Documents, context.Publisher, context.Time);
    private readonly BlendTastes _tastes = new(context);

    /// <summary>Pins the members of a shard's blends for a run; those that are pinned stay so.</summary>
    public async ValueTask PinAsync(RunId run, int shard, int shards, CancellationToken cancellationToken)
    {
        var key = BlendObjects.Pinned(run, shard);
        if (await context.Objects.HeadAsync(key, cancellationToken) is not null)
        {
            return;
        }
        var blends = new List<Blend>();
        await foreach (var blend in _memberships.ListAsync(shard, shards, cancellationToken))
        {
            if (blend.IsJoint)
            {
                blends.Add(blend);
            }
        }
        await context.Objects.TryCreateAsync(
            key,
            JsonSerializer.SerializeToUtf8Bytes(new PinnedBlends(blends), NightJson.Default.PinnedBlends),
            "application/json",
            cancellationToken
        );
    }

    /// <summary>Makes a run's playlists of a shard's blends, from what its snapshot pinned.</summary>
    public async ValueTask ComposeAsync(RunId run, RunRecord record, int shard, CancellationToken cancellationToken)
    {
        var key = BlendObjects.Manifest(run, shard);
        if (await context.Objects.HeadAsync(key, cancellationToken) is not null)
        {
            return;
        }
        // Absent in a run that an earlier version began.
        var read = await context.Objects.ReadBytesAsync(
            BlendObjects.Pinned(run, shard),
            MaxPinnedBytes,
            cancellationToken
        );
        var pinned = read is { } found
            ? JsonSerializer.Deserialize(found.Data, NightJson.Default.PinnedBlends)!.Blends
            : [];
        var made = new (BlendPointer Pointer, BlendPlaylist Playlist)[pinned.Count];
        await Parallel.ForAsync(
            0,
            pinned.Count,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = context.Options.ConcurrentWrites,
                CancellationToken = cancellationToken,
            },
            async (at, token) =>
                made[at] = await MakeAsync(
                    run,
                    pinned[at],
                    member => _tastes.ReadAsync(run, record.Shards, member, token),
                    token
                )
        );
        var manifest = new BlendManifest
        {
            Run = run.ToString(),
            Shard = shard,
            Fair = made.Count(blend => blend.Playlist.IsFair()),
            Tracks = made.Sum(blend => blend.Playlist.Playlist.Tracks.Count),
            Blends = new SortedDictionary<string, BlendPointer>(
                made.ToDictionary(blend => blend.Playlist.Blend.Value, blend => blend.Pointer),
                StringComparer.Ordinal
            ),
        };
        await context.Objects.TryCreateAsync(
            key,
            JsonSerializer.SerializeToUtf8Bytes(manifest, NightJson.Default.BlendManifest),
            "application/json",
            cancellationToken
        );
    }

    /// <summary>
    /// Brings a shard's blends up to date with their members, once a run is published: somebody may have come or left
    /// between its snapshot and now.
    /// </summary>
    public async ValueTask CatchUpAsync(RunId run, int shard, CancellationToken cancellationToken)
    {
        var (pointer, published) = await ReadPublishedAsync(cancellationToken);
        if (pointer?.Run != run.ToString() || shard < 0 || shard >= pointer.Shards)
        {
            return; // a later run is published, or this one is a backfill
        }
        var made = (await published.ReadManifestAsync(run, shard, cancellationToken))?.Blends;
        await foreach (var blend in _memberships.ListAsync(shard, pointer.Shards, cancellationToken))
        {
            var known = made?.GetValueOrDefault(blend.Id)?.Version;
            if (known != blend.Version && (blend.IsJoint || known is not null))
            {
                await UpdateAsync(blend, pointer, published, cancellationToken);
            }
        }
    }

    /// <summary>Makes a blend's playlist for its present members by the published run, if there is none yet.</summary>
    public async ValueTask UpdateAsync(BlendId id, CancellationToken cancellationToken)
    {
        var (pointer, published) = await ReadPublishedAsync(cancellationToken);
        // Before the first night there is no model; that night makes it.
        if (pointer is not null && await _memberships.ReadAsync(id, cancellationToken) is { } blend)
        {
            await UpdateAsync(blend, pointer, published, cancellationToken);
        }
    }

    private async ValueTask UpdateAsync(
        Blend blend,
        PublishedPointer pointer,
        PublishedBlends published,
        CancellationToken cancellationToken
    )
    {
        var (id, run) = (new BlendId(blend.Id), RunId.Parse(pointer.Run));
        var next = new BlendPointer(blend.Version, pointer.Run, null);
        var known = await published.FindAsync(id, pointer, cancellationToken);
        if (known is null ? !blend.IsJoint : !next.IsAfter(known))
        {
            return; // it is made: the message came again, or a later change was faster; or there is nothing to replace
        }
        if (blend.IsJoint)
        {
            var made = await MakeAsync(
                run,
                blend,
                member => _tastes.ReadNowAsync(run, member, cancellationToken),
                cancellationToken
            );
            next = made.Pointer;
        }
        await published.MoveAsync(id, next, cancellationToken);
    }

    private async ValueTask<(BlendPointer Pointer, BlendPlaylist Playlist)> MakeAsync(
        RunId run,
        Blend blend,
        Func<ListenerId, ValueTask<ListenerTaste>> tasteOf,
        CancellationToken cancellationToken
    )
    {
        var model = await models.LoadAsync(run, cancellationToken);
        var tastes = new List<ListenerTaste>(blend.Members.Count);
        foreach (var member in blend.Members)
        {
            tastes.Add(await tasteOf(new ListenerId(member)));
        }
        var playlist = await models.ComposeAsync(() => model.Compose(blend, tastes), cancellationToken);
        var key = BlendObjects.Playlist(playlist.Blend, run, blend.Version);
        await context.Objects.TryCreateAsync(
            key,
            BlendPack.Write(playlist, run.ToString()),
            "application/octet-stream",
            cancellationToken
        );
        return (new BlendPointer(blend.Version, run.ToString(), key.Name), playlist);
    }

    /// <summary>Which run is published now: not what was remembered a second ago, when another was.</summary>
    private async ValueTask<(PublishedPointer?, PublishedBlends)> ReadPublishedAsync(
        CancellationToken cancellationToken
    )
    {
        var playlists = new PublishedPlaylists(context.Objects, context.Time);
        return (await playlists.ReadPointerAsync(cancellationToken), new PublishedBlends(context.Objects, playlists));
    }
}
