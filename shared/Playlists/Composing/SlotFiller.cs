using System.Runtime.InteropServices;

namespace Nocturne.Playlists.Composing;

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
    // The slot of the latest track of an artist who has none.
    private const int Never = -1_000_000;

    // Numbers that count from 1 in the order in which a filling meets artists and recordings.
    private readonly RoundTable _artistNumbers = new(composition.Catalogue.Artists);
    private readonly RoundTable _recordingNumbers = new(composition.Catalogue.Count);

    // By those numbers: how many tracks of an artist are placed and the slot of the latest; whether a recording is.
    // What has no artist is 0, of whom none is ever counted.
    private readonly List<(int Placed, int Last)> _artists = [];
    private readonly List<bool> _isPlaced = [];

    // Memory of the lanes, which every filling uses again.
    private readonly List<CandidateLane.Entry[]> _entries = [];
    private readonly List<CandidateLane> _order = [];
    private readonly int[] _choices = new int[SlotPolicy.MostChoices];
    private readonly long[] _merits = new long[SlotPolicy.MostChoices];
    private readonly int[] _units = new int[SlotPolicy.MostChoices];

    public FilledSlots Fill(SlotRules rules, SlotPolicy policy, params ReadOnlySpan<CandidateLane> lanes)
    {
        Begin(lanes);
        var isDrawn = policy.Epsilon > 0;
        var choices = new NumberedChoices(isDrawn ? rules.Tracks : 0);
        var filled = new FilledSlots(new List<Placement>(rules.Tracks), policy, choices);
        while (filled.Count < rules.Tracks)
        {
            var slot = filled.Count;
            var before = slot == 0 ? default(Sound?) : composition.SoundAt(filled.Slots[^1].Candidate.Index);
            Order(lanes, slot);
            if (!TryChoose(rules, policy, lanes, before, slot, out var lane, out var count))
            {
                break;
            }
            var chosen = 0;
            var propensity = SlotPolicy.Unit;
            if (isDrawn)
            {
                var first = choices.Choices.Count;
                CollectionsMarshal.SetCount(choices.Choices, first + count);
                var numbers = CollectionsMarshal.AsSpan(choices.Choices)[first..];
                for (var i = 0; i < count; i++)
                {
                    _merits[i] = lane.At(_choices[i]).Merit;
                    numbers[i] = lane.NumberOf(_choices[i], choices, composition);
                }
                var units = _units.AsSpan(0, count);
                policy.Probabilities(_merits.AsSpan(0, count), units);
                chosen = policy.Draw(slot, units);
                propensity = units[chosen];
                choices.Slots.Add((count, chosen));
            }
            Place(lane, lane.At(_choices[chosen]), slot);
            filled.Slots.Add(new Placement(lane[_choices[chosen]], propensity));
        }
        return filled;
    }

    private void Begin(ReadOnlySpan<CandidateLane> lanes)
    {
        _artistNumbers.Clear();
        _recordingNumbers.Clear();
        _artists.Clear();
        _artists.Add((0, Never));
        _isPlaced.Clear();
        _isPlaced.Add(false);
        while (_entries.Count < lanes.Length)
        {
            _entries.Add([]);
        }
        for (var number = 0; number < lanes.Length; number++)
        {
            var lane = lanes[number];
            lane.Use(ref CollectionsMarshal.AsSpan(_entries)[number]);
            for (var at = 0; at < lane.Count; at++)
            {
                var candidate = lane[at];
                ref var entry = ref lane.At(at);
                entry.Next = at + 1;
                entry.Merit = candidate.Merit;
                entry.Sound = composition.SoundAt(candidate.Index);
                entry.Artist = candidate.Artist < 0 ? 0 : _artistNumbers[candidate.Artist];
                if (entry.Artist == 0 && candidate.Artist >= 0)
                {
                    _artistNumbers[candidate.Artist] = entry.Artist = _artists.Count;
                    _artists.Add((0, Never));
                }
                entry.Recording = _recordingNumbers[candidate.Recording];
                if (entry.Recording == 0)
                {
                    _recordingNumbers[candidate.Recording] = entry.Recording = _isPlaced.Count;
                    _isPlaced.Add(false);
                }
            }
        }
    }

    /// <summary>The choices of a slot: of the lane whose turn it is, else of the next, else of a fall-back.</summary>
    private bool TryChoose(
        SlotRules rules,
        SlotPolicy policy,
        ReadOnlySpan<CandidateLane> lanes,
        Sound? before,
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
        Sound? before,
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
                var gap = Gap(_artists[lane.At(at).Artist], slot);
                if (gap > bestGap)
                {
                    (chosen, _choices[0], bestGap, count) = (lane, at, gap, 1);
                }
            }
        }
        return count > 0;
    }

    /// <summary>A lane's best candidates that keep the rules; what never can again is taken out of the lane.</summary>
    private int Choose(SlotRules rules, CandidateLane lane, Sound? before, int slot, int wanted)
    {
        var count = 0;
        var previous = CandidateLane.Start;
        var artists = CollectionsMarshal.AsSpan(_artists);
        var isPlaced = CollectionsMarshal.AsSpan(_isPlaced);
        var last = before ?? Sound.Unknown;
        for (var at = lane.Next(previous); !lane.IsEnd(at) && count < wanted; at = lane.Next(previous))
        {
            ref var entry = ref lane.At(at);
            var artist = artists[entry.Artist];
            if (isPlaced[entry.Recording] || artist.Placed >= rules.ArtistCap)
            {
                lane.Remove(previous, at);
                continue;
            }
            // Whether a candidate fits here no predictor foresees, so it is written down without a branch.
            _choices[count] = at;
            count += Gap(artist, slot) >= rules.ArtistSpacing & SoundSteps.AreKept(last, entry.Sound) ? 1 : 0;
            previous = at;
        }
        return count;
    }

    /// <summary>How many tracks there are after the artist's latest; more than any list has if there is none.</summary>
    private static int Gap((int Placed, int Last) artist, int slot) => slot - artist.Last - 1;

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

    private void Place(CandidateLane lane, CandidateLane.Entry entry, int slot)
    {
        _isPlaced[entry.Recording] = true;
        if (entry.Artist > 0)
        {
            _artists[entry.Artist] = (_artists[entry.Artist].Placed + 1, slot);
        }
        lane.Placed++;
    }
}
