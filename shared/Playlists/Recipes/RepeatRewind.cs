using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>What the listener loved over the long horizon and has let go silent, by the long horizon less skips.</summary>
/// <remarks>
/// Fall-back: where fewer than <see cref="RepeatRewindParameters.MinimumTracks"/> went silent, a shorter silence is
/// enough; where that is still too few, as for anyone whose history is short, there is none.
/// </remarks>
internal sealed class RepeatRewind : PlaylistRecipe
{
    private static readonly CandidateFilter[] Filters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.Music,
    ];

    public override string Name => "repeat-rewind";

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var parameters = composition.Parameters.RepeatRewind;
        var candidates = Collect(composition, parameters.SilentShare);
        if (candidates.Count < parameters.MinimumTracks)
        {
            candidates = Collect(composition, parameters.FallbackSilentShare);
        }
        if (candidates.Count < parameters.MinimumTracks)
        {
            return;
        }
        var placed = slots.Fill(
            new SlotRules(parameters.Tracks, parameters.ArtistCap, composition.Parameters.ArtistSpacing),
            composition.Policy(PlaylistKind.RepeatRewind, parameters.Epsilon, candidates),
            new CandidateLane(candidates, 1000)
        );
        if (placed.Count < parameters.MinimumTracks)
        {
            return;
        }
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.RepeatRewind,
                "Repeat Rewind",
                "What you loved and have not played lately.",
                placed
            )
        );
    }

    private static List<Candidate> Collect(Composition composition, int silentShare)
    {
        var parameters = composition.Parameters.RepeatRewind;
        return new PlayedSource(item =>
            item.Streams >= parameters.MinimumStreams
            && item.LongWeight >= parameters.MinimumLongWeight
            && (Int128)item.ShortWeight * 1000 <= (Int128)item.LongWeight * silentShare
                ? PlayedSource.LessSkips(item.LongWeight, item)
                : 0
        ).Collect(composition, composition.Music, Filters, parameters.Tracks * 4);
    }
}
