using System.Runtime.InteropServices;
using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>An item that may be played next.</summary>
/// <param name="Item">It.</param>
/// <param name="Artist">Its artist, where known.</param>
/// <param name="Score">How well it follows, in fixed point.</param>
public readonly record struct NextItem(ItemId Item, ArtistId? Artist, long Score);

/// <summary>Scores what to play now, by the session and by the taste.</summary>
/// <remarks>
/// <para>
/// The session is the latest plays without a gap of <see cref="NextParameters.SessionGapMinutes"/>, the last of them
/// no longer ago than that. Each streamed track of it is a seed that weighs half as much every
/// <see cref="NextParameters.HalfLifePlays"/> plays back; all of them together weigh 1 less
/// <see cref="NextParameters.TasteShare"/>, and the strongest items of the taste the rest, by the roots of their
/// affinities. What is near the seeds is ranked, what the listener knows as well as what is new. So a session turns
/// within three plays, and a listener who comes back the next day finds their taste, whatever the night before was.
/// A skip within the session is a seed against: it takes <see cref="NextParameters.SkipShare"/> of what a play of its
/// place would have given from what is near it.
/// </para>
/// <para>
/// What is hated, excluded, not available, no music, or was just played is left out. A pure function of its
/// arguments; one instance serves one worker, for it holds scratch memory.
/// </para>
/// </remarks>
public sealed class NextScorer
{
    private static readonly CandidateFilter[] Filters =
    [
        CandidateFilter.NotBanned,
        CandidateFilter.Available,
        CandidateFilter.Music,
    ];

    private readonly Composition _composition;
    private readonly NextParameters _parameters;
    private readonly List<int> _seeds = [];
    private readonly List<float> _seedWeights = [];
    private readonly List<int> _played = [];
    private readonly List<(int Item, double Weight)> _skips = [];
    private readonly Dictionary<int, long> _pushed = [];
    private readonly int[] _items;
    private readonly float[] _scores;
    private readonly double _fading;

    /// <summary>Prepares a worker.</summary>
    /// <param name="catalogue">All items.</param>
    /// <param name="model">Of the same items; for this worker alone.</param>
    /// <param name="recipes">What affinities depend on.</param>
    /// <param name="parameters">What the score depends on.</param>
    /// <exception cref="ArgumentException">A parameter is unusable; the message names it.</exception>
    public NextScorer(
        Catalogue catalogue,
        ITasteModel model,
        RecipeParameters? recipes = null,
        NextParameters? parameters = null
    )
    {
        _parameters = (parameters ?? NextParameters.Default).Validated();
        _composition = new Composition(catalogue, model, (recipes ?? RecipeParameters.Default).Validated(), seed: 0);
        _items = new int[_parameters.Candidates];
        _scores = new float[_parameters.Candidates];
        _fading = Halving(_parameters.HalfLifePlays);
    }

    /// <summary>The listener at hand.</summary>
    internal Composition Composition => _composition;

    /// <summary>What every candidate keeps.</summary>
    internal static CandidateFilter[] Rules => Filters;

    /// <summary>Whether the latest <see cref="Collect"/> saw a session.</summary>
    internal bool HasSession { get; private set; }

    /// <summary>The best items to follow the latest play, strongest first, each recording once.</summary>
    /// <param name="taste">The listener, with the latest plays.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">How many are wanted at most.</param>
    /// <returns>Empty where neither session nor taste names anything that the model knows.</returns>
    public IReadOnlyList<NextItem> Rank(ListenerTaste taste, Instant now, int most)
    {
        var ranked = new List<NextItem>(most);
        foreach (var candidate in Collect(taste, now))
        {
            if (ranked.Count == most)
            {
                break;
            }
            if (!_composition.Marks.IsPlaced(candidate))
            {
                _composition.Marks.MarkPlaced(candidate);
                var track = _composition.Catalogue[candidate.Index];
                ranked.Add(new NextItem(track.Id, track.Artist, candidate.Score));
            }
        }
        return ranked;
    }

    /// <summary>Begins the listener: the candidates that keep the rules, strongest first; what was just played is placed.</summary>
    internal List<Candidate> Collect(ListenerTaste taste, Instant now)
    {
        _composition.Begin(taste, now.Date);
        Seed(taste, now);
        _composition.SeedWith(CollectionsMarshal.AsSpan(_seeds), CollectionsMarshal.AsSpan(_seedWeights));
        var candidates = new List<Candidate>();
        if (_seeds.Count == 0)
        {
            return candidates;
        }
        var found = _composition.Model.Near(
            CollectionsMarshal.AsSpan(_seeds),
            CollectionsMarshal.AsSpan(_seedWeights),
            CollectionsMarshal.AsSpan(_played),
            _items,
            _scores
        );
        for (var i = 0; i < found; i++)
        {
            var score = FixedPoint.Of(_scores[i]) - PushOf(_items[i]);
            var candidate = _composition.Numbers.CandidateAt(_items[i], score, ReasonKind.Neighbour);
            if (
                score > 0
                && !_composition.Marks.IsPlaced(candidate)
                && CandidateFilter.KeepAll(Filters, _composition, candidate)
            )
            {
                candidates.Add(candidate);
            }
        }
        if (_pushed.Count > 0)
        {
            candidates.Sort(
                static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Index.CompareTo(b.Index)
            );
        }
        return candidates;
    }

