using System.Globalization;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// On Fridays, what was released in the last four weeks and not heard yet: first of artists whom the listener follows
/// or loves, then of those near to what they play; of each artist the one that most listeners play.
/// </summary>
/// <remarks>
/// Fall-back: slots that nothing personal fills take the new releases that most listeners play, which each track's
/// reason and the description say. With fewer personal ones than <see cref="ReleaseRadarParameters.MinimumPersonal"/>
/// there is no Release Radar.
/// </remarks>
internal sealed class ReleaseRadar : PlaylistRecipe
{
    private static readonly CandidateFilter[] Filters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.Music,
        CandidateFilter.NeverHeard,
    ];

    public override string Name => "release-radar";

    public override bool IsDue(DateOnly date) => date.DayOfWeek == DayOfWeek.Friday;

    public override bool IsDueAtRest(DateOnly date) => IsDue(date);

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var parameters = composition.Parameters.ReleaseRadar;
        var releases = composition.Releases;
        releases.Score(composition);
        var loved = composition.NewCandidates();
        var near = composition.NewCandidates();
        foreach (var slot in releases.Slots)
        {
            if (Best(composition, slot) is { } release)
            {
                (releases.IsLoved(slot, parameters) ? loved : near).Add(release);
            }
        }
        if (loved.Count + near.Count < parameters.MinimumPersonal)
        {
            return;
        }
        loved.Sort(ByMerit);
        near.Sort(ByMerit);
        var everyones = loved.Count + near.Count < parameters.Tracks ? Everyones(composition) : [];
        var placed = slots.Fill(
            new SlotRules(parameters.Tracks, ArtistCap: 1, composition.Parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.ReleaseRadar, parameters.Epsilon, loved, near),
            new CandidateLane(loved, 1000),
            CandidateLane.Fallback(near),
            CandidateLane.Fallback(everyones)
        );
        var personal = placed.Candidates.Count(candidate => candidate.Kind == ReasonKind.Release);
        if (personal < parameters.MinimumPersonal)
        {
            return;
        }
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.ReleaseRadar,
                "Release Radar",
                personal == placed.Count
                    ? "New from artists you follow, play or are near to."
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"New: {personal} near what you play, {placed.Count - personal} that everyone plays."
                    ),
                placed,
                candidate =>
                    candidate.Kind == ReasonKind.Release
                        ? releases.ReasonOf(composition, releases.Recent.SlotOf(candidate.Artist))
                        : null
            )
        );
    }

    private static Candidate? Best(Composition composition, int slot)
    {
        var score = composition.Releases.ScoreOf(slot);
        foreach (var item in composition.Releases.Recent.ItemsOf(slot))
        {
            var candidate = composition.Numbers.CandidateAt(item, score, ReasonKind.Release);
            if (score > 0 && CandidateFilter.KeepAll(Filters, composition, candidate))
            {
                return candidate;
            }
        }
        return null;
    }

    private static List<Candidate> Everyones(Composition composition)
    {
        var candidates = composition.NewCandidates();
        foreach (var item in composition.Releases.Recent.Popular)
        {
            if (candidates.Count == composition.Parameters.ReleaseRadar.Tracks * 2)
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

    private static int ByMerit(Candidate a, Candidate b) =>
        a.Merit != b.Merit ? b.Merit.CompareTo(a.Merit) : a.Index.CompareTo(b.Index);
}
