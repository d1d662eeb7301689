using Microsoft.AspNetCore.Http;

namespace Nocturne.Collect.ListenBrainz;

/// <summary>
/// What ListenBrainz says of others: nothing, here. Listeners are not told of each other, so nobody is similar and
/// nobody follows; clients that ask show an empty list.
/// </summary>
internal static class OtherUsers
{
    /// <summary><c>GET user/{user}/similar-users</c>.</summary>
    public static ValueTask<ListenBrainzAnswer> SimilarAsync(ListenBrainzCall call) =>
        Answer(new ListenBrainzAnswer(StatusCodes.Status200OK, """{"payload":[]}"""u8.ToArray()));

    /// <summary><c>GET user/{user}/similar-to/{other}</c>.</summary>
    public static ValueTask<ListenBrainzAnswer> SimilarToAsync(ListenBrainzCall call) =>
        Answer(ListenBrainzAnswer.NotFound("Similar-to user not found"));

    /// <summary><c>GET user/{user}/followers</c>.</summary>
    public static ValueTask<ListenBrainzAnswer> FollowersAsync(ListenBrainzCall call) =>
        Answer(None(call, "followers"));

    /// <summary><c>GET user/{user}/following</c>.</summary>
    public static ValueTask<ListenBrainzAnswer> FollowingAsync(ListenBrainzCall call) =>
        Answer(None(call, "following"));

    /// <summary><c>GET stats/user/{user}/…</c>: as of a user whose statistics are not computed yet.</summary>
    public static ValueTask<ListenBrainzAnswer> StatisticsAsync(ListenBrainzCall call) =>
        Answer(ListenBrainzAnswer.NoContent);

    private static ListenBrainzAnswer None(ListenBrainzCall call, string list) =>
        ListenBrainzAnswer.Object(json =>
        {
            json.WriteStartArray(list);
            json.WriteEndArray();
            json.WriteString("user"u8, call.UserName);
        });

    private static ValueTask<ListenBrainzAnswer> Answer(ListenBrainzAnswer answer) => ValueTask.FromResult(answer);
}
