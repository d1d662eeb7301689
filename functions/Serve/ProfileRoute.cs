using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nocturne.Domain;
using Nocturne.Profiles;

namespace Nocturne.Serve;

/// <summary>A listener's profile as they may see it.</summary>
internal sealed class ProfileRoute(ListenerStore listeners)
{
    // What a page shows; the whole is for export.
    private const int MaxRanked = 20;

    /// <summary><c>GET …/profile</c>.</summary>
    public async ValueTask<IResult> ShowAsync(ServeCall call) =>
        await listeners.ReadProfileAsync(call.Listener, call.Aborted) is { } profile
            ? Answers.Object(Answers.Live, json => Write(json, profile))
            : Answers.NotFound("Nothing is known of this listener yet: a profile begins with the first event.");

    private static void Write(Utf8JsonWriter json, ListenerProfile profile)
    {
        json.WriteString("listener"u8, profile.Listener.Value);
        var totals = profile.Totals;
        json.WriteStartObject("totals"u8);
        json.WriteNumber("plays"u8, totals.Plays);
        json.WriteNumber("streams"u8, totals.Streams);
        json.WriteNumber("skips"u8, totals.Skips);
        json.WriteNumber("ms_played"u8, totals.MsPlayed);
        json.WriteNumber("excluded_plays"u8, totals.ExcludedPlays);
        json.WriteEndObject();
        WriteRanked(json, "items", profile.Items);
        WriteRanked(json, "artists", profile.Artists);
        json.WriteStartArray("recent"u8);
        foreach (var play in profile.RecentPlays)
        {
            json.WriteStartObject();
            json.WriteString("started_at"u8, play.StartedAt.ToString());
            json.WriteString("item"u8, play.Item.Value);
            if (play.Artist is { } artist)
            {
                json.WriteString("artist"u8, artist.Value);
            }
            json.WriteBoolean("stream"u8, play.IsStream);
            json.WriteBoolean("skip"u8, play.IsSkip);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteNumbers(json, "streams_by_hour", profile.StreamsByHour);
        WriteNumbers(json, "streams_by_weekday", profile.StreamsByWeekday);
        var said = profile.Statements;
        WriteIds(json, "liked_items", said.LikedItems.Select(item => item.Value));
        WriteIds(json, "hated_items", said.HatedItems.Select(item => item.Value));
        WriteIds(json, "hated_artists", said.HatedArtists.Select(artist => artist.Value));
        WriteIds(json, "follows", said.Follows.Select(artist => artist.Value));
        json.WriteStartObject("settings"u8);
        json.WriteString("time_zone"u8, said.TimeZone);
        json.WriteString("market"u8, said.Market);
        if (said.Explicit is { } isExplicit)
        {
            json.WriteBoolean("explicit"u8, isExplicit);
        }
        else
        {
            json.WriteNull("explicit"u8);
        }
        WriteIds(json, "languages", said.Languages);
        json.WriteEndObject();
    }

    private static void WriteRanked(Utf8JsonWriter json, string name, IReadOnlyList<Affinity> ranked)
    {
        json.WriteStartArray(name);
        foreach (var affinity in ranked.Take(MaxRanked))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, affinity.Id);
            json.WriteNumber("short"u8, (double)affinity.Short / Horizons.One);
            json.WriteNumber("long"u8, (double)affinity.Long / Horizons.One);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }

    private static void WriteIds(Utf8JsonWriter json, string name, IEnumerable<string> ids)
    {
        json.WriteStartArray(name);
        foreach (var id in ids)
        {
            json.WriteStringValue(id);
        }
        json.WriteEndArray();
    }
}
