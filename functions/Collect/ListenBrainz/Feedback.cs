using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Profiles;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>Likes and hates of recordings, and what is thought of recommendations.</summary>
internal sealed class Feedback(
    CollectHandler collect,
    ListenerStore listeners,
    ListenHistory history,
    Recordings recordings,
    TimeProvider time
)
{
    private const int MaxListed = 1_000;

    // Of which an id by texts is looked for, where the client's own listens did not bring it.
    private const int MaxSearched = 1_000;

    /// <summary><c>POST feedback/recording-feedback</c>.</summary>
    public async ValueTask<ListenBrainzAnswer> SubmitAsync(ListenBrainzCall call)
    {
        using var document = await RequestJson.ReadAsync(call);
        if (document is null)
        {
            return ListenBrainzAnswer.BadRequest("Invalid JSON document submitted.");
        }
        var body = document.RootElement;
        var named = (
            Mbid: ListenRules.TextOf(body, "recording_mbid"),
            Msid: ListenRules.TextOf(body, "recording_msid")
        );
        if (named is (null, null) || !body.TryGetProperty("score"u8, out var given))
        {
            return ListenBrainzAnswer.BadRequest(
                "JSON document must contain either recording_msid or recording_mbid, and score top level keys"
            );
        }
        if (body.EnumerateObject().Any(p => p.Name is not ("recording_mbid" or "recording_msid" or "score")))
        {
            return ListenBrainzAnswer.BadRequest(
                "JSON document may only contain recording_msid, recording_mbid and score top level keys"
            );
        }
        if (ListenRules.Integer(given) is not (>= -1 and <= 1 and var score))
        {
            return ListenBrainzAnswer.BadRequest("Invalid JSON document submitted: score is 1, -1 or 0.");
        }
        if (named.Mbid is not null && ListenRules.Mbid(named.Mbid) is null)
        {
            return ListenBrainzAnswer.BadRequest("recording_mbid MBID format invalid.");
        }
        if (named.Msid is not null && ListenRules.Mbid(named.Msid) is null)
        {
            return ListenBrainzAnswer.BadRequest("recording_msid MSID format invalid.");
        }
        var item = await ItemAsync(call, ListenRules.Mbid(named.Mbid), ListenRules.Mbid(named.Msid));
        if (item is null)
        {
            return ListenBrainzAnswer.NotFound(
                "No listen has this recording_msid: submit one first, or give the recording_mbid."
            );
        }
        return await SayAsync(call, item.Value, (int)score);
    }

    /// <summary><c>POST recommendation/feedback/submit</c>: of love and hate here is one kind each.</summary>
    public async ValueTask<ListenBrainzAnswer> RateAsync(ListenBrainzCall call)
    {
        using var document = await RequestJson.ReadAsync(call);
        if (
            document is null
            || ListenRules.Mbid(ListenRules.TextOf(document.RootElement, "recording_mbid")) is not { } mbid
        )
        {
            return ListenBrainzAnswer.BadRequest("JSON document must contain a recording_mbid that is a UUID.");
        }
        int? score = ListenRules.TextOf(document.RootElement, "rating") switch
        {
            "like" or "love" => 1,
            "dislike" or "hate" or "bad_recommendation" => -1,
            _ => null,
        };
        return score is { } said
            ? await SayAsync(call, await recordings.ItemOfMbidAsync(call.Listener, mbid, call.Aborted), said)
            : ListenBrainzAnswer.BadRequest("rating is one of like, love, dislike, hate, bad_recommendation.");
    }

    /// <summary><c>POST recommendation/feedback/delete</c>.</summary>
    public async ValueTask<ListenBrainzAnswer> UnrateAsync(ListenBrainzCall call)
    {
        using var document = await RequestJson.ReadAsync(call);
        return
            document is not null
            && ListenRules.Mbid(ListenRules.TextOf(document.RootElement, "recording_mbid")) is { } mbid
            ? await SayAsync(call, await recordings.ItemOfMbidAsync(call.Listener, mbid, call.Aborted), score: 0)
            : ListenBrainzAnswer.BadRequest("JSON document must contain a recording_mbid that is a UUID.");
    }

    /// <summary><c>GET feedback/user/{user}/get-feedback</c>.</summary>
    public async ValueTask<ListenBrainzAnswer> ListAsync(ListenBrainzCall call)
    {
        if (call.ReadPage(MaxListed, out var count, out var offset) is { } error)
        {
            return ListenBrainzAnswer.BadRequest(error);
        }
        if (
            call.ReadInteger("score", otherwise: null, out var score) is not null
            || score is not (null or 0 or 1 or -1)
        )
        {
            return ListenBrainzAnswer.BadRequest("Score can have a value of 1 or -1.");
        }
        var statements = await listeners.ReadStatementsAsync(call.Listener, call.Aborted);
        var opinions = statements.DatedItemOpinions.Where(o => score is null or 0 || o.Score == score).ToList();
        var page = opinions.Skip(offset).Take(count).ToList();
        var known = page.Count == 0 ? [] : await recordings.ReadAsync(call.Listener, call.Aborted);
        var byItem = known
            .GroupBy(recording => recording.Item, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => (Msid: group.First().Msid, Mbid: group.FirstOrDefault(r => r.Mbid is not null)?.Mbid),
                StringComparer.Ordinal
            );
        return ListenBrainzAnswer.Object(json =>
        {
            json.WriteStartArray("feedback"u8);
            foreach (var (item, said, at) in page)
            {
                var isKnown = byItem.TryGetValue(item.Value, out var recording);
                json.WriteStartObject();
                json.WriteNumber("created"u8, at.UnixMilliseconds / 1_000);
                json.WriteString("recording_mbid"u8, recording.Mbid ?? ListenRules.Mbid(item.Value));
                json.WriteString("recording_msid"u8, isKnown ? recording.Msid : RecordingMsid.Of(item));
                json.WriteNumber("score"u8, said);
                json.WriteNull("track_metadata"u8);
                json.WriteString("user_id"u8, call.UserName);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNumber("count"u8, page.Count);
            json.WriteNumber("total_count"u8, opinions.Count);
            json.WriteNumber("offset"u8, offset);
        });
    }

    private async ValueTask<ItemId?> ItemAsync(ListenBrainzCall call, string? mbid, string? msid)
    {
        if (mbid is not null)
        {
            return await recordings.ItemOfMbidAsync(call.Listener, mbid, call.Aborted);
        }
        var wanted = Guid.Parse(msid!);
        var known = await recordings.ReadAsync(call.Listener, call.Aborted);
        if (known.FirstOrDefault(recording => recording.Msid == wanted) is { } recording)
        {
            return new ItemId(recording.Item);
        }
        if (await listeners.ReadProfileAsync(call.Listener, call.Aborted) is not { } profile)
        {
            return null;
        }
        var page = await history.LatestAsync(
            call.Listener,
            from: null,
            to: null,
            MaxSearched,
            profile.Totals.Plays + profile.Totals.ExcludedPlays,
            call.Aborted
        );
        return page.Plays.FirstOrDefault(play => RecordingMsid.Of(play) == wanted)?.Item;
    }

    private async ValueTask<ListenBrainzAnswer> SayAsync(ListenBrainzCall call, ItemId item, int score)
    {
        var now = Instant.From(time.GetUtcNow());
        var said = new FeedbackEvent
        {
            Listener = call.Listener,
            Id = ItemNaming.FeedbackOf(call.Listener, now, item),
            StartedAt = now,
            ReceivedAt = now,
            Item = item,
            Score = score,
        };
        await collect.PublishAsync([ListenEvents.LineOf(said)], call.Aborted);
        return ListenBrainzAnswer.Ok;
    }
}
