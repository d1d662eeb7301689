namespace Nocturne.Playlists.Composing;

/// <summary>What the listener plays, by a score of its own: highest first, ties by id; 0 leaves an item out.</summary>
internal sealed class PlayedSource(Func<TasteItem, long> score) : CandidateSource
{
    /// <summary>A weight less the share that was skipped: weight × streams / (streams + skips).</summary>
    public static long LessSkips(long weight, TasteItem item) =>
        item.Streams <= 0
            ? 0
            : (long)((Int128)weight * item.Streams / ((Int128)item.Streams + Math.Max(0, item.Skips)));

    public override List<Candidate> Collect(
        Composition composition,
        List<TasteEntry> entries,
        CandidateFilter[] filters,
        int wanted
    )
    {
        var candidates = composition.NewCandidates();
        foreach (var entry in entries)
        {
            var merit = score(composition.HistoryOf(entry));
            var candidate = new Candidate(entry.Index, entry.Recording, entry.Artist, merit, ReasonKind.Favourite);
            if (merit > 0 && CandidateFilter.KeepAll(filters, composition, candidate))
            {
                candidates.Add(candidate);
            }
        }
        // By id, for the numbers of items that the catalogue does not know depend on the history's order.
        candidates.Sort(
            (a, b) =>
                a.Score != b.Score
                    ? b.Score.CompareTo(a.Score)
                    : string.CompareOrdinal(
                        composition.Numbers.IdAt(a.Index).Value,
                        composition.Numbers.IdAt(b.Index).Value
                    )
        );
        if (candidates.Count > wanted)
        {
            candidates.RemoveRange(wanted, candidates.Count - wanted);
        }
        return candidates;
    }
}
