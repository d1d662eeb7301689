namespace Nocturne.Playlists.Composing;

/// <summary>
/// Brings those candidates to the front whose classes together have the listener's shares: Steck's greedy re-ranking
/// ("Calibrated recommendations", RecSys 2018). Each place of a list takes the candidate with the most (1 - λ)·relevance -
/// λ·KL(p, q~), with the least λ of a ladder that brings the list's KL down by
/// <see cref="CalibrationParameters.Reduction"/>: with few classes a small one does, with many it takes a large one.
/// </summary>
/// <remarks>
/// <para>
/// It settles which ones are at the front; among themselves they keep the model's order, and so do the others: the list
/// is calibrated as a whole, and what the model is surest of still comes first. Merits stay where they are: whoever comes
/// to a place is worth what the one was whom the model had there, so draws are as wide as before; scores and reasons are
/// untouched. A candidate whose artist has filled the cap is passed over, as the slots will. What nothing is known of
/// leaves the shares as they are.
/// </para>
/// <para>
/// KL = Σ p·log p - Σ p·log q~, and a candidate moves q~ only in its own classes: at each place the terms of all classes
/// are worked out once, for nothing and for a third, a half and a whole item more. Candidates of the same classes differ
/// in relevance alone, so they stand in one queue, and a place looks at the first of each. All integers. Scratch memory
/// of one worker.
/// </para>
/// </remarks>
internal sealed class CalibratedRanking(int items)
{
    private const int Most = GenreTable.MostOfItem;

    // One part in so many of what the largest λ would bring is left where the target is out of reach.
    private const int Reachable = 4;

    // λ in thousandths: each doubles the odds λ / (1 - λ) of the one before, from an eighth on.
    private static readonly int[] Ladder = [111, 200, 333, 500, 667, 800, 889];

    private readonly TasteClasses _classes = new(items);
    private readonly Dictionary<int, int> _artists = [];
    private readonly List<Candidate> _order = [];
    private int[] _classOf = [];
    private int[] _classCount = [];
    private long[] _relevance = [];
    private bool[] _isTaken = [];
    private bool[] _isKnown = [];

    // Queues of candidates that are of the same classes and equally of a known artist or not: the classes as one number,
    // the first of all, the first that may still be taken, the last; and behind each candidate the next, or -1.
    private ulong[] _queues = [];
    private int[] _firsts = [];
    private int[] _heads = [];
    private int[] _lasts = [];
    private int[] _next = [];
    private int _queueCount;
    private long[] _counts = [];
    private long[] _logs = [];
    private long[] _gains = [];

    /// <summary>Re-ranks in place.</summary>
    /// <param name="composition">The listener.</param>
    /// <param name="candidates">The best first by merit.</param>
    /// <param name="byNew">How many places there are for artists new to the listener.</param>
    /// <param name="byKnown">How many for the others.</param>
    /// <param name="artistCap">How many of an artist there may be.</param>
    public void Rerank(Composition composition, List<Candidate> candidates, int byNew, int byKnown, int artistCap)
    {
        var parameters = composition.Parameters.Calibration;
        if (parameters.Lambda < Ladder[0] || candidates.Count < 2 || candidates[0].Merit <= 0)
        {
            return;
        }
        _classes.Read(composition);
        var shares = _classes.Shares;
        if (shares.Length < 2)
        {
            return;
        }
        var window = Math.Min(candidates.Count, parameters.Candidates);
        Begin(composition, candidates, window, shares.Length);
        var list = new Places(candidates, window, byNew, byKnown, artistCap);
        var (low, high) = (0, Ladder.Length - 1);
        while (high > 0 && Ladder[high] > parameters.Lambda)
        {
            high--;
        }
        var own = Choose(list, 0);
        var least = Choose(list, Ladder[high]);
        // Where that much cannot be reached, most of what can be: the rest would cost more than it brings.
        var target = Math.Max(own * (1000 - parameters.Reduction) / 1000, least + ((own - least) / Reachable));
        // The first step of the ladder that is enough, by bisection.
        var chosen = high;
        while (low < high)
        {
            chosen = (low + high) / 2;
            (low, high) = Choose(list, Ladder[chosen]) <= target ? (low, chosen) : (chosen + 1, high);
        }
        if (chosen != high)
        {
            Choose(list, Ladder[high]);
        }
        Order(candidates, window);
    }

