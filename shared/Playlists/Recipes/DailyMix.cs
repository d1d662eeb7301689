using System.Globalization;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// The listener's taste is cut into parts (<see cref="TasteClusters"/>), as many as it supports; each gives a mix of
/// its favourites and of their neighbours. An item is in one mix of a day at most.
/// </summary>
/// <remarks>Fall-back: when no part makes a mix of its own, all of the taste together is tried.</remarks>
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
        var music = composition.Music;
        var tastes = composition.Clusters.Cut(composition, music);
        var made = 0;
        foreach (var taste in tastes)
        {
            made += Mix(composition, slots, taste, made + 1, playlists) ? 1 : 0;
        }
        if (made == 0 && tastes.Count > 1)
        {
            Mix(composition, slots, music, 1, playlists);
        }
    }

    private static bool Mix(
        Composition composition,
        SlotFiller slots,
        List<TasteEntry> taste,
        int number,
        ICollection<Playlist> playlists
    )
    {
        var parameters = composition.Parameters;
        // Caps drop tracks of artists that fill the top of a ranking, so more is collected than placed.
        var wanted = parameters.MixTracks * 2;
        composition.SeedWith(taste, parameters.MixSeeds);
        var favourites = CandidateSource.Favourites.Collect(composition, taste, FavouriteFilters, wanted);
        var neighbours = CandidateSource.Neighbours.Collect(composition, taste, NeighbourFilters, wanted);
        var placed = slots.Fill(
            new SlotRules(parameters.MixTracks, parameters.MixArtistCap, parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.DailyMix(number), parameters.MixEpsilon, favourites, neighbours),
            new CandidateLane(favourites, parameters.MixFavouriteShare),
            new CandidateLane(neighbours, 1000 - parameters.MixFavouriteShare)
        );
        if (placed.Count < parameters.MixMinimumTracks)
        {
            return false;
        }
        foreach (var candidate in placed.Candidates)
        {
            composition.MarkPlaced(candidate);
        }
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.DailyMix(number),
                string.Create(CultureInfo.InvariantCulture, $"Daily Mix {number}"),
                Describe(composition, taste),
                placed
            )
        );
        return true;
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
