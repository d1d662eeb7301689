using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>What the placed tracks of one playlist keep among themselves.</summary>
/// <param name="Tracks">How many there are at most.</param>
/// <param name="ArtistCap">How many of one artist, at most; tracks of unknown artists are not counted.</param>
/// <param name="ArtistSpacing">Tracks between two of one artist, where the candidates allow it.</param>
internal readonly record struct SlotRules(int Tracks, int ArtistCap, int ArtistSpacing)
{
    /// <summary>Whether neighbouring tracks keep <see cref="SoundSteps"/>, where the candidates allow it.</summary>
    public bool KeepsSteps { get; init; } = true;
}

/// <summary>A placed candidate.</summary>
/// <param name="Candidate">It.</param>
/// <param name="Propensity">The probability that its slot was filled by it, given the slots before, in billionths.</param>
internal readonly record struct Placement(Candidate Candidate, int Propensity);

/// <summary>The filled slots of a playlist, and what they were drawn from.</summary>
/// <param name="Slots">In playing order.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Choices">What each slot was drawn from; empty where nothing was explored.</param>
internal sealed record FilledSlots(List<Placement> Slots, SlotPolicy Policy, NumberedChoices Choices)
{
    public int Count => Slots.Count;

    public IEnumerable<Candidate> Candidates => Slots.Select(slot => slot.Candidate);
}

/// <summary>Candidates of one kind, ranked, and the share of slots they are to fill, in thousandths.</summary>
internal sealed class CandidateLane(List<Candidate> candidates, int share)
{
    // A linked list over the ranking, so that what can never be placed again is not looked at again.
    private readonly int[] _next = Chain(candidates.Count);

    // One more than the number under which a slot first named a candidate; 0 for one that none has.
    private readonly int[] _numbers = new int[candidates.Count];

    public int Share { get; } = share;

    /// <summary>Whether it is used only for slots that no lane with a share can fill.</summary>
    public bool IsFallback { get; private init; }

    public int Placed { get; set; }

    /// <summary>Position before the first; <see cref="Next"/> of it is the best one left.</summary>
    public const int Start = -1;

    private int First { get; set; }

    public static CandidateLane Fallback(List<Candidate> candidates) => new(candidates, 0) { IsFallback = true };

    public int Next(int position) => position == Start ? First : _next[position];

    public bool IsEnd(int position) => position >= candidates.Count;

    public Candidate this[int position] => candidates[position];

    /// <summary>The number of a candidate that a slot names.</summary>
    public int NumberOf(int position, NumberedChoices choices, Func<int, ItemId> idAt)
    {
        ref var number = ref _numbers[position];
        if (number == 0)
        {
            choices.Candidates.Add((idAt(candidates[position].Index), candidates[position].Merit));
            number = choices.Candidates.Count;
        }
        return number - 1;
    }

    public void Remove(int previous, int position)
    {
        if (previous == Start)
        {
            First = _next[position];
        }
        else
        {
            _next[previous] = _next[position];
        }
    }

    private static int[] Chain(int count)
    {
        var next = new int[count];
        for (var i = 0; i < count; i++)
        {
            next[i] = i + 1;
        }
        return next;
    }
}

/// <summary>
/// Fills slots in playing order. Each is drawn by a <see cref="SlotPolicy"/> from the best candidates that keep every
/// rule given the slots before it, and nothing is moved, dropped or replaced afterwards.
/// </summary>
/// <remarks>
/// The slot's lane is the one furthest behind its share, then the others; the fall-back lanes come after those, in
/// their order. Where no candidate keeps the steps of sound, they are let go for the slot; where none keeps the
/// artist spacing, the one whose artist was heard longest ago is placed. Caps and "each recording once" are never
/// relaxed. All of that is a function of the slots before, so the choices of a slot are too.
/// </remarks>
internal sealed class SlotFiller(Composition composition)
{
    private readonly Catalogue _catalogue = composition.Catalogue;
    private readonly RoundTable _recordings = new(composition.Catalogue.Count);

    // How many tracks of an artist are placed, and one more than the slot of the latest.
    private readonly RoundTable _artists = new(composition.Catalogue.Artists);
    private readonly List<CandidateLane> _order = [];
    private readonly int[] _choices = new int[SlotPolicy.MostChoices];
    private readonly long[] _merits = new long[SlotPolicy.MostChoices];
    private readonly int[] _units = new int[SlotPolicy.MostChoices];
    private readonly Func<int, ItemId> _idAt = composition.IdAt;

