using System.Runtime.InteropServices;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists.Blends;

/// <summary>One filled slot: its choices, the best first, and the one that was drawn.</summary>
/// <param name="Choices">Items and merits.</param>
/// <param name="Chosen">Which.</param>
/// <param name="Propensity">With which probability, in billionths.</param>
/// <param name="Candidate">Whose taste it is; null for what everyone plays.</param>
internal sealed record BlendSlot(Candidate[] Choices, int Chosen, int Propensity, BlendCandidate? Candidate)
{
    public Candidate Placed => Choices[Chosen];
}

/// <summary>
/// Fills slots in playing order, each from the candidates worth most to the group (<see cref="Welfare"/>) given the
/// slots before it, by the policy and under the rules of <see cref="SlotFiller"/>: steps of sound are let go first, then
/// spacing; caps and "each recording once" never.
/// </summary>
internal sealed class BlendFiller(Catalogue catalogue, SlotRules rules, SlotPolicy policy, int members)
{
    private readonly Welfare _welfare = new(members);
    private readonly Dictionary<int, (int Count, int Last)> _artists = [];
    private readonly HashSet<int> _recordings = [];
    private readonly Candidate[] _choices = new Candidate[SlotPolicy.MostChoices];
    private readonly BlendCandidate?[] _choicesOf = new BlendCandidate?[SlotPolicy.MostChoices];
    private int _count;

    public List<BlendSlot> Slots { get; } = [];

    /// <summary>The sum of scores that each member has.</summary>
    public ReadOnlySpan<long> Sums => _welfare.Sums;

    /// <summary>
    /// Fills from what is of the members' tastes. Once there are enough, it ends where the best choice would make a fair
    /// list unfair and nothing that could be placed is worth anything to whoever is worst off.
    /// </summary>
    /// <returns>Whether it ended for that.</returns>
    public bool FillFrom(List<BlendCandidate> candidates, BlendParameters parameters)
    {
        var left = candidates.ToList();
        while (Slots.Count < rules.Tracks)
        {
            left.RemoveAll(candidate => IsSpent(candidate.Recording, candidate.Artist));
            if (!TryChoose(left))
            {
                return false;
            }
            if (
                Slots.Count >= parameters.MinimumTracks
                && _welfare.IsFairWith([], parameters.LeastFairness)
                && !_welfare.IsFairWith(_choicesOf[0]!.Scores, parameters.LeastFairness)
                && !left.Exists(candidate => _welfare.HelpsWorstOff(candidate.Scores))
            )
            {
                return true;
            }
            Draw();
        }
        return false;
    }

    /// <summary>Fills what is left from what everyone plays.</summary>
    public void FillFrom(List<Candidate> popular)
    {
        while (Slots.Count < rules.Tracks)
        {
            popular.RemoveAll(candidate => IsSpent(candidate.Recording, candidate.Artist));
            if (!TryChoose(popular))
            {
                return;
            }
            Draw();
        }
    }

    private bool TryChoose(List<BlendCandidate> candidates)
    {
        foreach (var (keepsSteps, keepsSpacing) in (ReadOnlySpan<(bool, bool)>)[(true, true), (false, true)])
        {
            _count = 0;
            foreach (var candidate in candidates)
            {
                if (Keeps(candidate.Index, candidate.Artist, keepsSteps, keepsSpacing))
                {
                    Consider(Offer(candidate), candidate);
                }
            }
            if (_count > 0)
            {
                return true;
            }
        }
        return TryFurthest(candidates.Select(candidate => (Offer(candidate), (BlendCandidate?)candidate)));
    }

    private bool TryChoose(List<Candidate> candidates)
    {
        foreach (var (keepsSteps, keepsSpacing) in (ReadOnlySpan<(bool, bool)>)[(true, true), (false, true)])
        {
            _count = 0;
            foreach (var candidate in candidates)
            {
                if (Keeps(candidate.Index, candidate.Artist, keepsSteps, keepsSpacing))
                {
                    Consider(candidate, null);
                }
            }
            if (_count > 0)
            {
                return true;
            }
        }
        return TryFurthest(candidates.Select(candidate => (candidate, default(BlendCandidate))));
    }

