using System.Globalization;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>On Wednesdays, tracks of emerging artists that were never heard, by how they fit the whole taste.</summary>
/// <remarks>
/// Fall-backs: the model's ranking of the whole taste is not deep, so slots that it does not fill take emerging
/// artists' tracks near single items of the taste, and then those that most listeners play, which each track's reason
/// and the description say. With fewer personal ones than <see cref="FreshFindsParameters.MinimumPersonal"/> there is
/// no Fresh Finds.
/// </remarks>
internal sealed class FreshFinds : PlaylistRecipe
{
    private static readonly CandidateFilter[] Filters =
    [
        CandidateFilter.Emerging,
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.Music,
        CandidateFilter.NeverHeard,
    ];

    public override string Name => "fresh-finds";

    public override bool IsDue(DateOnly date) => date.DayOfWeek == DayOfWeek.Wednesday;

    public override bool IsDueAtRest(DateOnly date) => IsDue(date);

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        if (composition.PopularEmerging.IsEmpty)
        {
            return; // nobody emerges
        }
        var parameters = composition.Parameters.FreshFinds;
        var music = composition.Music;
        var wanted = parameters.Tracks * 2;
        var fresh = CandidateSource.Fresh.Collect(composition, music, Filters, wanted);
        composition.SeedWith(music, composition.Parameters.Seeds);
        var near = fresh.Count < wanted ? CandidateSource.Neighbours.Collect(composition, music, Filters, wanted) : [];
        if (fresh.Count + near.Count < parameters.MinimumPersonal)
        {
            return;
        }
        var everyones = fresh.Count + near.Count < wanted ? Everyones(composition, wanted) : [];
        var placed = slots.Fill(
            new SlotRules(parameters.Tracks, parameters.ArtistCap, composition.Parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.FreshFinds, parameters.Epsilon, fresh, near),
            new CandidateLane(fresh, 1000),
            CandidateLane.Fallback(near),
            CandidateLane.Fallback(everyones)
        );
        var personal = placed.Candidates.Count(candidate => candidate.Kind != ReasonKind.Popular);
        if (personal < parameters.MinimumPersonal)
        {
            return;
        }
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.FreshFinds,
                "Fresh Finds",
                personal == placed.Count
                    ? "Emerging artists near what you play."
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"Emerging artists: {personal} near what you play, {placed.Count - personal} that others found."
                    ),
                placed
            )
        );
    }

    private static List<Candidate> Everyones(Composition composition, int wanted)
    {
        var candidates = composition.NewCandidates();
        foreach (var item in composition.PopularEmerging)
        {
            if (candidates.Count == wanted)
            {
                break;
            }
            var listeners = FixedPoint.Of(composition.Model.ListenersOf(item));
            var candidate = composition.Numbers.CandidateAt(item, listeners, ReasonKind.Popular);
            if (CandidateFilter.KeepAll(Filters, composition, candidate))
            {
                candidates.Add(candidate);
            }
        }
        return candidates;
    }
}
