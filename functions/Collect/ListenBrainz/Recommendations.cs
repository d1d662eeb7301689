using Nocturne.Nights;
using Nocturne.Playlists;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>What the night found for a listener, in the forms in which ListenBrainz has it.</summary>
internal sealed class Recommendations(PublishedPlaylists published, Recordings recordings)
{
    private const int MaxListed = 1_000;
    private const int DefaultDays = 14;
    private const int MaxDays = 90;

    /// <summary>
    /// <c>GET cf/recommendation/user/{user}/recording</c>: Discover Weekly's tracks that have a MusicBrainz id, with
    /// the scores of their reasons.
    /// </summary>
    public async ValueTask<ListenBrainzAnswer> RecordingsAsync(ListenBrainzCall call)
    {
        if (call.ReadPage(MaxListed, out var count, out var offset) is { } error)
        {
            return ListenBrainzAnswer.BadRequest(error);
        }
        var playlists = await published.ReadAsync(call.Listener, call.Aborted);
        if (playlists?.Playlists.FirstOrDefault(p => p.Kind == PlaylistKind.DiscoverWeekly) is not { } discover)
        {
            return ListenBrainzAnswer.NoContent;
        }
        var mbids = await recordings.MbidsOfAsync(discover.Tracks.Select(track => track.Item), call.Aborted);
        var named = discover.Tracks.Where(track => mbids.ContainsKey(track.Item)).ToList();
        if (named.Count == 0)
        {
            return ListenBrainzAnswer.NoContent;
        }
        var page = named.Skip(offset).Take(count).ToList();
        return ListenBrainzAnswer.Payload(json =>
        {
            json.WriteStartArray("mbids"u8);
            foreach (var track in page)
            {
                json.WriteStartObject();
                json.WriteString("recording_mbid"u8, mbids[track.Item]);
                json.WriteNumber("score"u8, track.Reason.Score / (decimal)FixedPoint.One);
                json.WriteNull("latest_listened_at"u8);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("entity"u8, "recording");
            json.WriteString("type"u8, "raw");
            json.WriteString("user_name"u8, call.UserName);
            json.WriteNumber("count"u8, page.Count);
            json.WriteNumber("offset"u8, offset);
            json.WriteNumber("total_mbid_count"u8, named.Count);
            json.WriteNumber("last_updated"u8, Midnight(discover.Date));
            json.WriteString("model_id"u8, playlists.Run);
        });
    }

    /// <summary>
    /// <c>GET user/{user}/fresh_releases</c>: the releases of Release Radar's tracks. Their dates are not in the
    /// playlist: all are of the four weeks before it, and none is to come.
    /// </summary>
    public async ValueTask<ListenBrainzAnswer> FreshReleasesAsync(ListenBrainzCall call)
    {
        if (call.ReadInteger("days", DefaultDays, out var days) is not null || days is < 1 or > MaxDays)
        {
            return ListenBrainzAnswer.BadRequest("days must be between 1 and 90.");
        }
        var query = call.Context.Request.Query;
        var sort = query["sort"].ToString();
        if (sort is not ("" or "release_date" or "artist_credit_name" or "release_name" or "confidence"))
        {
            return ListenBrainzAnswer.BadRequest(
                "sort must be one of release_date, artist_credit_name, release_name or confidence."
            );
        }
        var wantsPast = !query["past"].ToString().Equals("false", StringComparison.OrdinalIgnoreCase);
        var playlists = wantsPast ? await published.ReadAsync(call.Listener, call.Aborted) : null;
        var radar = playlists?.Playlists.FirstOrDefault(playlist => playlist.Kind == PlaylistKind.ReleaseRadar);
        var releases = (radar?.Tracks ?? [])
            .Select(track => (Artist: track.ArtistName ?? "", Name: track.Album ?? track.Title ?? track.Item.Value))
            .Distinct();
        releases = sort switch
        {
            "artist_credit_name" => releases.OrderBy(release => release.Artist, StringComparer.Ordinal),
            "release_name" => releases.OrderBy(release => release.Name, StringComparer.Ordinal),
            _ => releases, // as in the playlist: the artists the listener cares for most first
        };
        return ListenBrainzAnswer.Payload(json =>
        {
            json.WriteStartArray("releases"u8);
            foreach (var (artist, name) in releases)
            {
                json.WriteStartObject();
                json.WriteString("artist_credit_name"u8, artist);
                json.WriteStartArray("artist_mbids"u8);
                json.WriteEndArray();
                json.WriteString("release_name"u8, name);
                json.WriteNull("release_date"u8);
                json.WriteNull("release_mbid"u8);
                json.WriteNull("release_group_mbid"u8);
                json.WriteNull("caa_id"u8);
                json.WriteNull("caa_release_mbid"u8);
                json.WriteStartArray("release_tags"u8);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("user_id"u8, call.UserName);
        });
    }

    private static long Midnight(DateOnly date) =>
        new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds();
}
