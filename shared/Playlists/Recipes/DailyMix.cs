using System.Globalization;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// The listener's taste is cut into parts (<see cref="TasteClusters"/>), as many as it supports, which stay what they
/// were the night before as far as they can (<see cref="MixTastes"/>); each gives a mix of its favourites and of their
/// neighbours. An item is in one mix of a day at most.
/// </summary>
/// <remarks>
/// Fall-back: when no part makes a mix of its own, all of the taste together is tried. A mix whose candidates are
/// those of the night before is drawn by the same key, so an unchanged listener's mixes are the same tracks in the
/// same order.
/// </remarks>
internal sealed class DailyMix : PlaylistRecipe
{
    // Artists that a description names.
    private const int NamedArtists = 3;

    private static readonly CandidateFilter[] FavouriteFilters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.NotPlacedToday,
    ];

    private static readonly CandidateFilter[] NeighbourFilters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.NotPlayed,
        CandidateFilter.NotPlacedToday,
        CandidateFilter.Available,
        CandidateFilter.Music,
    ];

    public override string Name => "daily-mix";

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var mixes = composition.Mixes.Settle(composition, composition.Music);
        var made = 0;
        foreach (var taste in mixes)
        {
            var number =
                taste.Overtakes is { Number: > 0 } overtaken ? overtaken.Number
                : taste.Number > 0 ? taste.Number
                : FreeNumber(mixes);
            if (Mix(composition, slots, taste, number, playlists))
            {
                if (taste.Overtakes is { } other && other.Number == number)
                {
                    other.Number = 0; // its turn comes later, and then it takes another
                }
                taste.Number = number;
                made++;
            }
        }
        if (made == 0 && mixes.Count > 1)
        {
            // Under the first part's name, which has no list of its own; the parts stay what they are.
            var whole = new MixTaste { DrawnFrom = mixes[0].DrawnFrom, DrawnBy = mixes[0].DrawnBy };
            whole.Entries.AddRange(composition.Music);
            Mix(composition, slots, whole, 1, playlists);
            (mixes[0].DrawnFrom, mixes[0].DrawnBy) = (whole.DrawnFrom, whole.DrawnBy);
        }
        composition.Past.Next = composition.Mixes.Remember(composition, mixes, composition.Past.Next);
    }

    private static int FreeNumber(List<MixTaste> mixes)
    {
        var number = 1;
        while (mixes.Exists(mix => mix.Number == number))
        {
            number++;
        }
        return number;
    }

    private static bool Mix(
        Composition composition,
        SlotFiller slots,
        MixTaste taste,
        int number,
        ICollection<Playlist> playlists
    )
    {
        var parameters = composition.Parameters;
        // Caps drop tracks of artists that fill the top of a ranking, so more is collected than placed.
        var wanted = parameters.MixTracks * 2;
        composition.SeedWith(taste.Entries, parameters.MixSeeds);
        var favourites = CandidateSource.Favourites.Collect(composition, taste.Entries, FavouriteFilters, wanted);
        var neighbours = CandidateSource.Neighbours.Collect(composition, taste.Entries, NeighbourFilters, wanted);
        var kind = PlaylistKind.DailyMix(number);
        var policy = composition.Policy(kind, parameters.MixEpsilon, favourites, neighbours);
        var drawnFrom = HashOf(composition, favourites, neighbours);
        if (drawnFrom == taste.DrawnFrom)
        {
            policy = policy with { Key = taste.DrawnBy };
        }
        var placed = slots.Fill(
            new SlotRules(parameters.MixTracks, parameters.MixArtistCap, parameters.ArtistSpacing),
            policy,
            new CandidateLane(favourites, parameters.MixFavouriteShare),
            new CandidateLane(neighbours, 1000 - parameters.MixFavouriteShare)
        );
        if (placed.Count < parameters.MixMinimumTracks)
        {
            return false;
        }
        (taste.DrawnFrom, taste.DrawnBy) = (drawnFrom, policy.Key);
        foreach (var candidate in placed.Candidates)
        {
            composition.MarkPlaced(candidate);
        }
        playlists.Add(
            Finish(
                composition,
                kind,
                string.Create(CultureInfo.InvariantCulture, $"Daily Mix {number}"),
                Describe(composition, taste.Entries),
                placed
            )
        );
        return true;
    }

    /// <summary>The candidates in a number: where it is yesterday's, the mix is drawn as yesterday.</summary>
    private static ulong HashOf(Composition composition, List<Candidate> favourites, List<Candidate> neighbours)
    {
        var hash = (ulong)favourites.Count;
        foreach (var lane in (ReadOnlySpan<List<Candidate>>)[favourites, neighbours])
        {
            foreach (var candidate in lane)
            {
                hash = Fingerprint.Add(hash, composition.KeyAt(candidate.Index));
                hash = Fingerprint.Add(hash, (ulong)candidate.Merit);
            }
        }
        return hash;
    }

    private static string Describe(Composition composition, List<TasteEntry> taste)
    {
        var names = new List<string>(NamedArtists);
        foreach (var entry in taste)
        {
            if (composition.TrackAt(entry.Index)?.ArtistName is { Length: > 0 } name && !names.Contains(name))
            {
                names.Add(name);
                if (names.Count == NamedArtists)
                {
                    break;
                }
            }
        }
        return names.Count == 0 ? "Favourites and more like them." : $"{string.Join(", ", names)} and more like them.";
    }
}