    /// <summary>Takes candidates for all places.</summary>
    /// <returns>KL of them all, in 2^-16 of fixed point.</returns>
    private long Choose(Places list, int lambda)
    {
        _artists.Clear();
        Array.Clear(_isTaken);
        Array.Clear(_counts);
        _firsts.AsSpan(0, _queueCount).CopyTo(_heads);
        var whole = 0L;
        var (byNew, byKnown) = (list.ByNew, list.ByKnown);
        while (byNew + byKnown > 0)
        {
            var best = Best(list, lambda, lambda == 0 ? default : Terms(whole), (byNew > 0, byKnown > 0));
            if (best < 0)
            {
                break;
            }
            whole += Take(list.Candidates[best], best);
            (byNew, byKnown) = _isKnown[best] ? (byNew, byKnown - 1) : (byNew - 1, byKnown);
        }
        return Terms(whole).AsItIs;
    }

    /// <summary>Those that were taken first, each part in the order of the model; merits stay where they are.</summary>
    private void Order(List<Candidate> candidates, int window)
    {
        _order.Clear();
        foreach (var isTaken in (ReadOnlySpan<bool>)[true, false])
        {
            for (var i = 0; i < candidates.Count; i++)
            {
                if ((i < window && _isTaken[i]) == isTaken)
                {
                    _order.Add(candidates[i]);
                }
            }
        }
        for (var place = 0; place < candidates.Count; place++)
        {
            candidates[place] = _order[place] with { Merit = candidates[place].Merit };
        }
    }

    private void Begin(Composition composition, List<Candidate> candidates, int window, int classes)
    {
        if (_isTaken.Length < window)
        {
            _relevance = new long[window];
            (_isTaken, _isKnown) = (new bool[window], new bool[window]);
            (_classCount, _classOf) = (new int[window], new int[window * Most]);
            (_queues, _next) = (new ulong[window], new int[window]);
            (_firsts, _heads, _lasts) = (new int[window], new int[window], new int[window]);
        }
        if (_counts.Length < classes)
        {
            (_counts, _logs, _gains) = (new long[classes], new long[classes], new long[classes * Most]);
        }
        for (var c = 0; c < classes; c++)
        {
            _logs[c] = _classes.Shares[c] == 0 ? 0 : Divergence.LogOf(_classes.Shares[c]);
        }
        // From 1, of the best, to 0, of the last: models differ in how much of a score all candidates have.
        var last = candidates[window - 1].Merit;
        var range = Math.Max(1, candidates[0].Merit - last);
        _queueCount = 0;
        for (var i = 0; i < window; i++)
        {
            _relevance[i] = (long)((Int128)(candidates[i].Merit - last) * FixedPoint.One / range);
            _isKnown[i] = composition.Marks.IsOfKnownArtist(candidates[i]);
            _classCount[i] = _classes.Of(composition, candidates[i].Index, _classOf.AsSpan(i * Most, Most));
            Queue(i);
        }
    }

    /// <summary>Puts the next candidate behind those of the same classes.</summary>
    private void Queue(int candidate)
    {
        const int ClassBits = 20;
        // Begins with a one, so that how many classes there are is told by its place.
        var classes = _isKnown[candidate] ? 3ul : 2;
        for (var c = 0; c < _classCount[candidate]; c++)
        {
            // -1 is a class that the listener has not.
            classes = (classes << ClassBits) | (uint)(_classOf[(candidate * Most) + c] + 1);
        }
        _next[candidate] = -1;
        var queue = _queues.AsSpan(0, _queueCount).IndexOf(classes);
        if (queue < 0)
        {
            queue = _queueCount++;
            (_queues[queue], _firsts[queue]) = (classes, candidate);
        }
        else
        {
            _next[_lasts[queue]] = candidate;
        }
        _lasts[queue] = candidate;
    }

