using System.Runtime.InteropServices;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// Matches the night's cut of a taste (<see cref="TasteClusters"/>) to the mixes of the night before, by the affinities
/// of their common members, and moves no more than <see cref="MixStability"/> says.
/// </summary>
internal sealed class MixTastes
{
    private const int Nowhere = MixAssignment.Nowhere;

    private readonly MixStability _stability;
    private readonly MixAssignment _assigned = new();
    private readonly MixNewcomers _newcomers;
    private readonly Dictionary<ulong, int> _remembered = [];
    private readonly Dictionary<int, int> _nodes = [];
    private readonly List<long> _votes = [];
    private readonly List<(MixTaste First, MixTaste Second, int Nights)> _merges = [];

    public MixTastes(RecipeParameters parameters)
    {
        _stability = parameters.MixStability;
        _newcomers = new MixNewcomers(parameters, _assigned);
    }

    private List<MixTaste> Mixes => _assigned.Mixes;

    private List<TasteEntry> Entries => _assigned.Entries;

    /// <summary>The mixes to make, in the order to make them.</summary>
    public List<MixTaste> Settle(Composition composition, List<TasteEntry> entries)
    {
        var memory = composition.Taste.Memory;
        _merges.Clear();
        _assigned.Begin(composition, entries);
        if (Recall(composition, memory))
        {
            AskForMerges(memory);
            AskForSplits(composition, memory);
            _newcomers.TakeIn(composition);
        }
        else
        {
            TakeEveryPart();
        }
        for (var i = 0; i < entries.Count; i++)
        {
            Mixes[_assigned.MixOf(i)].Entries.Add(entries[i]);
        }
        return MixOrder.Of(Mixes, _stability);
    }

    /// <summary>What the next night is to know of tonight's mixes, which have their numbers by now.</summary>
    public ListenerMemory Remember(Composition composition, List<MixTaste> mixes, ListenerMemory next) =>
        MixOrder.Remember(composition, mixes, _merges, next);

    /// <summary>
    /// Puts every entry into its mix of the night before, if it had one. An artist's items are together: they are where
    /// most of their affinity was, and new ones of a known artist go there too.
    /// </summary>
    /// <returns>Whether anything of the night before is left.</returns>
    private bool Recall(Composition composition, ListenerMemory memory)
    {
        _remembered.Clear();
        for (var mix = 0; mix < memory.Mixes.Count; mix++)
        {
            foreach (var key in memory.Mixes[mix].Members)
            {
                _remembered.TryAdd(key, mix);
            }
        }
        if (_remembered.Count == 0)
        {
            return false;
        }
        var nodeOf = Vote(composition, memory.Mixes.Count);
        foreach (var past in memory.Mixes)
        {
            _assigned.Add(
                new MixTaste
                {
                    Number = past.Number,
                    DrawnFrom = past.DrawnFrom,
                    DrawnBy = past.DrawnBy,
                }
            );
        }
        var count = memory.Mixes.Count;
        for (var i = 0; i < nodeOf.Length; i++)
        {
            var mix = Largest(CollectionsMarshal.AsSpan(_votes).Slice(nodeOf[i] * count, count));
            if (mix >= 0)
            {
                _assigned.Move(i, mix);
            }
        }
        if (_assigned.Living == 0)
        {
            Mixes.Clear();
        }
        return Mixes.Count > 0;
    }

    /// <summary>Every entry's artist, numbered, and how much of each artist's affinity was in each mix.</summary>
    private int[] Vote(Composition composition, int mixes)
    {
        _nodes.Clear();
        _votes.Clear();
        var nodeOf = new int[Entries.Count];
        for (var i = 0; i < nodeOf.Length; i++)
        {
            var nodes = _votes.Count / mixes;
            nodeOf[i] = nodes;
            if (Entries[i].Artist >= 0)
            {
                ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(
                    _nodes,
                    Entries[i].Artist,
                    out var exists
                );
                nodeOf[i] = known = exists ? known : nodes;
            }
            if (nodeOf[i] == nodes)
            {
                CollectionsMarshal.SetCount(_votes, _votes.Count + mixes);
                CollectionsMarshal.AsSpan(_votes)[(nodes * mixes)..].Clear();
            }
            if (_remembered.TryGetValue(composition.Numbers.KeyAt(Entries[i].Index), out var mix))
            {
                CollectionsMarshal.AsSpan(_votes)[(nodeOf[i] * mixes) + mix] += Entries[i].Affinity;
            }
        }
        return nodeOf;
    }

