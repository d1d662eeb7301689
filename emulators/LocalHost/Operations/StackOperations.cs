using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Nocturne.Collect;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.LocalHost.Stack;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Ports;
using Nocturne.Profiles;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Operations;

/// <summary>Operations on a stack that this process has open.</summary>
/// <param name="stack">The stack; disposed with this.</param>
internal sealed class StackOperations(IStack stack) : IOperations
{
    private readonly IDocumentStore _documents = stack.Documents;
    private readonly IObjectStore _objects = stack.Objects;
    private readonly TimeProvider _time = stack.Services.GetRequiredService<TimeProvider>();
    private readonly ListenerStore _listeners = stack.Services.GetRequiredService<ListenerStore>();
    private readonly PublishedPlaylists _published = stack.Services.GetRequiredService<PublishedPlaylists>();
    private readonly BlendOperations _blends = new(
        stack.Documents,
        stack.Objects,
        stack.Publisher,
        stack.Services.GetRequiredService<PublishedPlaylists>(),
        stack.Services.GetRequiredService<TimeProvider>()
    );
    private readonly ListenerTokens _tokens = stack.Services.GetRequiredService<ListenerTokens>();
    private volatile ItemNames? _names;

    // Who has the stack open may act for anybody in it.
    private static readonly Caller Operator = new(Listener: null, CallerRoles.Operator);

    /// <summary>The stack.</summary>
    public IStack Stack => stack;

    public async ValueTask PublishAsync(IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken) =>
        await PublishAsync(NocturneTopology.TopicNames.ListeningEvents, messages, cancellationToken);

    public ValueTask<CollectOutcome> CollectAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        Patience.TryAsync(
            () => stack.Services.GetRequiredService<CollectHandler>().HandleAsync(Operator, body, cancellationToken),
            _time,
            cancellationToken
        );

    public ValueTask<NewListenerToken> CreateTokenAsync(
        ListenerId listener,
        string name,
        CancellationToken cancellationToken
    ) => _tokens.CreateAsync(listener, name, cancellationToken);

    public ValueTask<IReadOnlyList<ListenerToken>> ListTokensAsync(
        ListenerId listener,
        CancellationToken cancellationToken
    ) => _tokens.ListAsync(listener, cancellationToken);

    public ValueTask<bool> RevokeTokenAsync(ListenerId listener, string id, CancellationToken cancellationToken) =>
        _tokens.RevokeAsync(listener, id, cancellationToken);

    public StackManner Manner => stack.Manner;

    public ValueTask<long?> BacklogAsync(CancellationToken cancellationToken) => stack.BacklogAsync(cancellationToken);

    public ValueTask DrainAsync(CancellationToken cancellationToken) => stack.DrainAsync(cancellationToken);

    public async ValueTask StartNightAsync(RunId run, CancellationToken cancellationToken)
    {
        // A run that exists is looked after by a tick: a start would do its snapshots over.
        var record = await ReadRecordAsync(run, cancellationToken);
        var step = record is null
            ? new NightMessage(NightStep.Start, run, 0)
            : new NightMessage(NightStep.Tick, null, 0);
        await PublishAsync(
            NocturneTopology.TopicNames.NightSteps,
            [new OutgoingMessage(step.ToBytes())],
            cancellationToken
        );
    }

    public async ValueTask ControlNightAsync(NightStep step, RunId run, CancellationToken cancellationToken) =>
        await PublishAsync(
            NocturneTopology.TopicNames.NightSteps,
            [new OutgoingMessage(new NightMessage(step, run, 0).ToBytes())],
            cancellationToken
        );

    public async ValueTask<RunView?> ReadRunAsync(RunId? run, CancellationToken cancellationToken)
    {
        var pointer = await _published.ReadPointerAsync(cancellationToken);
        var wanted = run ?? (pointer is null ? null : RunId.Parse(pointer.Run));
        if (wanted is not { } id || await ReadRecordAsync(id, cancellationToken) is not { } record)
        {
            return null;
        }
        var steps = (2 * record.Shards) + 2;
        if (record.State == RunState.Finished)
        {
            return new RunView(record, pointer?.Run == record.Run, steps, steps);
        }
        var snapshots = await CountAsync(
            NocturneTopology.BucketNames.Nights,
            NightObjects.SnapshotPrefix(id),
            cancellationToken
        );
        var trained = await _objects.HeadAsync(NightObjects.Trained(id), cancellationToken) is null ? 0 : 1;
        var composed = await CountAsync(
            NocturneTopology.BucketNames.Playlists,
            NightObjects.ManifestPrefix(id),
            cancellationToken
        );
        return new RunView(record, IsPublished: false, snapshots + trained + composed, steps);
    }