    private Candidate Offer(BlendCandidate candidate)
    {
        var worth = _welfare.WorthOf(candidate.Scores);
        return new Candidate(candidate.Index, candidate.Recording, candidate.Artist, worth, ReasonKind.Favourite);
    }

    /// <summary>Where nothing keeps the spacing: what is worth most of those whose artist was heard longest ago.</summary>
    private bool TryFurthest(IEnumerable<(Candidate Candidate, BlendCandidate? Of)> candidates)
    {
        _count = 0;
        var furthest = -1;
        foreach (var (candidate, of) in candidates)
        {
            var gap = Gap(candidate.Artist);
            if (gap > furthest || (gap == furthest && IsBefore(candidate, _choices[0])))
            {
                (_choices[0], _choicesOf[0], furthest, _count) = (candidate, of, gap, 1);
            }
        }
        return _count > 0;
    }

    /// <summary>Takes a candidate among the slot's choices, if it is one of the best.</summary>
    private void Consider(Candidate candidate, BlendCandidate? of)
    {
        var wanted = policy.Epsilon > 0 ? SlotPolicy.MostChoices : 1;
        var place = _count;
        while (place > 0 && IsBefore(candidate, _choices[place - 1]))
        {
            place--;
        }
        if (place == wanted)
        {
            return;
        }
        _count = Math.Min(_count + 1, wanted);
        for (var i = _count - 1; i > place; i--)
        {
            (_choices[i], _choicesOf[i]) = (_choices[i - 1], _choicesOf[i - 1]);
        }
        (_choices[place], _choicesOf[place]) = (candidate, of);
    }

    private static bool IsBefore(Candidate one, Candidate other) =>
        one.Merit != other.Merit ? one.Merit > other.Merit : one.Index < other.Index;

    private void Draw()
    {
        var slot = Slots.Count;
        var chosen = 0;
        var propensity = SlotPolicy.Unit;
        if (policy.Epsilon > 0)
        {
            Span<long> merits = stackalloc long[SlotPolicy.MostChoices];
            Span<int> units = stackalloc int[SlotPolicy.MostChoices];
            merits = merits[.._count];
            units = units[.._count];
            for (var i = 0; i < _count; i++)
            {
                merits[i] = _choices[i].Merit;
            }
            policy.Probabilities(merits, units);
            chosen = policy.Draw(slot, units);
            propensity = units[chosen];
        }
        var (placed, of) = (_choices[chosen], _choicesOf[chosen]);
        Slots.Add(new BlendSlot(_choices[.._count], chosen, propensity, of));
        _recordings.Add(placed.Recording);
        if (placed.Artist >= 0)
        {
            ref var artist = ref CollectionsMarshal.GetValueRefOrAddDefault(_artists, placed.Artist, out _);
            artist = (artist.Count + 1, slot);
        }
        if (of is not null)
        {
            _welfare.Add(of.Scores);
        }
    }

    private bool IsSpent(int recording, int artist) =>
        _recordings.Contains(recording) || (artist >= 0 && _artists.GetValueOrDefault(artist).Count >= rules.ArtistCap);

    private bool Keeps(int index, int artist, bool keepsSteps, bool keepsSpacing) =>
        (!keepsSpacing || Gap(artist) >= rules.ArtistSpacing)
        && (
            !keepsSteps
            || Slots.Count == 0
            || SoundSteps.AreKept(catalogue.Sound(Slots[^1].Placed.Index), catalogue.Sound(index))
        );

    private int Gap(int artist) =>
        artist >= 0 && _artists.TryGetValue(artist, out var heard) ? Slots.Count - heard.Last - 1 : int.MaxValue;
}