    /// <summary>Without a past every part of the cut is a mix; what is like nothing else is with the lightest.</summary>
    private void TakeEveryPart()
    {
        for (var part = 0; part < _assigned.Parts; part++)
        {
            _assigned.AddNew();
        }
        for (var i = 0; i < Entries.Count; i++)
        {
            _assigned.Move(i, _assigned.PartOf(i) < 0 ? _assigned.Parts - 1 : _assigned.PartOf(i));
        }
    }

    /// <summary>Two mixes are asked to become one when one part of the cut holds most of both.</summary>
    private void AskForMerges(ListenerMemory memory)
    {
        for (var first = 0; first < memory.Mixes.Count; first++)
        {
            for (var second = first + 1; second < memory.Mixes.Count; second++)
            {
                if (!AreTogether(first, second))
                {
                    continue;
                }
                var nights = 1;
                foreach (var pending in memory.Merges)
                {
                    nights += pending.First == first && pending.Second == second ? pending.Nights : 0;
                }
                if (nights < _stability.Nights)
                {
                    _merges.Add((Mixes[first], Mixes[second], nights));
                    continue;
                }
                // The lighter one's members go to the heavier one, whose number stays.
                var (into, from) = Mixes[second].Mass > Mixes[first].Mass ? (second, first) : (first, second);
                _assigned.MoveAll(from, into);
            }
        }
    }

    private bool AreTogether(int first, int second)
    {
        for (var part = 0; part < _assigned.Parts; part++)
        {
            if (
                _assigned.Shared(first, part) * 2 > Mixes[first].Mass
                && _assigned.Shared(second, part) * 2 > Mixes[second].Mass
            )
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>
    /// A mix is asked to split when two parts of the cut are mostly its own, and the second holds enough of it; for as
    /// long as that second part stays about the same.
    /// </summary>
    private void AskForSplits(Composition composition, ListenerMemory memory)
    {
        for (var mix = 0; mix < memory.Mixes.Count; mix++)
        {
            var part = LeavingPart(mix);
            if (part < 0)
            {
                continue;
            }
            var before = memory.Mixes[mix].Leaving.ToHashSet();
            var keys = new List<ulong>();
            var (both, either) = (0L, 0L);
            for (var i = 0; i < Entries.Count; i++)
            {
                if (_assigned.MixOf(i) != mix)
                {
                    continue;
                }
                var key = composition.Numbers.KeyAt(Entries[i].Index);
                var (leavesNow, leftBefore) = (_assigned.PartOf(i) == part, before.Contains(key));
                both += leavesNow && leftBefore ? Entries[i].Affinity : 0;
                either += leavesNow || leftBefore ? Entries[i].Affinity : 0;
                if (leavesNow)
                {
                    keys.Add(key);
                }
            }
            var isSame = both > 0 && (Int128)both * 1000 >= (Int128)either * _stability.SameSplitShare;
            var nights = Math.Min(isSame ? memory.Mixes[mix].SplitNights + 1 : 1, _stability.Nights);
            if (nights == _stability.Nights && _assigned.Living < composition.Clusters.Wanted(Entries.Count))
            {
                _assigned.MovePart(mix, part, _assigned.AddNew());
            }
            else
            {
                keys.Sort();
                (Mixes[mix].SplitNights, Mixes[mix].Leaving) = (nights, keys);
            }
        }
    }

    private int LeavingPart(int mix)
    {
        var (most, second) = (Nowhere, Nowhere);
        for (var part = 0; part < _assigned.Parts; part++)
        {
            var shared = _assigned.Shared(mix, part);
            if (shared == 0 || _assigned.HomeOf(part) != mix)
            {
                continue;
            }
            if (most < 0 || shared > _assigned.Shared(mix, most))
            {
                (most, second) = (part, most);
            }
            else if (second < 0 || shared > _assigned.Shared(mix, second))
            {
                second = part;
            }
        }
        return
            second >= 0
            && (Int128)_assigned.Shared(mix, second) * 1000 >= (Int128)Mixes[mix].Mass * _stability.SplitShare
            ? second
            : Nowhere;
    }

    private static int Largest(ReadOnlySpan<long> values)
    {
        var best = Nowhere;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] > (best < 0 ? 0 : values[best]))
            {
                best = i;
            }
        }
        return best;
    }
}
