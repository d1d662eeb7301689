using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>The routes of the ListenBrainz protocol.</summary>
internal sealed class ListenBrainzRoutes(
    ListenBrainzGate gate,
    SubmitListens submit,
    ValidateToken validate,
    Listens listens,
    PlayingNow playingNow,
    DeleteListen delete,
    Feedback feedback,
    CreatedFor createdFor,
    Recommendations recommendations
)
{
    /// <summary>
    /// Where the protocol is mounted: the two places that it has elsewhere, and those where clients come that append
    /// <c>/1/…</c> to a whole address that was pasted into their settings.
    /// </summary>
    private static readonly string[] Mounts = ["/1", "/apis/listenbrainz/1", "/1/1", "/1/submit-listens/1"];

    /// <summary>Maps all of them.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var mount in Mounts)
        {
            var submission = gate.ForListeners(submit.HandleAsync, isSubmission: true);
            endpoints.MapPost($"{mount}/submit-listens", submission);
            endpoints.MapPost(mount, submission); // a scrobbler that was given the root, and posts to what it was given
            endpoints.MapGet($"{mount}/validate-token", gate.ForAnyone(validate.HandleAsync));
            Get("user/{user}/listens", listens.ListAsync);
            Get("user/{user}/listen-count", listens.CountAsync);
            Get("user/{user}/playing-now", playingNow.GetAsync);
            Post("playing-now/delete", playingNow.DeleteAsync);
            Post("delete-listen", delete.HandleAsync);
            Post("feedback/recording-feedback", feedback.SubmitAsync);
            Get("feedback/user/{user}/get-feedback", feedback.ListAsync);
            Post("recommendation/feedback/submit", feedback.RateAsync);
            Post("recommendation/feedback/delete", feedback.UnrateAsync);
            Get("user/{user}/playlists/createdfor", createdFor.ListAsync);
            Get("user/{user}/playlists", createdFor.ListNoneAsync);
            Get("user/{user}/playlists/collaborator", createdFor.ListNoneAsync);
            Get("playlist/{mbid}", createdFor.GetAsync);
            Get("cf/recommendation/user/{user}/recording", recommendations.RecordingsAsync);
            Get("user/{user}/fresh_releases", recommendations.FreshReleasesAsync);
            Get("user/{user}/similar-users", OtherUsers.SimilarAsync);
            Get("user/{user}/similar-to/{other}", OtherUsers.SimilarToAsync);
            Get("user/{user}/followers", OtherUsers.FollowersAsync);
            Get("user/{user}/following", OtherUsers.FollowingAsync);
            Get("stats/user/{user}/{**what}", OtherUsers.StatisticsAsync);
            // What matches nothing else, in any method: clients want JSON with a code, and browsers ask before they call.
            endpoints.Map($"{mount}/{{**rest}}", gate.ForAnyone(AnswerRestAsync));

            void Get(string path, ListenBrainzHandler handler) =>
                endpoints.MapGet($"{mount}/{path}", gate.ForListeners(handler));

            void Post(string path, ListenBrainzHandler handler) =>
                endpoints.MapPost($"{mount}/{path}", gate.ForListeners(handler));
        }
    }

    private static ValueTask<ListenBrainzAnswer> AnswerRestAsync(HttpContext context) =>
        ValueTask.FromResult(
            HttpMethods.IsOptions(context.Request.Method)
                ? ListenBrainzAnswer.NoContent
                : ListenBrainzAnswer.NotFound("There is no such call here; docs/listenbrainz.md lists those that are.")
        );
}
