using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists.Blends;

/// <summary>A recording that some members' tastes speak for.</summary>
internal sealed class BlendCandidate(int recording, int members)
{
    /// <summary>The item that is played: the lowest of those by which the members have it.</summary>
    public int Index { get; private set; } = int.MaxValue;

    public int Recording { get; } = recording;

    /// <summary>The item's, by the catalogue alone: whom only a history names has another number in each.</summary>
    public int Artist { get; private set; } = -1;

    /// <summary>What it is worth to each member, in fixed point.</summary>
    public long[] Scores { get; } = new long[members];

    /// <summary>Each member's own candidate, which the reason is of.</summary>
    public Candidate?[] Own { get; } = new Candidate?[members];

    /// <summary>Takes a member's candidate.</summary>
    public void Add(int member, Candidate own, long score, Catalogue catalogue)
    {
        if (own.Index < Index)
        {
            (Index, Artist) = (own.Index, catalogue.ArtistOf(own.Index));
        }
        (Own[member], Scores[member]) = (own, score);
    }
}

/// <summary>The candidates of all members, one after another.</summary>
/// <remarks>
/// A member's candidates are favourites and what the night's model ranks for all of the taste, taken in turn by
/// <see cref="BlendParameters.FavouriteShare"/>, each recording once. The one in place p of them (from 0) is worth
/// 1 - p / <see cref="BlendParameters.Depth"/> to the member, and what is not among them nothing (a Borda count): places
/// compare between members, affinities and scores of a model do not.
/// </remarks>
internal sealed class BlendCandidates(Composition composition, GroupRules rules, int members)
{
    private const int Whole = 1000;

    private readonly Dictionary<int, BlendCandidate> _byRecording = [];
    private readonly HashSet<int> _taken = [];
    private readonly CandidateFilter[] _favourites = [rules.Filter];
    private readonly CandidateFilter[] _neighbours = [rules.Filter, CandidateFilter.NotPlayed];

    /// <summary>All of them, in the order of members and of their places.</summary>
    public List<BlendCandidate> All { get; } = [];

    /// <summary>Collects those of the member whom the composition has begun.</summary>
    /// <returns>How many there are.</returns>
    public int Collect(int member)
    {
        var parameters = composition.Parameters.Blend;
        var depth = parameters.Depth;
        var favourites = CandidateSource.Favourites.Collect(composition, composition.Music, _favourites, depth);
        var neighbours = CandidateSource.Taste.Collect(composition, composition.Music, _neighbours, depth);
        _taken.Clear();
        var (favourite, neighbour, fromFavourites) = (0, 0, 0);
        while (_taken.Count < depth && (favourite < favourites.Count || neighbour < neighbours.Count))
        {
            var isFavourite =
                neighbour == neighbours.Count
                || (
                    favourite < favourites.Count
                    && fromFavourites * Whole < parameters.FavouriteShare * (_taken.Count + 1)
                );
            var candidate = isFavourite ? favourites[favourite++] : neighbours[neighbour++];
            if (_taken.Add(candidate.Recording))
            {
                fromFavourites += isFavourite ? 1 : 0;
                Enter(member, candidate, FixedPoint.One - ((_taken.Count - 1) * FixedPoint.One / depth));
            }
        }
        return _taken.Count;
    }

    /// <summary>
    /// What everyone plays and nobody's taste speaks for, most listeners first: for slots that are left. The scores are
    /// nobody's, so places are their merits.
    /// </summary>
    public List<Candidate> Popular()
    {
        var model = composition.Model;
        var depth = composition.Parameters.Blend.Depth;
        var candidates = new List<Candidate>();
        _taken.Clear();
        for (var i = 0; i < Math.Min(model.Popular.Length, composition.Parameters.PopularDepth); i++)
        {
            var item = model.Popular[i];
            var candidate = composition.Numbers.CandidateAt(
                item,
                FixedPoint.Of(model.ListenersOf(item)),
                ReasonKind.Popular
            );
            if (
                rules.IsAllowed(item)
                && !_byRecording.ContainsKey(candidate.Recording)
                && _taken.Add(candidate.Recording)
            )
            {
                candidates.Add(candidate with { Merit = FixedPoint.One - (candidates.Count * FixedPoint.One / depth) });
                if (candidates.Count == depth)
                {
                    break;
                }
            }
        }
        return candidates;
    }

    private void Enter(int member, Candidate candidate, long score)
    {
        if (!_byRecording.TryGetValue(candidate.Recording, out var known))
        {
            known = new BlendCandidate(candidate.Recording, members);
            _byRecording.Add(candidate.Recording, known);
            All.Add(known);
        }
        known.Add(member, candidate, score, composition.Catalogue);
    }
}
