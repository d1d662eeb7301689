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
    // Memory of the lanes, which every filling uses again.
    private readonly List<FillingLane> _memory = [];
    private readonly List<int> _placed = [];
    private readonly List<int> _order = [];

    // The artist of every slot that is filled; below 0 where none is known.
    private readonly List<int> _artists = [];

    // Every slot's lane, and the sets of its choices, one slot after another.
    private readonly List<(int Lane, int Count, int Chosen)> _drawn = [];
    private readonly List<ulong> _sets = [];
    private readonly int[] _choices = new int[SlotPolicy.MostChoices];
    private readonly long[] _merits = new long[SlotPolicy.MostChoices];
    private readonly int[] _units = new int[SlotPolicy.MostChoices];
    private int _lanes;

    public FilledSlots Fill(SlotRules rules, SlotPolicy policy, params ReadOnlySpan<CandidateLane> lanes)
    {
        Begin(rules, lanes);
        var isDrawn = policy.Epsilon > 0;
        var slots = new List<Placement>(rules.Tracks);
        var before = default(Sound?);
        while (slots.Count < rules.Tracks)
        {
            var slot = slots.Count;
            Order(slot);
            if (!TryChoose(policy, before, slot, out var number, out var count))
            {
                break;
            }
            var lane = _memory[number];
            var (chosen, propensity) = isDrawn ? Draw(policy, slot, number, count) : (0, SlotPolicy.Unit);
            var at = _choices[chosen];
            Place(rules, slot, number, lane.Artist(at), lane.Recording(at));
            var candidate = lane.Lane[at];
            slots.Add(new Placement(candidate, propensity));
            before = rules.KeepsSteps ? composition.Numbers.SoundAt(candidate.Index) : null;
        }
        return new FilledSlots(slots, policy, Numbered());
    }

    private void Begin(SlotRules rules, ReadOnlySpan<CandidateLane> lanes)
    {
        _lanes = lanes.Length;
        _placed.Clear();
        _artists.Clear();
        _drawn.Clear();
        _sets.Clear();
        for (var number = 0; number < lanes.Length; number++)
        {
            if (_memory.Count == number)
            {
                _memory.Add(new FillingLane());
            }
            _memory[number].Begin(lanes[number], rules.ArtistSpacing, composition);
            _placed.Add(0);
        }
    }

    private (int Chosen, int Propensity) Draw(SlotPolicy policy, int slot, int number, int count)
    {
        var lane = _memory[number];
        var choices = _choices.AsSpan(0, count);
        for (var i = 0; i < count; i++)
        {
            _merits[i] = lane.Merit(choices[i]);
        }
        var units = _units.AsSpan(0, count);
        policy.Probabilities(_merits.AsSpan(0, count), units);
        var chosen = policy.Draw(slot, units);
        lane.Name(choices, _sets);
        _drawn.Add((number, count, chosen));
        return (chosen, units[chosen]);
    }

    /// <summary>What every slot was drawn from, by number: lane by lane, in each the better first.</summary>
    private NumberedChoices Numbered()
    {
        var named = 0;
        for (var number = 0; number < _lanes; number++)
        {
            named += _memory[number].Named;
        }
        var numbered = new NumberedChoices(_drawn.Count, named);
        for (var number = 0; number < _lanes; number++)
        {
            _memory[number].ListNamed(numbered, composition);
        }
        ReadOnlySpan<ulong> sets = CollectionsMarshal.AsSpan(_sets);
        foreach (var (number, count, chosen) in _drawn)
        {
            sets = _memory[number].Number(numbered, sets, count, chosen);
        }
        return numbered;
    }

    /// <summary>The choices of a slot: of the lane whose turn it is, else of the next, else of a fall-back.</summary>
    private bool TryChoose(SlotPolicy policy, Sound? before, int slot, out int lane, out int count)
    {
        var wanted = policy.Epsilon > 0 ? SlotPolicy.MostChoices : 1;
        if (TryChoose(CollectionsMarshal.AsSpan(_order), before, slot, wanted, out lane, out count))
        {
            return true;
        }
        for (var number = 0; number < _lanes; number++)
        {
            if (_memory[number].Lane.IsFallback && TryChoose([number], before, slot, wanted, out lane, out count))
            {
                return true;
            }
        }
        return false;
    }

    private bool TryChoose(ReadOnlySpan<int> lanes, Sound? before, int slot, int wanted, out int chosen, out int count)
    {
        foreach (var number in lanes)
        {
            chosen = number;
            if ((count = _memory[number].Choose(before, wanted, _choices)) > 0)
            {
                return true;
            }
        }
        if (before is not null)
        {
            foreach (var number in lanes)
            {
                chosen = number;
                if ((count = _memory[number].Choose(null, wanted, _choices)) > 0)
                {
                    return true;
                }
            }
        }
        (chosen, count) = (0, 0);
        var longest = -1;
        foreach (var number in lanes)
        {
            var lane = _memory[number];
            for (var at = lane.NextLeft(0); at < lane.Lane.Count; at = lane.NextLeft(at + 1))
            {
                var gap = Gap(lane.Artist(at), slot);
                if (gap > longest)
                {
                    (chosen, _choices[0], longest, count) = (number, at, gap, 1);
                }
            }
        }
        return count > 0;
    }

    /// <summary>How many tracks there are after the artist's latest; more than any list has if there is none.</summary>
    private int Gap(int artist, int slot) =>
        artist < 0 || CollectionsMarshal.AsSpan(_artists).LastIndexOf(artist) is not (>= 0 and var last)
            ? int.MaxValue
            : slot - last - 1;

    /// <summary>The lanes that are no fall-back, the one furthest behind first, ties in the order given.</summary>
    private void Order(int slot)
    {
        _order.Clear();
        for (var number = 0; number < _lanes; number++)
        {
            if (_memory[number].Lane.IsFallback)
            {
                continue;
            }
            var at = _order.Count;
            while (at > 0 && Deficit(_order[at - 1], slot) < Deficit(number, slot))
            {
                at--;
            }
            _order.Insert(at, number);
        }
    }

    private int Deficit(int number, int slot) => (_memory[number].Lane.Share * (slot + 1)) - (_placed[number] * 1000);

    private void Place(SlotRules rules, int slot, int number, int artist, int recording)
    {
        _placed[number]++;
        _artists.Add(artist);
        var isCapped = artist >= 0 && CollectionsMarshal.AsSpan(_artists).Count(artist) >= rules.ArtistCap;
        for (var lane = 0; lane < _lanes; lane++)
        {
            _memory[lane].Place(slot, recording, artist, isCapped);
        }
    }
}
