using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nocturne.Domain;
using Nocturne.Hosting;
using Nocturne.Ports;

namespace Nocturne.Collect.ListenBrainz;

/// <summary><c>POST submit-listens</c>.</summary>
/// <remarks>
/// Listens become plays, published before the answer. What plays now becomes a document that expires, and nothing
/// else. A listen that is sent again is the same play, and accepted silently.
/// </remarks>
internal sealed partial class SubmitListens(
    CollectHandler collect,
    PlayingNow playingNow,
    Recordings recordings,
    TimeProvider time,
    ILogger<SubmitListens> logger
)
{
    public async ValueTask<ListenBrainzAnswer> HandleAsync(ListenBrainzCall call)
    {
        var request = call.Context.Request;
        var body = await HttpEndpoints.ReadBodyAsync(request, SubmissionReader.MaxBodyBytes, call.Aborted);
        if (body is null)
        {
            return ListenBrainzAnswer.BadRequest(SubmissionReader.TooLarge);
        }
        var now = time.GetUtcNow();
        var submission = SubmissionReader.Read(body, now.ToUnixTimeSeconds(), out var document);
        using (document)
        {
            if (submission.Error is { } error)
            {
                LogRefused(error.Length > MaxLoggedText ? error[..MaxLoggedText] : error);
                return ListenBrainzAnswer.Error(
                    StatusCodes.Status400BadRequest,
                    error,
                    json => Echo(json, submission.Refused)
                );
            }
            return submission.Type == ListenType.PlayingNow
                ? await PlayNowAsync(call, submission.Listens[0])
                : await TakeAsync(call, submission, Instant.From(now));
        }
    }

    // A text may quote a name of the client's.
    private const int MaxLoggedText = 200;

    private async ValueTask<ListenBrainzAnswer> PlayNowAsync(ListenBrainzCall call, SubmittedListen listen)
    {
        await playingNow.PutAsync(call.Listener, listen, call.Aborted);
        await NoteAsync(call, [listen]);
        var wantsMsid = call.Context.Request.Query["return_msid"].ToString() is "true" or "True" or "1";
        return wantsMsid
            ? ListenBrainzAnswer.Object(json =>
            {
                json.WriteString("status"u8, "ok");
                json.WriteString("recording_msid"u8, ListenEvents.MsidOf(listen));
            })
            : ListenBrainzAnswer.Ok;
    }

    private async ValueTask<ListenBrainzAnswer> TakeAsync(ListenBrainzCall call, Submission submission, Instant now)
    {
        var lines = submission.Listens.Select(listen =>
            ListenEvents.LineOf(ListenEvents.PlayOf(call.Listener, listen, now), listen)
        );
        await collect.PublishAsync(lines, call.Aborted);
        LogTaken(submission.Listens.Count);
        await NoteAsync(call, submission.Listens);
        return ListenBrainzAnswer.Ok;
    }

    /// <summary>
    /// The listens are safe: where what their client calls them cannot be noted, the next of the same recording brings
    /// it again, and the answer stays what it is.
    /// </summary>
    private async ValueTask NoteAsync(ListenBrainzCall call, IReadOnlyList<SubmittedListen> listens)
    {
        try
        {
            await recordings.NoteAsync(
                call.Listener,
                [
                    .. listens.Select(listen => new KnownRecording(
                        ListenEvents.MsidOf(listen),
                        listen.RecordingMbid,
                        ListenEvents.ItemOf(listen).Value
                    )),
                ],
                call.Aborted
            );
        }
        catch (Exception e) when (e is StoreUnavailableException or DocumentConflictException)
        {
            LogNotNoted(listens.Count, e.Message);
        }
    }

    private static void Echo(Utf8JsonWriter json, JsonElement? listen)
    {
        if (listen is not { ValueKind: JsonValueKind.Object } refused)
        {
            return;
        }
        foreach (var member in refused.EnumerateObject())
        {
            if (member.Name is not ("code" or "error"))
            {
                member.WriteTo(json);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Took {Count} listens")]
    private partial void LogTaken(int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Refused listens: {Error}")]
    private partial void LogRefused(string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The ids of {Count} listens could not be noted, the next listens bring them again: {Error}"
    )]
    private partial void LogNotNoted(int count, string error);
}
