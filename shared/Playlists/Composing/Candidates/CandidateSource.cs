using System.Buffers;

namespace Nocturne.Playlists.Composing;

/// <summary>Where candidates come from, ranked: highest score first, ties by the lower item.</summary>
internal abstract class CandidateSource
{
    /// <summary>What the listener plays and likes, by affinity.</summary>
    public static CandidateSource Favourites { get; } = new FavouriteSource();

    /// <summary>What fits all of the taste, by the model's score.</summary>
    public static CandidateSource Taste { get; } = new TasteSource(ReasonKind.Neighbour);

    /// <summary>What fits all of the taste, for a list of emerging artists alone.</summary>
    public static CandidateSource Fresh { get; } = new TasteSource(ReasonKind.Fresh);

    /// <summary>What is near the seeds, by the model's score.</summary>
    public static CandidateSource Neighbours { get; } = new NeighbourSource();

    /// <summary>What everyone plays, by listeners.</summary>
    public static CandidateSource Popular { get; } = new PopularSource();

    /// <summary>Collects candidates that pass all filters.</summary>
    /// <param name="composition">The listener; the seeds in use are those of <paramref name="entries"/>.</param>
    /// <param name="entries">The part of the taste that the playlist is about.</param>
    /// <param name="filters">What every candidate keeps.</param>
    /// <param name="wanted">How many are enough.</param>
    public abstract List<Candidate> Collect(
        Composition composition,
        List<TasteEntry> entries,
        CandidateFilter[] filters,
        int wanted
    );

    private sealed class FavouriteSource : CandidateSource
    {
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
                if (candidates.Count == wanted)
                {
                    break;
                }
                var candidate = new Candidate(
                    entry.Index,
                    entry.Recording,
                    entry.Artist,
                    entry.Affinity,
                    ReasonKind.Favourite
                );
                if (CandidateFilter.KeepAll(filters, composition, candidate))
                {
                    candidates.Add(candidate);
                }
            }
            return candidates;
        }
    }

    private sealed class NeighbourSource : CandidateSource
    {
        // Asked for first, as a multiple of what is wanted: filters usually leave more than half.
        private const int Margin = 2;

        public override List<Candidate> Collect(
            Composition composition,
            List<TasteEntry> entries,
            CandidateFilter[] filters,
            int wanted
        )
        {
            var candidates = composition.NewCandidates();
            if (composition.Seeds.IsEmpty)
            {
                return candidates;
            }
            // A listener who has heard nearly everything near loses most candidates: look further, to a bound.
            var bound = composition.Parameters.MaxCandidates;
            for (var asked = Math.Min(wanted * Margin, bound); ; asked = Math.Min(asked * 4, bound))
            {
                var found = Ask(composition, filters, asked, candidates);
                if (candidates.Count >= wanted || found < asked || asked == bound)
                {
                    return candidates;
                }
            }
        }

        private static int Ask(
            Composition composition,
            CandidateFilter[] filters,
            int asked,
            List<Candidate> candidates
        )
        {
            candidates.Clear();
            var items = ArrayPool<int>.Shared.Rent(asked);
            var scores = ArrayPool<float>.Shared.Rent(asked);
            try
            {
                var found = composition.Model.Near(
                    composition.Seeds,
                    composition.SeedWeights,
                    composition.Excluded,
                    items.AsSpan(0, asked),
                    scores.AsSpan(0, asked)
                );
                PricedRanking.Collect(
                    composition,
                    items.AsSpan(0, found),
                    scores.AsSpan(0, found),
                    ReasonKind.Neighbour,
                    filters,
                    found,
                    candidates
                );
                return found;
            }
            finally
            {
                ArrayPool<int>.Shared.Return(items);
                ArrayPool<float>.Shared.Return(scores);
            }
        }
    }

    private sealed class TasteSource(ReasonKind kind) : CandidateSource
    {
        public override List<Candidate> Collect(
            Composition composition,
            List<TasteEntry> entries,
            CandidateFilter[] filters,
            int wanted
        )
        {
            var candidates = composition.NewCandidates();
            if (entries.Count == 0)
            {
                return candidates; // what a model says of somebody unknown is what it says of everybody
            }
            var items = composition.Ranked(out var scores);
            PricedRanking.Collect(composition, items, scores, kind, filters, wanted, candidates);
            return candidates;
        }
    }

    private sealed class PopularSource : CandidateSource
    {
        public override List<Candidate> Collect(
            Composition composition,
            List<TasteEntry> entries,
            CandidateFilter[] filters,
            int wanted
        )
        {
            var popular = composition.Model.Popular;
            var candidates = composition.NewCandidates();
            for (var i = 0; i < Math.Min(popular.Length, composition.Parameters.PopularDepth); i++)
            {
                if (candidates.Count == wanted)
                {
                    break;
                }
                var score = FixedPoint.Of(composition.Model.ListenersOf(popular[i]));
                var candidate = composition.Numbers.CandidateAt(popular[i], score, ReasonKind.Popular);
                if (CandidateFilter.KeepAll(filters, composition, candidate))
                {
                    candidates.Add(candidate);
                }
            }
            return candidates;
        }
    }
}
