using System.Globalization;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// The listener's taste is cut into parts (<see cref="TasteClusters"/>), as many as it supports, which stay what they
/// were the night before as far as they can (<see cref="MixTastes"/>); each gives a mix of its favourites and of their
/// neighbours. An item is in one mix of a day at most.
/// </summary>
/// <remarks>
/// Favourites are ranked by <see cref="FavouriteRanking"/>; a mix that is mostly about one artist has more of them
/// (<see cref="RulesOf"/>). Fall-back: when no part makes a mix of its own, all of the taste together does, with
/// the night's ranking of it, and slots that it does not fill take what everyone plays, which the description says. A mix whose candidates are those of the night before is drawn by the same key, so an unchanged listener's
/// mixes are the same tracks in the same order.
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
                // A part that made no list left its number free.
                taste.Overtakes
                    is { Number: > 0 } overtaken
                    ? Math.Min(overtaken.Number, FreeNumber(mixes))
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
        if (made == 0 && composition.Music.Count > 0)
        {
            MixOfAll(composition, slots, mixes[0], playlists);
        }
        composition.Past.Next = composition.Mixes.Remember(composition, mixes, composition.Past.Next);
    }

    /// <summary>Under the first part's name, which has no list of its own; the parts stay what they are.</summary>
    private static void MixOfAll(
        Composition composition,
        SlotFiller slots,
        MixTaste first,
        ICollection<Playlist> playlists
    )
    {
        var whole = new MixTaste { DrawnFrom = first.DrawnFrom, DrawnBy = first.DrawnBy };
        whole.Entries.AddRange(composition.Music);
        var wanted = composition.Parameters.MixTracks * 2;
        var favourites = CandidateSource.Favourites.Collect(composition, whole.Entries, FavouriteFilters, wanted);
        var ranked = CandidateSource.Taste.Collect(composition, whole.Entries, NeighbourFilters, wanted);
        var everyones = CandidateSource.Popular.Collect(composition, whole.Entries, NeighbourFilters, wanted);
        Fill(composition, slots, whole, 1, favourites, ranked, everyones, playlists);
        (first.DrawnFrom, first.DrawnBy) = (whole.DrawnFrom, whole.DrawnBy);
    }

    /// <summary>
    /// An artist may have the share of the mix that the heaviest one has of its taste, between two bounds: a mix of
    /// many artists has few tracks of each, one about a single artist is about that artist. Where the cap is so high
    /// that the spacing would bind before it, that is less.
    /// </summary>
    private static SlotRules RulesOf(Composition composition, List<TasteEntry> taste)
    {
        var parameters = composition.Parameters;
        var (all, heaviest) = composition.Favourites.MassOf(taste);
        var share = all == 0 ? 0 : (int)((Int128)heaviest * parameters.MixTracks / all);
        var cap = Math.Max(
            Math.Min(share, parameters.MixArtistCap),
            Math.Min(parameters.MixArtistFloor, parameters.MixArtistCap)
        );
        return new SlotRules(
            parameters.MixTracks,
            cap,
            Math.Min(parameters.ArtistSpacing, Math.Max(1, (parameters.MixTracks / cap) - 1))
        );
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
        return Fill(composition, slots, taste, number, favourites, neighbours, [], playlists);
    }

    private static bool Fill(
        Composition composition,
        SlotFiller slots,
        MixTaste taste,
        int number,
        List<Candidate> favourites,
        List<Candidate> neighbours,
        List<Candidate> everyones,
        ICollection<Playlist> playlists
    )
    {
        var parameters = composition.Parameters;
        var rules = RulesOf(composition, taste.Entries);
        composition.Favourites.Rank(composition, favourites);
        var kind = PlaylistKind.DailyMix(number);
        var policy = composition.Policy(kind, parameters.MixEpsilon, favourites, neighbours);
        var drawnFrom = HashOf(composition, favourites, neighbours, everyones);
        if (drawnFrom == taste.DrawnFrom)
        {
            policy = policy with { Key = taste.DrawnBy };
        }
        var placed = slots.Fill(
            rules,
            policy,
            new CandidateLane(favourites, parameters.MixFavouriteShare),
            new CandidateLane(neighbours, 1000 - parameters.MixFavouriteShare),
            CandidateLane.Fallback(everyones)
        );
        if (placed.Count < parameters.MixMinimumTracks)
        {
            return false;
        }
        (taste.DrawnFrom, taste.DrawnBy) = (drawnFrom, policy.Key);
        foreach (var candidate in placed.Candidates)
        {
            composition.Marks.MarkPlaced(candidate);
        }
        playlists.Add(
            Finish(
                composition,
                kind,
                string.Create(CultureInfo.InvariantCulture, $"Daily Mix {number}"),
                Describe(composition, taste.Entries, placed.Candidates.Count(c => c.Kind == ReasonKind.Popular)),
                placed
            )
        );
        return true;
    }

    /// <summary>The candidates in a number: where it is yesterday's, the mix is drawn as yesterday.</summary>
    private static ulong HashOf(Composition composition, params ReadOnlySpan<List<Candidate>> lanes)
    {
        var hash = (ulong)lanes[0].Count;
        foreach (var lane in lanes)
        {
            foreach (var candidate in lane)
            {
                hash = Fingerprint.Add(hash, composition.Numbers.KeyAt(candidate.Index));
                hash = Fingerprint.Add(hash, (ulong)candidate.Merit);
            }
        }
        return hash;
    }

    private static string Describe(Composition composition, List<TasteEntry> taste, int everyones)
    {
        var names = new List<string>(NamedArtists);
        foreach (var entry in taste)
        {
            if (composition.Numbers.TrackAt(entry.Index)?.ArtistName is { Length: > 0 } name && !names.Contains(name))
            {
                names.Add(name);
                if (names.Count == NamedArtists)
                {
                    break;
                }
            }
        }
        var what = names.Count == 0 ? "Favourites" : string.Join(", ", names);
        return everyones == 0
            ? $"{what} and more like them."
            : string.Create(CultureInfo.InvariantCulture, $"{what}, and {everyones} that everyone plays.");
    }
}
