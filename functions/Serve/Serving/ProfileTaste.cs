using Nocturne.Domain;
using Nocturne.Playlists;
using Nocturne.Profiles;

namespace Nocturne.Serve.Serving;

/// <summary>A listener's taste as of this moment, from the head document.</summary>
internal static class ProfileTaste
{
    // An id's 128 bytes and its length: what may not have fitted any more.
    private const int MostBytesOfOne = Id.MaxBytes + 2;

    /// <summary>Reads it: one document, or two for who hates more than a head has room for.</summary>
    public static async ValueTask<(ListenerTaste Taste, ListenerProfile? Profile)> ReadAsync(
        ListenerStore listeners,
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        if (await listeners.ReadProfileAsync(listener, cancellationToken) is not { } profile)
        {
            return (new ListenerTaste(listener), null);
        }
        var summary = profile.Statements;
        var (hated, hatedArtists) = (
            summary.HatedItems.ToHashSet(),
            (IReadOnlySet<ArtistId>)summary.HatedArtists.ToHashSet()
        );
        if (
            MayBeCut(summary.HatedItems.Select(item => item.Value))
            || MayBeCut(summary.HatedArtists.Select(artist => artist.Value))
        )
        {
            var all = await listeners.ReadStatementsAsync(listener, cancellationToken);
            hated = all.ItemOpinions.Where(opinion => opinion.Score < 0).Select(opinion => opinion.Item).ToHashSet();
            hatedArtists = all
                .ArtistOpinions.Where(opinion => opinion.Score < 0)
                .Select(opinion => opinion.Artist)
                .ToHashSet();
        }
        RecentPlay[] recent = [.. profile.RecentPlays];
        var taste = new ListenerTaste(listener)
        {
            Items = ItemsOf(profile, recent),
            Liked = summary.LikedItems.ToHashSet(),
            Hated = hated,
            HatedArtists = hatedArtists,
            FollowedArtists = summary.Follows.ToHashSet(),
            Market = summary.Market,
            AllowsExplicit = summary.Explicit ?? true,
            TimeZone = summary.TimeZone,
            RecentPlays = recent,
        };
        return (taste, profile);
    }

    private static TasteItem[] ItemsOf(ListenerProfile profile, RecentPlay[] recent)
    {
        var items = profile.Items;
        var taste = new TasteItem[items.Count];
        for (var i = 0; i < taste.Length; i++)
        {
            var item = new ItemId(items[i].Id);
            var play = Array.Find(recent, play => play.Item == item);
            taste[i] = new TasteItem(
                item,
                play.Artist,
                Math.Max(1, items[i].Long / Horizons.One),
                0,
                items[i].Short * FixedPoint.One / Horizons.One,
                items[i].Long * FixedPoint.One / Horizons.One
            )
            {
                Kind = play.ItemKind,
            };
        }
        return taste;
    }

    private static bool MayBeCut(IEnumerable<string> ids) =>
        ids.Sum(id => System.Text.Encoding.UTF8.GetByteCount(id) + 2) > StatementsSummary.MaxListBytes - MostBytesOfOne;
}