    /// <summary>
    /// Works out KL of the list as it is, of one item more that is in no class of the listener's, and by how much it is
    /// less if that item counts a whole, a half or a third in a class.
    /// </summary>
    /// <returns>Both, in 2^-16 of fixed point.</returns>
    private (long AsItIs, long OneMore) Terms(long whole)
    {
        var shares = _classes.Shares;
        var (asItIs, oneMore) = (0L, 0L);
        var after = whole + TasteClasses.Whole;
        for (var c = 0; c < shares.Length; c++)
        {
            var share = shares[c];
            if (share == 0)
            {
                _gains.AsSpan(c * Most, Most).Clear();
                continue;
            }
            var own = _logs[c];
            var without = Divergence.LogOfSmoothed(share, _counts[c], after);
            asItIs += share * (own - Divergence.LogOfSmoothed(share, _counts[c], Math.Max(1, whole)));
            oneMore += share * (own - without);
            for (var of = 1; of <= Most; of++)
            {
                var with = Divergence.LogOfSmoothed(share, _counts[c] + (TasteClasses.Whole / of), after);
                _gains[(c * Most) + of - 1] = share * (with - without);
            }
        }
        return (asItIs, oneMore);
    }

    private int Best(Places list, int lambda, (long AsItIs, long OneMore) divergence, (bool ByNew, bool ByKnown) isOpen)
    {
        var best = -1;
        var most = long.MinValue;
        for (var queue = 0; queue < _queueCount; queue++)
        {
            ref var head = ref _heads[queue];
            // Neither what was taken nor what is full can be taken at a later place.
            while (head >= 0 && (_isTaken[head] || IsFull(list.Candidates[head], list.ArtistCap)))
            {
                head = _next[head];
            }
            if (head < 0 || !(_isKnown[head] ? isOpen.ByKnown : isOpen.ByNew))
            {
                continue;
            }
            var classes = _classCount[head];
            var kl = classes == 0 ? divergence.AsItIs : divergence.OneMore;
            for (var c = 0; c < classes && lambda > 0; c++)
            {
                var at = _classOf[(head * Most) + c];
                kl -= at < 0 ? 0 : _gains[(at * Most) + classes - 1];
            }
            var objective = ((1000 - lambda) * _relevance[head]) - (lambda * (kl >> FixedLog.Bits));
            if (objective > most || (objective == most && head < best))
            {
                (best, most) = (head, objective);
            }
        }
        return best;
    }

    private bool IsFull(Candidate candidate, int artistCap) =>
        candidate.Artist >= 0 && _artists.GetValueOrDefault(candidate.Artist) >= artistCap;

    /// <summary>Puts a candidate into the next place.</summary>
    /// <returns>By how much the list's weight grows.</returns>
    private int Take(Candidate candidate, int at)
    {
        _isTaken[at] = true;
        if (candidate.Artist >= 0)
        {
            _artists[candidate.Artist] = _artists.GetValueOrDefault(candidate.Artist) + 1;
        }
        var classes = _classCount[at];
        for (var c = 0; c < classes; c++)
        {
            if (_classOf[(at * Most) + c] is var of and >= 0)
            {
                _counts[of] += TasteClasses.Whole / classes;
            }
        }
        return classes == 0 ? 0 : TasteClasses.Whole;
    }

    /// <summary>What is chosen from, and for how many places.</summary>
    private readonly record struct Places(
        List<Candidate> Candidates,
        int Window,
        int ByNew,
        int ByKnown,
        int ArtistCap
    );
}