    public FilledSlots Fill(SlotRules rules, SlotPolicy policy, params ReadOnlySpan<CandidateLane> lanes)
    {
        _recordings.Clear();
        _artists.Clear();
        var isDrawn = policy.Epsilon > 0;
        var choices = new NumberedChoices(isDrawn ? rules.Tracks : 0);
        var filled = new FilledSlots(new List<Placement>(rules.Tracks), policy, choices);
        while (filled.Count < rules.Tracks)
        {
            var slot = filled.Count;
            var before = slot == 0 ? default(Candidate?) : filled.Slots[^1].Candidate;
            Order(lanes, slot);
            if (!TryChoose(rules, policy, lanes, before, slot, out var lane, out var count))
            {
                break;
            }
            var chosen = 0;
            var propensity = SlotPolicy.Unit;
            if (isDrawn)
            {
                for (var i = 0; i < count; i++)
                {
                    _merits[i] = lane[_choices[i]].Merit;
                    choices.Choices.Add(lane.NumberOf(_choices[i], choices, _idAt));
                }
                var units = _units.AsSpan(0, count);
                policy.Probabilities(_merits.AsSpan(0, count), units);
                chosen = policy.Draw(slot, units);
                propensity = units[chosen];
                choices.Slots.Add((count, chosen));
            }
            var candidate = lane[_choices[chosen]];
            Place(lane, candidate, slot);
            filled.Slots.Add(new Placement(candidate, propensity));
        }
        return filled;
    }

    /// <summary>The choices of a slot: of the lane whose turn it is, else of the next, else of a fall-back.</summary>
    private bool TryChoose(
        SlotRules rules,
        SlotPolicy policy,
        ReadOnlySpan<CandidateLane> lanes,
        Candidate? before,
        int slot,
        out CandidateLane lane,
        out int count
    )
    {
        var wanted = policy.Epsilon > 0 ? SlotPolicy.MostChoices : 1;
        if (TryChoose(rules, CollectionsMarshal.AsSpan(_order), before, slot, wanted, out lane, out count))
        {
            return true;
        }
        foreach (var fallback in lanes)
        {
            if (fallback.IsFallback && TryChoose(rules, [fallback], before, slot, wanted, out lane, out count))
            {
                return true;
            }
        }
        return false;
    }

    private bool TryChoose(
        SlotRules rules,
        ReadOnlySpan<CandidateLane> lanes,
        Candidate? before,
        int slot,
        int wanted,
        out CandidateLane chosen,
        out int count
    )
    {
        var keepsSteps = rules.KeepsSteps && before is not null;
        foreach (var lane in lanes)
        {
            chosen = lane;
            if ((count = Choose(rules, lane, keepsSteps ? before : null, slot, wanted)) > 0)
            {
                return true;
            }
        }
        if (keepsSteps)
        {
            foreach (var lane in lanes)
            {
                chosen = lane;
                if ((count = Choose(rules, lane, null, slot, wanted)) > 0)
                {
                    return true;
                }
            }
        }
        chosen = lanes.IsEmpty ? CandidateLane.Fallback([]) : lanes[0];
        count = 0;
        var bestGap = -1;
        foreach (var lane in lanes)
        {
            for (var at = lane.Next(CandidateLane.Start); !lane.IsEnd(at); at = lane.Next(at))
            {
                var gap = Standing(lane[at], slot).Gap;
                if (gap > bestGap)
                {
                    (chosen, _choices[0], bestGap, count) = (lane, at, gap, 1);
                }
            }
        }
        return count > 0;
    }

    /// <summary>A lane's best candidates that keep the rules; what never can again is taken out of the lane.</summary>
    private int Choose(SlotRules rules, CandidateLane lane, Candidate? before, int slot, int wanted)
    {
        var count = 0;
        var previous = CandidateLane.Start;
        for (var at = lane.Next(previous); !lane.IsEnd(at) && count < wanted; at = lane.Next(previous))
        {
            var candidate = lane[at];
            var (placed, gap) = Standing(candidate, slot);
            if (_recordings[candidate.Recording] != 0 || placed >= rules.ArtistCap)
            {
                lane.Remove(previous, at);
                continue;
            }
            if (
                gap >= rules.ArtistSpacing
                && (before is not { } last || SoundSteps.AreKept(_catalogue, last.Index, candidate.Index))
            )
            {
                _choices[count++] = at;
            }
            previous = at;
        }
        return count;
    }

    /// <summary>How many tracks of a candidate's artist are placed, and how many there are after the latest.</summary>
    private (int Placed, int Gap) Standing(Candidate candidate, int slot)
    {
        var artist = candidate.Artist < 0 ? 0 : _artists[candidate.Artist];
        return artist == 0 ? (0, int.MaxValue) : (artist >> 16, slot - (artist & 0xffff));
    }

    /// <summary>The lanes that are no fall-back, the one furthest behind first, ties in the order given.</summary>
    private void Order(ReadOnlySpan<CandidateLane> lanes, int slot)
    {
        _order.Clear();
        foreach (var lane in lanes)
        {
            if (lane.IsFallback)
            {
                continue;
            }
            var at = _order.Count;
            while (at > 0 && Deficit(_order[at - 1], slot) < Deficit(lane, slot))
            {
                at--;
            }
            _order.Insert(at, lane);
        }
    }

    private static int Deficit(CandidateLane lane, int slot) => (lane.Share * (slot + 1)) - (lane.Placed * 1000);

    private void Place(CandidateLane lane, Candidate candidate, int slot)
    {
        _recordings[candidate.Recording] = 1;
        if (candidate.Artist >= 0)
        {
            _artists[candidate.Artist] = (((_artists[candidate.Artist] >> 16) + 1) << 16) | (slot + 1);
        }
        lane.Placed++;
    }
}
