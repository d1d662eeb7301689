using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Profiles;

namespace Nocturne.Collect.ListenBrainz;

/// <summary><c>GET user/{user}/listens</c> and <c>listen-count</c>: what the profile has.</summary>
internal sealed class Listens(ListenHistory history, ListenerStore listeners, Recordings recordings)
{
    /// <summary>Most listens of one answer.</summary>
    public const int MaxCount = 1_000;

    private const int DefaultCount = 25;

    // Seconds since 1970 of 2200: what is later is no listen's time.
    private const long LatestTime = 7_258_118_400;

    /// <summary>The latest between the bounds, which are exclusive; with the lower one alone, the first after it.</summary>
    public async ValueTask<ListenBrainzAnswer> ListAsync(ListenBrainzCall call)
    {
        var wrongMin = call.ReadInteger("min_ts", otherwise: null, out var min);
        var wrongMax = call.ReadInteger("max_ts", otherwise: null, out var max);
        var wrongCount = call.ReadInteger("count", DefaultCount, out var count);
        if ((wrongMin ?? wrongMax ?? wrongCount) is { } error)
        {
            return ListenBrainzAnswer.BadRequest(error);
        }
        if (max < min)
        {
            return ListenBrainzAnswer.BadRequest("max_ts should be greater than min_ts");
        }
        if (count < 0)
        {
            return ListenBrainzAnswer.BadRequest("Number of items requested should be positive");
        }
        var profile = await listeners.ReadProfileAsync(call.Listener, call.Aborted);
        var wanted = (int)Math.Min(count!.Value, MaxCount);
        var page = await ReadAsync(call, profile, min, max, wanted);
        var known = page.Plays.Count == 0 ? [] : await recordings.ReadAsync(call.Listener, call.Aborted);
        var mbids = known
            .Where(recording => recording.Mbid is not null)
            .DistinctBy(recording => recording.Item, StringComparer.Ordinal)
            .ToDictionary(recording => new ItemId(recording.Item), recording => recording.Mbid!);
        var latest = profile?.RecentPlays.Where(play => play.IsStream).Select(play => (Instant?)play.StartedAt);
        return ListenBrainzAnswer.Payload(json =>
        {
            json.WriteNumber("count"u8, page.Plays.Count);
            json.WriteString("user_id"u8, call.UserName);
            json.WriteNumber("latest_listen_ts"u8, Seconds(latest?.FirstOrDefault() ?? Top(page)));
            json.WriteNumber("oldest_listen_ts"u8, Seconds(page.Oldest ?? Bottom(page)));
            json.WriteStartArray("listens"u8);
            foreach (var play in page.Plays)
            {
                Write(json, play, mbids);
            }
            json.WriteEndArray();
        });
    }

    /// <summary>How many listens there are in all.</summary>
    public async ValueTask<ListenBrainzAnswer> CountAsync(ListenBrainzCall call)
    {
        var profile = await listeners.ReadProfileAsync(call.Listener, call.Aborted);
        return ListenBrainzAnswer.Payload(json => json.WriteNumber("count"u8, profile?.Totals.Streams ?? 0));
    }

    private ValueTask<HistoryPage> ReadAsync(
        ListenBrainzCall call,
        ListenerProfile? profile,
        long? min,
        long? max,
        int count
    )
    {
        if (profile is null || count == 0)
        {
            return ValueTask.FromResult(new HistoryPage([], Oldest: null));
        }
        Instant? from = min is null ? null : ListenEvents.StartOf(Math.Clamp(min.Value + 1, 0, LatestTime));
        Instant? to = max is null ? null : ListenEvents.StartOf(Math.Clamp(max.Value, 0, LatestTime));
        return from is { } start && to is null
            ? history.FirstAsync(call.Listener, start, count, call.Aborted)
            : history.LatestAsync(
                call.Listener,
                from,
                to,
                count,
                profile.Totals.Plays + profile.Totals.ExcludedPlays,
                call.Aborted
            );
    }

    private static Instant? Top(HistoryPage page) => page.Plays.Count == 0 ? null : page.Plays[0].StartedAt;

    private static Instant? Bottom(HistoryPage page) => page.Plays.Count == 0 ? null : page.Plays[^1].StartedAt;

    private static long Seconds(Instant? at) => (at?.UnixMilliseconds ?? 0) / 1_000;

    private static void Write(Utf8JsonWriter json, PlayEvent play, Dictionary<ItemId, string> mbids)
    {
        // A publisher may have sent an id alone; clients want texts.
        const string Unknown = "[unknown]";
        var msid = RecordingMsid.Of(play);
        json.WriteStartObject();
        json.WriteNumber("listened_at"u8, Seconds(play.StartedAt));
        // When it came in is not kept.
        json.WriteNumber("inserted_at"u8, Seconds(play.StartedAt));
        json.WriteString("recording_msid"u8, msid);
        json.WriteString("user_name"u8, play.Listener.Value);
        json.WriteStartObject("track_metadata"u8);
        json.WriteString("artist_name"u8, play.ArtistName ?? play.Artist?.Value ?? Unknown);
        json.WriteString("track_name"u8, play.Title ?? play.Item.Value);
        if (play.ReleaseName is { } release)
        {
            json.WriteString("release_name"u8, release);
        }
        json.WriteStartObject("additional_info"u8);
        json.WriteString("recording_msid"u8, msid);
        if ((mbids.GetValueOrDefault(play.Item) ?? ListenRules.Mbid(play.Item.Value)) is { } mbid)
        {
            json.WriteString("recording_mbid"u8, mbid);
        }
        if (play.DurationMs is { } duration)
        {
            json.WriteNumber("duration_ms"u8, duration);
        }
        if (play.MsPlayed is { } played)
        {
            json.WriteNumber("duration_played"u8, played / 1_000);
        }
        if (play.Device is { } device)
        {
            json.WriteString("media_player"u8, device);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
