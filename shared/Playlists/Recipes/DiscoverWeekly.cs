using System.Globalization;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// On Mondays: what fits the whole taste, was never heard and was not here in the last eight weeks, a share of it by
/// artists new to the listener, and its genres about as the listener plays them (<see cref="CalibratedRanking"/>).
/// </summary>
/// <remarks>
/// Fall-back: slots that nothing personal fills take what everyone plays, which each track's reason and the
/// description say. With fewer personal tracks than <see cref="RecipeParameters.DiscoverMinimumPersonal"/> there is
/// no Discover Weekly.
/// </remarks>
internal sealed class DiscoverWeekly : PlaylistRecipe
{
    private static readonly CandidateFilter[] Filters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.Music,
        CandidateFilter.NotRepeated,
        CandidateFilter.NeverHeard,
    ];

    public override string Name => "discover-weekly";

    public override bool IsDue(DateOnly date) => date.DayOfWeek == DayOfWeek.Monday;

    public override bool IsDueAtRest(DateOnly date) => IsDue(date);

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var parameters = composition.Parameters;
        composition.Past.MarkDiscoveries(this);
        var music = composition.Music;
        // Both kinds of artist must be among the candidates, and a cap of two drops many.
        var wanted = parameters.DiscoverTracks * 4;
        var near = CandidateSource.Taste.Collect(composition, music, Filters, wanted);
        if (near.Count < parameters.DiscoverMinimumPersonal)
        {
            return;
        }
        Calibrate(composition, near);
        var everyones = near.Count < wanted ? CandidateSource.Popular.Collect(composition, music, Filters, wanted) : [];
        var (byNew, byKnown) = (composition.NewCandidates(), composition.NewCandidates());
        foreach (var candidate in near)
        {
            (composition.Marks.IsOfKnownArtist(candidate) ? byKnown : byNew).Add(candidate);
        }
        var placed = slots.Fill(
            new SlotRules(parameters.DiscoverTracks, parameters.DiscoverArtistCap, parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.DiscoverWeekly, parameters.DiscoverEpsilon, near),
            new CandidateLane(byNew, parameters.DiscoverNewArtistShare),
            new CandidateLane(byKnown, 1000 - parameters.DiscoverNewArtistShare),
            CandidateLane.Fallback(everyones)
        );
        var personal = placed.Candidates.Count(c => c.Kind == ReasonKind.Neighbour);
        if (personal < parameters.DiscoverMinimumPersonal)
        {
            return;
        }
        var playlist = Finish(
            composition,
            PlaylistKind.DiscoverWeekly,
            "Discover Weekly",
            personal == placed.Count
                ? "New to you, and near what you play."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"New to you: {personal} near what you play, {placed.Count - personal} that everyone plays."
                ),
            placed
        );
        composition.Past.RememberDiscoveries(placed);
        playlists.Add(playlist);
    }

    /// <summary>Both lanes together, each for the places of its share and those that the other cannot fill.</summary>
    private static void Calibrate(Composition composition, List<Candidate> near)
    {
        var parameters = composition.Parameters;
        var known = 0;
        foreach (var candidate in near)
        {
            known += composition.Marks.IsOfKnownArtist(candidate) ? 1 : 0;
        }
        var tracks = parameters.DiscoverTracks;
        var places = tracks * parameters.DiscoverNewArtistShare / 1000;
        composition.Calibrated.Rerank(
            composition,
            near,
            Math.Max(places, tracks - known),
            Math.Max(tracks - places, tracks - (near.Count - known)),
            parameters.DiscoverArtistCap
        );
    }
}
