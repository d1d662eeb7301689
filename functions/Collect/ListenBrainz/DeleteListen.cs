using System.Text.Json;
using Nocturne.Domain;

namespace Nocturne.Collect.ListenBrainz;

/// <summary><c>POST delete-listen</c>: retracts the plays of a recording that started at a second.</summary>
/// <remarks>
/// A listen that is on its way into the profile is found too, by what its client called the recording. What is not
/// found is as good as deleted, as with ListenBrainz.
/// </remarks>
internal sealed class DeleteListen(
    CollectHandler collect,
    ListenHistory history,
    Recordings recordings,
    TimeProvider time
)
{
    public async ValueTask<ListenBrainzAnswer> HandleAsync(ListenBrainzCall call)
    {
        using var document = await RequestJson.ReadAsync(call);
        if (document is null)
        {
            return ListenBrainzAnswer.BadRequest("Invalid JSON document submitted.");
        }
        var body = document.RootElement;
        if (!body.TryGetProperty("listened_at"u8, out var at))
        {
            return ListenBrainzAnswer.BadRequest("Listen timestamp missing.");
        }
        if (!body.TryGetProperty("recording_msid"u8, out var id))
        {
            return ListenBrainzAnswer.BadRequest("Recording MSID missing.");
        }
        if (ListenRules.Integer(at) is not { } seconds || seconds < 0 || seconds > MaxSeconds(time))
        {
            return ListenBrainzAnswer.BadRequest($"{at.GetRawText()}: Listen timestamp invalid.");
        }
        if (id.ValueKind != JsonValueKind.String || !Guid.TryParse(id.GetString(), out var msid))
        {
            return ListenBrainzAnswer.BadRequest($"{id.GetRawText()}: Recording MSID format invalid.");
        }
        var now = Instant.From(time.GetUtcNow());
        var startedAt = ListenEvents.StartOf(seconds);
        if (startedAt < Instant.Earliest)
        {
            return ListenBrainzAnswer.Ok;
        }
        var found = await history.AtAsync(call.Listener, startedAt, call.Aborted);
        var meant = found
            .Where(play => RecordingMsid.Of(play) == msid)
            .Select(play => (play.Id, play.StartedAt))
            .ToHashSet();
        var known = await recordings.ReadAsync(call.Listener, call.Aborted);
        if (known.FirstOrDefault(recording => recording.Msid == msid) is { } recording)
        {
            meant.Add((ItemNaming.PlayOf(call.Listener, startedAt, new ItemId(recording.Item)), startedAt));
        }
        if (meant.Count > 0)
        {
            await collect.PublishAsync(
                meant.Select(play =>
                    ListenEvents.LineOf(
                        new RetractEvent
                        {
                            Listener = call.Listener,
                            Id = play.Id,
                            StartedAt = play.StartedAt,
                            ReceivedAt = now,
                        }
                    )
                ),
                call.Aborted
            );
        }
        return ListenBrainzAnswer.Ok;
    }

    private static long MaxSeconds(TimeProvider time) =>
        time.GetUtcNow().ToUnixTimeSeconds() + ListenRules.AllowedSkew - 1;
}