    /// <summary>What the session's skips take from an item's score, in fixed point.</summary>
    internal long PushOf(int item) => _pushed.GetValueOrDefault(item);

    private void Seed(ListenerTaste taste, Instant now)
    {
        _seeds.Clear();
        _seedWeights.Clear();
        _played.Clear();
        _skips.Clear();
        _pushed.Clear();
        var session = AddSession(taste, now);
        HasSession = session > 0;
        var tasteShare = HasSession ? _parameters.TasteShare / 1000d : 1;
        for (var i = 0; i < _seeds.Count; i++)
        {
            _seedWeights[i] = (float)(_seedWeights[i] * (1 - tasteShare) / session);
        }
        AddTaste(tasteShare);
        Push(session);
    }

    /// <summary>What is near a skip is worth less: the sum over skips of weight × similarity, rounded once an item.</summary>
    private void Push(double session)
    {
        if (_skips.Count == 0)
        {
            return;
        }
        // As a play of the same place weighs: without any streams as if there were one of weight 1.
        var share = _parameters.SkipShare / 1000d * (1 - (_parameters.TasteShare / 1000d)) / Math.Max(session, 1);
        foreach (var (item, weight) in _skips)
        {
            var neighbours = _composition.Model.NeighboursOf(item);
            var similarities = _composition.Model.SimilaritiesOf(item);
            for (var n = 0; n < neighbours.Length; n++)
            {
                _pushed[neighbours[n]] = PushOf(neighbours[n]) + FixedPoint.Of(share * weight * similarities[n]);
            }
        }
    }

    /// <summary>The session's streams as seeds, and all that was just played as what is not to be played again.</summary>
    /// <returns>What the session's seeds weigh together.</returns>
    private double AddSession(ListenerTaste taste, Instant now)
    {
        var gap = TimeSpan.FromMinutes(_parameters.SessionGapMinutes);
        var (weight, sum, next, isSession) = (1d, 0d, now, true);
        foreach (var play in taste.RecentPlays)
        {
            isSession &= next <= play.StartedAt + gap;
            next = play.StartedAt;
            var index = _composition.Catalogue.IndexOf(play.Item);
            if (index < 0)
            {
                continue;
            }
            _played.Add(index);
            var candidate = _composition.Numbers.CandidateAt(index, 0, default);
            _composition.Marks.MarkPlaced(candidate);
            if (isSession && play.IsSkip)
            {
                _skips.Add((index, weight));
            }
            else if (isSession && play.IsStream && !_composition.Marks.IsBanned(candidate))
            {
                Add(index, weight);
                sum += weight;
                weight *= _fading;
            }
        }
        return sum;
    }

    private void AddTaste(double share)
    {
        var strongest = CollectionsMarshal.AsSpan(_composition.Music);
        strongest = strongest[..Math.Min(_parameters.TasteSeeds, strongest.Length)];
        var sum = 0d;
        foreach (var entry in strongest)
        {
            sum += Math.Sqrt(entry.Affinity);
        }
        foreach (var entry in strongest)
        {
            if (entry.Index < _composition.Catalogue.Count)
            {
                Add(entry.Index, share * Math.Sqrt(entry.Affinity) / sum);
            }
        }
    }

    /// <summary>An item that was played twice is one seed.</summary>
    private void Add(int seed, double weight)
    {
        var at = _seeds.IndexOf(seed);
        if (at < 0)
        {
            _seeds.Add(seed);
            _seedWeights.Add((float)weight);
        }
        else
        {
            _seedWeights[at] += (float)weight;
        }
    }

    /// <summary>x with x^plays = ½, by bisection: the same on every machine.</summary>
    private static double Halving(int plays)
    {
        var (low, high) = (0.5, 1d);
        for (var step = 0; step < 52; step++)
        {
            var middle = (low + high) / 2;
            var power = 1d;
            for (var i = 0; i < plays; i++)
            {
                power *= middle;
            }
            (low, high) = power < 0.5 ? (middle, high) : (low, middle);
        }
        return low;
    }
}
