using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>
/// Podcasts and audiobooks where the listener left them, the latest played first: unfinished episodes and chapters, and
/// the next one of a series whose last one was finished. Nothing is explored.
/// </summary>
/// <remarks>
/// Of a book there is one chapter. Fall-backs: series whose last play is not among the latest follow, by affinity;
/// without a catalogue, or for what it does not know, there is what events name as unfinished; without any there is no
/// list.
/// </remarks>
internal sealed class ContinueListening : PlaylistRecipe
{
    private static readonly CandidateFilter[] Filters = [CandidateFilter.NotBanned, CandidateFilter.Available];

    public override string Name => "continue-listening";

    internal override void Compose(Composition composition, SlotFiller slots, ICollection<Playlist> playlists)
    {
        var parameters = composition.Parameters.Series;
        composition.Progress.Read(composition);
        var lately = composition.Progress.Unfinished(composition, Filters, IsSpoken);
        lately.AddRange(composition.Progress.Next(composition, Filters, IsSpoken, isLately: true));
        SeriesProgress.Sort(composition, lately);
        var others = composition.Progress.Next(composition, Filters, IsSpoken, isLately: false);
        var books = new HashSet<int>();
        lately.RemoveAll(candidate => IsOfSameBook(composition, books, candidate));
        others.RemoveAll(candidate => IsOfSameBook(composition, books, candidate));
        var placed = slots.Fill(
            // By how lately and nothing else: neither spacing nor sound moves anything.
            new SlotRules(parameters.ContinueItems, parameters.ContinueCap, ArtistSpacing: 0) { KeepsSteps = false },
            composition.Policy(PlaylistKind.ContinueListening, epsilon: 0, lately),
            new CandidateLane(lately, 1000),
            CandidateLane.Fallback(others)
        );
        if (placed.Count == 0)
        {
            return;
        }
        playlists.Add(
            Finish(
                composition,
                PlaylistKind.ContinueListening,
                "Continue Listening",
                "Where you left off, and what comes next.",
                placed,
                candidate =>
                    candidate.Kind == ReasonKind.NextInSeries
                        ? composition.Progress.ReasonOf(composition, candidate, byLately: true)
                        : null
            )
        );
    }

    private static bool IsSpoken(ItemKind kind) => kind != ItemKind.Track;

    private static bool IsOfSameBook(Composition composition, HashSet<int> books, Candidate candidate) =>
        composition.Numbers.TrackAt(candidate.Index)?.Kind == ItemKind.Chapter
        && composition.Catalogue.Series.PlaceOf(candidate.Index).Series is var book and >= 0
        && !books.Add(book);
}
