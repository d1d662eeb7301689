using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// Podcasts: what shows that the listener follows published lately, the newest first; then the next of every show they
/// listen to, where they ended the last one; then what they left unfinished.
/// </summary>
/// <remarks>
/// Fall-back: each kind fills what the ones before leave, so a listener who follows nothing has the other two; where
/// there is none of any kind there is no list.
/// </remarks>
internal sealed class YourEpisodes : PlaylistRecipe
{
    private static readonly CandidateFilter[] Filters = [CandidateFilter.NotBanned, CandidateFilter.Available];

    public override string Name => "your-episodes";

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var parameters = composition.Parameters.Series;
        composition.Progress.Read(composition);
        var fresh = New(composition);
        var next = composition.Progress.Next(composition, Filters, IsEpisode, isLately: null);
        var unfinished = composition.Progress.Unfinished(composition, Filters, IsEpisode);
        var placed = slots.Fill(
            new SlotRules(parameters.Episodes, parameters.ShowCap, composition.Parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.YourEpisodes, parameters.Epsilon, fresh, next, unfinished),
            new CandidateLane(fresh, 1000),
            CandidateLane.Fallback(next),
            CandidateLane.Fallback(unfinished)
        );
        if (placed.Count == 0)
        {
            return;
        }
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.YourEpisodes,
                "Your Episodes",
                fresh.Count > 0
                    ? "New from shows you follow, and what is next in those you listen to."
                    : "What is next in shows you listen to.",
                placed,
                candidate =>
                    candidate.Kind == ReasonKind.NextInSeries
                        ? composition.Progress.ReasonOf(composition, candidate, byLately: false)
                        : null
            )
        );
    }

    private static bool IsEpisode(ItemKind kind) => kind == ItemKind.Episode;

    /// <summary>Episodes of followed shows from the last days that were not heard; the score is the days that are left to be new.</summary>
    private static List<Candidate> New(Composition composition)
    {
        var candidates = composition.NewCandidates();
        var days = composition.Parameters.Series.NewDays;
        if (composition.Taste.FollowedArtists.Count == 0)
        {
            return candidates;
        }
        var releases = composition.NewEpisodes;
        releases.Prepare(composition.Date, days);
        foreach (var show in composition.Taste.FollowedArtists)
        {
            var slot = releases.SlotOf(composition.Numbers.ArtistNumber(show));
            if (slot < 0)
            {
                continue;
            }
            foreach (var item in releases.ItemsOf(slot))
            {
                var track = composition.Catalogue[item];
                var left = days - (composition.Date.DayNumber - track.Released!.Value.DayNumber);
                var candidate = composition.Numbers.CandidateAt(item, left * FixedPoint.One, ReasonKind.Release);
                if (
                    track.Kind == ItemKind.Episode
                    && !composition.Progress.IsUnfinished(item)
                    && !composition.Marks.IsHeard(candidate)
                    && CandidateFilter.KeepAll(Filters, composition, candidate)
                )
                {
                    candidates.Add(candidate);
                }
            }
        }
        SeriesProgress.Sort(composition, candidates);
        return candidates;
    }
}
