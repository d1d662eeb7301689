using Microsoft.AspNetCore.Http;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Playlists;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>The playlists that the night made for a listener, as JSPF.</summary>
internal sealed class CreatedFor(PublishedPlaylists published, Recordings recordings, CollectOptions options)
{
    private const int MaxListed = 100;

    // By these players know which of ListenBrainz's own playlists it is, and some take no others.
    private static readonly Dictionary<PlaylistKind, string> Algorithms = new()
    {
        [PlaylistKind.DiscoverWeekly] = "weekly-exploration",
        [PlaylistKind.OnRepeat] = "weekly-jams",
        [PlaylistKind.DailyMix(1)] = "daily-jams",
    };

    /// <summary><c>GET user/{user}/playlists/createdfor</c>: all, without their tracks.</summary>
    public async ValueTask<ListenBrainzAnswer> ListAsync(ListenBrainzCall call)
    {
        if (call.ReadPage(MaxListed, out var count, out var offset) is { } error)
        {
            return ListenBrainzAnswer.BadRequest(error);
        }
        var playlists = await ReadAsync(call);
        return List(call, [.. playlists.Skip(offset).Take(count)], playlists.Count, count, offset);
    }

    /// <summary><c>GET user/{user}/playlists</c> and <c>…/collaborator</c>: listeners make none here.</summary>
    public ValueTask<ListenBrainzAnswer> ListNoneAsync(ListenBrainzCall call) =>
        ValueTask.FromResult(
            call.ReadPage(MaxListed, out var count, out var offset) is { } error
                ? ListenBrainzAnswer.BadRequest(error)
                : List(call, [], total: 0, count, offset)
        );

    /// <summary><c>GET playlist/{mbid}</c>: one of the listener's own, whole.</summary>
    public async ValueTask<ListenBrainzAnswer> GetAsync(ListenBrainzCall call)
    {
        var named = ListenBrainzCall.PartOf(call.Context, "mbid");
        if (!Guid.TryParse(named, out var id))
        {
            return ListenBrainzAnswer.BadRequest("Provided playlist ID is invalid.");
        }
        var playlists = await ReadAsync(call);
        if (playlists.FirstOrDefault(playlist => playlist.Id == id) is not { } found)
        {
            return ListenBrainzAnswer.NotFound($"Cannot find playlist: {id:D}");
        }
        var mbids = await recordings.MbidsOfAsync(found.Tracks.Select(track => track.Item), call.Aborted);
        return new ListenBrainzAnswer(
            StatusCodes.Status200OK,
            Jspf.Write(found, LinksFor(call.Context.Request) with { Recordings = mbids })
        );
    }

    private async ValueTask<IReadOnlyList<Playlist>> ReadAsync(ListenBrainzCall call) =>
        (await published.ReadAsync(call.Listener, call.Aborted))?.Playlists ?? [];

    private ListenBrainzAnswer List(
        ListenBrainzCall call,
        IReadOnlyList<Playlist> page,
        int total,
        int count,
        int offset
    )
    {
        var links = LinksFor(call.Context.Request);
        return ListenBrainzAnswer.Object(json =>
        {
            json.WriteStartArray("playlists"u8);
            foreach (var playlist in page)
            {
                Jspf.Write(json, playlist with { Tracks = [] }, links);
            }
            json.WriteEndArray();
            json.WriteNumber("playlist_count"u8, total);
            json.WriteNumber("count"u8, count);
            json.WriteNumber("offset"u8, offset);
        });
    }

    private PlaylistLinks LinksFor(HttpRequest request)
    {
        var address = options.PublicAddress ?? $"{request.Scheme}://{request.Host.Value}";
        return new PlaylistLinks
        {
            Service = Uri.TryCreate(address, UriKind.Absolute, out var service) ? service : null,
            Algorithms = Algorithms,
        };
    }
}
