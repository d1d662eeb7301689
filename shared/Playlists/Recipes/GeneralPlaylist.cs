using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>For a listener with too little history: the few favourites and neighbours there are, then popularity.</summary>
/// <remarks>
/// Its description says that it is general. It is made even if nothing may be played at all, and is then empty:
/// every listener has a playlist.
/// </remarks>
internal sealed class GeneralPlaylist : PlaylistRecipe
{
    private const int FavouriteShare = 300;

    private static readonly CandidateFilter[] Playable = [CandidateFilter.NotBanned, CandidateFilter.Available];

    private static readonly CandidateFilter[] PlayableMusic = [.. Playable, CandidateFilter.Music];

    public override string Name => "general";

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var parameters = composition.Parameters;
        var wanted = parameters.GeneralTracks * 3;
        composition.SeedWith(composition.Entries, parameters.Seeds);
        var favourites = CandidateSource.Favourites.Collect(composition, composition.Entries, Playable, wanted);
        var neighbours = CandidateSource.Neighbours.Collect(composition, composition.Entries, PlayableMusic, wanted);
        var music = CandidateSource.Popular.Collect(composition, composition.Entries, PlayableMusic, wanted);
        var anything = CandidateSource.Popular.Collect(composition, composition.Entries, Playable, wanted);
        var placed = slots.Fill(
            new SlotRules(parameters.GeneralTracks, parameters.GeneralArtistCap, parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.General, parameters.GeneralEpsilon, favourites, neighbours),
            new CandidateLane(favourites, FavouriteShare),
            new CandidateLane(neighbours, 1000 - FavouriteShare),
            CandidateLane.Fallback(music),
            CandidateLane.Fallback(anything)
        );
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.General,
                "Popular right now",
                placed.Count > 0
                    ? "A general playlist: there is not enough of your own listening yet for a personal one."
                    : "A general playlist, empty: nothing here may be played for you yet.",
                placed
            )
        );
    }
}
