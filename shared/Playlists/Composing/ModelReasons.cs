using System.Numerics;
using System.Runtime.Intrinsics;
using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// Why a track is in a list, by the model's account: the items of the history that speak for it most, what the others
/// add, and what does not come from the history. Scratch memory of one worker.
/// </summary>
internal sealed class ModelReasons(Composition composition)
{
    // Positions in those of the contributors that a reason names.
    private readonly int[] _strongest = new int[composition.Parameters.SeedsPerReason];
    private int[] _contributors = [];
    private float[] _terms = [];

    /// <summary>Why a candidate is in a list.</summary>
    /// <param name="candidate">It.</param>
    /// <param name="item">Its id.</param>
    /// <param name="ranked">Whether neighbours come from the ranking of the whole taste, not from the seeds in use.</param>
    public Reason Of(Candidate candidate, ItemId item, bool ranked) =>
        candidate.Kind switch
        {
            ReasonKind.Favourite => new Reason(candidate.Kind, [new ReasonSeed(item, candidate.Score)]),
            ReasonKind.Neighbour => Explain(candidate, ranked),
            ReasonKind.Fresh => Explain(candidate, ranked: true),
            _ => new Reason(candidate.Kind, [], Base: candidate.Score),
        };

    /// <summary>By the ranking of the whole taste, or by the seeds in use. Ranking compared the model's float scores; what is stored is the sum of the rounded terms.</summary>
    private Reason Explain(Candidate candidate, bool ranked)
    {
        var most = ranked
            ? composition.Taste.Items.Count + composition.Taste.Liked.Count + composition.Taste.Hated.Count
            : composition.Seeds.Length;
        if (_contributors.Length < most)
        {
            _contributors = new int[most];
            _terms = new float[most];
        }
        var count = ranked
            ? composition.Model.ExplainRanked(candidate.Index, _contributors, _terms, out var bias)
            : composition.Model.ExplainNear(
                composition.Seeds,
                composition.SeedWeights,
                candidate.Index,
                _contributors,
                _terms,
                out bias
            );
        var all = FixedPoint.SumOf(_terms.AsSpan(0, count));
        var named = 0;
        for (var i = 0; i < count && _strongest.Length > 0; i++)
        {
            if (named == _strongest.Length)
            {
                i = NextAtLeast(_terms[_strongest[^1]], i, count);
                if (i == count)
                {
                    break;
                }
            }
            // What is banned is named nowhere, not even as a reason; its term stays in the sum.
            var at = named;
            while (at > 0 && IsStronger(i, _strongest[at - 1]))
            {
                at--;
            }
            if (at == _strongest.Length || composition.Marks.IsBanned(_contributors[i]))
            {
                continue;
            }
            named = Math.Min(named + 1, _strongest.Length);
            for (var later = named - 1; later > at; later--)
            {
                _strongest[later] = _strongest[later - 1];
            }
            _strongest[at] = i;
        }
        var seeds = new ReasonSeed[named];
        for (var i = 0; i < named; i++)
        {
            var term = FixedPoint.Of(_terms[_strongest[i]]);
            seeds[i] = new ReasonSeed(composition.Catalogue.IdOf(_contributors[_strongest[i]]), term);
            all -= term;
        }
        return new Reason(candidate.Kind, seeds, all, FixedPoint.Of(bias));
    }

    private bool IsStronger(int one, int other) =>
        _terms[one] > _terms[other] || (_terms[one] == _terms[other] && _contributors[one] < _contributors[other]);

    /// <summary>The next position of a term that is at least so much; the count if there is none.</summary>
    private int NextAtLeast(float least, int at, int count)
    {
        var wanted = Vector256.Create(least);
        for (; at + Vector256<float>.Count <= count; at += Vector256<float>.Count)
        {
            var found = Vector256.GreaterThanOrEqual(Vector256.Create(_terms.AsSpan(at)), wanted);
            if (found.ExtractMostSignificantBits() is var bits and not 0)
            {
                return at + BitOperations.TrailingZeroCount(bits);
            }
        }
        while (at < count && !(_terms[at] >= least))
        {
            at++;
        }
        return at;
    }
}
