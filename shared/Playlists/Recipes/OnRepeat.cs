using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>What the listener plays most now, by the short horizon, less what they skip. Nothing is explored.</summary>
/// <remarks>
/// Fall-back: where fewer than <see cref="OnRepeatParameters.MinimumTracks"/> are on repeat, single streams of the last
/// two weeks count too, and the description says so; where that is still too few there is none.
/// </remarks>
internal sealed class OnRepeat : PlaylistRecipe
{
    private static readonly CandidateFilter[] Filters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.Music,
    ];

    public override string Name => "on-repeat";

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var parameters = composition.Parameters.OnRepeat;
        var candidates = Collect(composition, parameters.MinimumStreams, parameters.MinimumShortWeight);
        var isLately = candidates.Count < parameters.MinimumTracks;
        if (isLately)
        {
            candidates = Collect(composition, 1, parameters.FallbackShortWeight);
        }
        if (candidates.Count < parameters.MinimumTracks)
        {
            return;
        }
        var placed = slots.Fill(
            new SlotRules(parameters.Tracks, parameters.ArtistCap, composition.Parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.OnRepeat, epsilon: 0, candidates),
            new CandidateLane(candidates, 1000)
        );
        if (placed.Count < parameters.MinimumTracks)
        {
            return;
        }
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.OnRepeat,
                "On Repeat",
                isLately ? "What you played lately; little is on repeat yet." : "What you play most now.",
                placed
            )
        );
    }

    private static List<Candidate> Collect(Composition composition, long streams, long shortWeight)
    {
        // Caps and twins of a recording drop some.
        var wanted = composition.Parameters.OnRepeat.Tracks * 4;
        return new PlayedSource(item =>
            item.Streams >= streams && item.ShortWeight >= shortWeight
                ? PlayedSource.LessSkips(item.ShortWeight, item)
                : 0
        ).Collect(composition, composition.Music, Filters, wanted);
    }
}
