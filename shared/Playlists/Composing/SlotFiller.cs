using System.Runtime.InteropServices;

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
/// <param name="Choices">Each slot's choices, one after another; empty where nothing was explored.</param>
internal sealed record FilledSlots(
    List<Placement> Slots,
    SlotPolicy Policy,
    List<(Candidate[] Choices, int Chosen)> Choices
)
{
    public int Count => Slots.Count;

    public IEnumerable<Candidate> Candidates => Slots.Select(slot => slot.Candidate);
}

/// <summary>Candidates of one kind, ranked, and the share of slots they are to fill, in thousandths.</summary>
internal sealed class CandidateLane(List<Candidate> candidates, int share)
{
    // A linked list over the ranking, so that what can never be placed again is not looked at again.
    private readonly int[] _next = Chain(candidates.Count);

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
internal sealed class SlotFiller(Catalogue catalogue)
{
    private readonly HashSet<int> _recordings = [];
    private readonly Dictionary<int, (int Count, int Last)> _artists = [];
    private readonly List<CandidateLane> _order = [];
    private readonly Candidate[] _choices = new Candidate[SlotPolicy.MostChoices];
    private readonly long[] _merits = new long[SlotPolicy.MostChoices];
    private readonly int[] _units = new int[SlotPolicy.MostChoices];

    public FilledSlots Fill(SlotRules rules, SlotPolicy policy, params ReadOnlySpan<CandidateLane> lanes)
    {
        _recordings.Clear();
        _artists.Clear();
        var filled = new FilledSlots(new List<Placement>(rules.Tracks), policy, []);
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
            if (policy.Epsilon > 0)
            {
                for (var i = 0; i < count; i++)
                {
                    _merits[i] = _choices[i].Merit;
                }
                var units = _units.AsSpan(0, count);
                policy.Probabilities(_merits.AsSpan(0, count), units);
                chosen = policy.Draw(slot, units);
                propensity = units[chosen];
                filled.Choices.Add((_choices[..count], chosen));
            }
            Place(lane, _choices[chosen], slot);
            filled.Slots.Add(new Placement(_choices[chosen], propensity));
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
                var gap = Gap(lane[at], slot);
                if (gap > bestGap)
                {
                    (chosen, _choices[0], bestGap, count) = (lane, lane[at], gap, 1);
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
            var artist = candidate.Artist < 0 ? default : _artists.GetValueOrDefault(candidate.Artist);
            if (_recordings.Contains(candidate.Recording) || artist.Count >= rules.ArtistCap)
            {
                lane.Remove(previous, at);
                continue;
            }
            if (
                Gap(candidate, slot) >= rules.ArtistSpacing
                && (before is not { } last || SoundSteps.AreKept(catalogue, last.Index, candidate.Index))
            )
            {
                _choices[count++] = candidate;
            }
            previous = at;
        }
        return count;
    }

    private int Gap(Candidate candidate, int slot)
    {
        var artist = candidate.Artist < 0 ? default : _artists.GetValueOrDefault(candidate.Artist);
        return artist.Count == 0 ? int.MaxValue : slot - artist.Last - 1;
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
        _recordings.Add(candidate.Recording);
        if (candidate.Artist >= 0)
        {
            ref var artist = ref CollectionsMarshal.GetValueRefOrAddDefault(_artists, candidate.Artist, out _);
            artist = (artist.Count + 1, slot);
        }
        lane.Placed++;
    }
}
