using Nocturne.Domain;

namespace Nocturne.Playlists.Tests.Recipes;

/// <summary>What Release Radar's scores are, worked out from the taste and the neighbours, one term at a time.</summary>
internal static class ReleaseLookups
{
    /// <summary>The score of a release's artist.</summary>
    public static long ReleaseScoreOf(this RandomCase test, ItemId release)
    {
        var artist = ArtistOf(test, release);
        var follows = test.Taste.FollowedArtists.Select(test.World.Catalogue.ArtistNumber).Contains(artist);
        return (follows ? test.Parameters.ReleaseRadar.FollowBonus : 0)
            + Entries(test).Sum(item => test.ReleaseTermOf(release, item));
    }

    /// <summary>What one of the listener's items adds to it.</summary>
    public static long ReleaseTermOf(this RandomCase test, ItemId release, ItemId item)
    {
        var catalogue = test.World.Catalogue;
        var artist = ArtistOf(test, release);
        var index = catalogue.IndexOf(item);
        var own = index >= 0 ? catalogue.ArtistOf(index) : -1;
        if (own < 0 && test.Taste.Items.FirstOrDefault(played => played.Item == item).Artist is { } named)
        {
            own = catalogue.ArtistNumber(named);
        }
        var term = own == artist ? test.AffinityOf(item) : 0;
        var isSeed = Entries(test).Take(test.Parameters.ReleaseRadar.Seeds).Contains(item);
        if (index < 0 || !isSeed)
        {
            return term;
        }
        var weight = Math.Sqrt(test.AffinityOf(item) / (double)FixedPoint.One);
        var neighbours = test.World.Neighbours.NeighboursOf(index);
        for (var i = 0; i < neighbours.Length; i++)
        {
            if (catalogue.ArtistOf(neighbours[i]) == artist)
            {
                term += FixedPoint.Of(weight * test.World.Neighbours.SimilaritiesOf(index)[i]);
            }
        }
        return term;
    }

    /// <summary>The listener's music by affinity, nothing of it banned.</summary>
    private static IEnumerable<ItemId> Entries(RandomCase test) =>
        test.AllEntries()
            .Where(item =>
                (test.TrackOf(item)?.Kind ?? test.Taste.Items.FirstOrDefault(i => i.Item == item).Kind)
                == ItemKind.Track
            );

    /// <summary>All of the listener's items by affinity, nothing of it banned.</summary>
    public static IEnumerable<ItemId> AllEntries(this RandomCase test)
    {
        var taste = test.Taste;
        var banned = test.BannedRecordings();
        return taste
            .Items.Select(played => played.Item)
            .Union(taste.Liked)
            .Where(item => test.AffinityOf(item) > 0 && !banned.Contains(test.RecordingOf(item)))
            .OrderByDescending(test.AffinityOf)
            .ThenBy(item => item.Value, StringComparer.Ordinal);
    }

    /// <summary>What is banned itself, or known to be by somebody hated, under any of its recording's ids.</summary>
    public static HashSet<ItemId> BannedRecordings(this RandomCase test)
    {
        var taste = test.Taste;
        var liked = taste.Liked.Select(item => new TasteItem(item, null, 0, 0, 0, 0));
        var unfinished = taste.Unfinished.Select(item => new TasteItem(item.Item, item.Show, 0, 0, 0, 0));
        var ofHated = taste.Items.Concat(liked).Concat(unfinished).Where(item => HatedArtist(test, item));
        return
        [
            .. taste.Hated.Concat(taste.Excluded).Concat(ofHated.Select(item => item.Item)).Select(test.RecordingOf),
        ];
    }

    private static bool HatedArtist(RandomCase test, TasteItem played)
    {
        var known = test.TrackOf(played.Item);
        var artist = known?.Artist ?? (known?.ArtistName is null ? played.Artist : null);
        return artist is { } named && test.Taste.HatedArtists.Contains(named);
    }

    private static int ArtistOf(RandomCase test, ItemId item) =>
        test.World.Catalogue.ArtistOf(test.World.Catalogue.IndexOf(item));
}