    public async ValueTask<ListenerView?> ReadListenerAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        if (await _listeners.ReadProfileAsync(listener, cancellationToken) is not { } profile)
        {
            return null;
        }
        var names = await ReadNamesAsync(cancellationToken);
        var statements = profile.Statements;
        return new ListenerView
        {
            Listener = listener.Value,
            Totals = TotalsView.Of(profile.Totals),
            StreamsByHourUtc = profile.StreamsByHour,
            StreamsByWeekdayUtc = profile.StreamsByWeekday,
            RecentPlays =
            [
                .. profile.RecentPlays.Select(play => new RecentView(
                    play.StartedAt.ToDateTimeOffset(),
                    play.Item.Value,
                    names.Item(play.Item.Value),
                    play.IsSkip
                )),
            ],
            Items = [.. profile.Items.Select(a => View(a, names.Item(a.Id)))],
            Artists = [.. profile.Artists.Select(a => View(a, names.Artist(a.Id)))],
            Liked = [.. statements.LikedItems.Select(item => item.Value)],
            Hated =
            [
                .. statements.HatedItems.Select(item => item.Value),
                .. statements.HatedArtists.Select(artist => artist.Value),
            ],
            Follows = [.. statements.Follows.Select(artist => artist.Value)],
            Excludes = [.. profile.Excludes.Select(e => $"{e.Target} {e.Value}")],
            TimeZone = statements.TimeZone,
            Market = statements.Market,
        };
    }

    public async ValueTask<PlaylistsView?> ReadPlaylistsAsync(ListenerId listener, CancellationToken cancellationToken)
    {
        if (await _published.ReadAsync(listener, cancellationToken) is not { } playlists)
        {
            return null;
        }
        var names = await ReadNamesAsync(cancellationToken);
        return new PlaylistsView(playlists.Run, [.. playlists.Playlists.Select(playlist => View(playlist, names))]);
    }

    public ValueTask<BlendOutcome> ChangeBlendAsync(
        BlendAction action,
        BlendId blend,
        ListenerId listener,
        CancellationToken cancellationToken
    ) => _blends.ChangeAsync(action, blend, listener, cancellationToken);

    public async ValueTask<BlendView?> ReadBlendAsync(BlendId blend, CancellationToken cancellationToken)
    {
        var names = await ReadNamesAsync(cancellationToken);
        return await _blends.ReadAsync(blend, playlist => View(playlist, names), cancellationToken);
    }

    public async ValueTask UploadCatalogueAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(NocturneTopology.BucketNames.Catalogue, NightObjects.CatalogueUploads + name);
        await Patience.TryAsync(
            () =>
            {
                content.Position = 0;
                return _objects.PutAsync(key, content, "application/x-ndjson", IfGeneration.Any, cancellationToken);
            },
            _time,
            cancellationToken
        );
    }

    public ValueTask<IReadOnlyList<RedrivenTopic>> RedriveAsync(CancellationToken cancellationToken) =>
        DeadLetters.RedriveAsync(stack, PublishAsync, cancellationToken);

    public ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
        stack.ExamineAsync(cancellationToken);

    public ValueTask DisposeAsync() => stack.DisposeAsync();

    private async ValueTask PublishAsync(
        string topic,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    ) =>
        await Patience.TryAsync(
            () => stack.Publisher.PublishAsync(topic, messages, cancellationToken),
            _time,
            cancellationToken
        );

    private async ValueTask<RunRecord?> ReadRecordAsync(RunId run, CancellationToken cancellationToken)
    {
        var document = await _documents.GetAsync(NightObjects.Record(run), cancellationToken);
        return document is null ? null : RunRecord.Read(document.Data);
    }

    private async ValueTask<int> CountAsync(string bucket, string prefix, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var _ in _objects.ListAsync(bucket, prefix, null, cancellationToken))
        {
            count++;
        }
        return count;
    }

    private async ValueTask<ItemNames> ReadNamesAsync(CancellationToken cancellationToken)
    {
        var run = (await _published.ReadPointerAsync(cancellationToken))?.Run;
        if (_names is { } known && known.Run == run)
        {
            return known;
        }
        return _names = await ItemNames.ReadAsync(_objects, run, cancellationToken);
    }

    private static PlaylistView View(Playlist playlist, ItemNames names) =>
        new(
            playlist.Kind.Value,
            playlist.Title,
            playlist.Description,
            [
                .. playlist.Tracks.Select(track => new TrackView(
                    track.Item.Value,
                    track.Title,
                    track.ArtistName,
                    track.Reason.ToText(item => names.Title(item.Value))
                )),
            ],
            JsonSerializer.Deserialize<JsonElement>(PlaylistJson.Write(playlist)),
            JsonSerializer.Deserialize<JsonElement>(Jspf.Write(playlist, new PlaylistLinks()))
        );

    private static AffinityView View(Affinity affinity, string? name) =>
        new(
            affinity.Id,
            name,
            Math.Round(affinity.Short / (double)Horizons.One, 1),
            Math.Round(affinity.Long / (double)Horizons.One, 1)
        );
}
