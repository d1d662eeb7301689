namespace Nocturne.Playlists.Composing;

/// <summary>
/// Where what a listener plays since the night before goes among the mixes: a mix of its own if it is a taste of its own
/// and enough, else with what it was cut with (<see cref="TasteClusters"/>). Memory of one worker.
/// </summary>
internal sealed class MixNewcomers(RecipeParameters parameters, MixAssignment assigned)
{
    private const int Nowhere = MixAssignment.Nowhere;

    // The home of a part that may be a mix with others alone.
    private const int Pooled = -3;

    private readonly MixStability _stability = parameters.MixStability;

    // By item whether it is in no mix yet.
    private readonly Dictionary<int, bool> _isNew = [];

    private List<MixTaste> Mixes => assigned.Mixes;

    private List<TasteEntry> Entries => assigned.Entries;

    /// <summary>What is new: a mix of its own if it is a taste of its own, else it joins what it was cut with.</summary>
    public void TakeIn(Composition composition)
    {
        // The last one is what is like nothing else in the cut, for it has no centre of its own.
        var count = assigned.Parts + 1;
        Span<int> homes = stackalloc int[count];
        Span<int> cutWith = stackalloc int[count];
        Span<long> masses = stackalloc long[count];
        var isEnough = MarkNew();
        var (pooled, born) = (0L, Nowhere);
        for (var at = 0; at < count; at++)
        {
            var part = PartAt(at);
            var old = 0L;
            for (var i = 0; i < Entries.Count; i++)
            {
                if (assigned.PartOf(i) == part)
                {
                    old += assigned.MixOf(i) >= 0 ? Entries[i].Affinity : 0;
                    masses[at] += assigned.MixOf(i) == Nowhere ? Entries[i].Affinity : 0;
                }
            }
            var isNew = part != Nowhere && masses[at] > old;
            cutWith[at] = part == Nowhere || isNew ? Nowhere : assigned.HomeOf(part);
            var isApart = isNew || (isEnough && IsApart(composition, part));
            homes[at] = isApart ? Nowhere : cutWith[at];
            if (isApart && IsEnough(masses[at]) && MakeRoom(masses[at]))
            {
                assigned.MovePart(Nowhere, part, homes[at] = born = assigned.AddNew());
            }
            else if (isApart)
            {
                (pooled, homes[at]) = (pooled + masses[at], Pooled);
            }
        }
        // Parts of what is new that are no mix each may be one together, or go with one that is.
        if (born == Nowhere && IsEnough(pooled) && MakeRoom(pooled))
        {
            born = assigned.AddNew();
        }
        for (var at = 0; at < count; at++)
        {
            if (homes[at] == Pooled && born != Nowhere)
            {
                assigned.MovePart(Nowhere, PartAt(at), born);
            }
            else if (homes[at] == Pooled)
            {
                homes[at] = cutWith[at];
            }
        }
        // What is like nothing there is, and too little for a mix: where it changes least, which is the heaviest.
        var heaviest = Heaviest();
        for (var i = 0; i < Entries.Count; i++)
        {
            if (assigned.MixOf(i) < 0)
            {
                var home = assigned.PartOf(i) < 0 ? homes[^1] : homes[assigned.PartOf(i)];
                assigned.Move(i, home >= 0 && Mixes[home].Mass > 0 ? home : heaviest);
            }
        }
    }

    private int PartAt(int at) => at < assigned.Parts ? at : Nowhere;

    /// <summary>Notes which items are new.</summary>
    /// <returns>Whether they are enough for a mix.</returns>
    private bool MarkNew()
    {
        _isNew.Clear();
        var mass = 0L;
        for (var i = 0; i < Entries.Count; i++)
        {
            var isNew = assigned.MixOf(i) == Nowhere;
            _isNew[Entries[i].Index] = isNew;
            mass += isNew ? Entries[i].Affinity : 0;
        }
        return IsEnough(mass);
    }

    /// <summary>
    /// Whether what is new in a part is more like other new items than like old ones. The cut of a taste that is all
    /// alike spends its parts on shades of it, and puts what is quite different with one of them.
    /// </summary>
    private bool IsApart(Composition composition, int part)
    {
        var (toNew, toOld) = (0d, 0d);
        for (var i = 0; i < Entries.Count; i++)
        {
            var item = Entries[i].Index;
            if (assigned.PartOf(i) != part || assigned.MixOf(i) != Nowhere || item >= composition.Catalogue.Count)
            {
                continue;
            }
            var neighbours = composition.Model.NeighboursOf(item);
            var similarities = composition.Model.SimilaritiesOf(item);
            for (var n = 0; n < neighbours.Length; n++)
            {
                if (_isNew.TryGetValue(neighbours[n], out var isNew))
                {
                    toNew += isNew ? similarities[n] : 0;
                    toOld += isNew ? 0 : similarities[n];
                }
            }
        }
        return toNew > toOld;
    }

    private bool IsEnough(long mass) => mass >= _stability.BirthStreams * FixedPoint.One;

    /// <summary>With as many mixes as there may be, the lightest gives way unless it is much heavier.</summary>
    private bool MakeRoom(long mass)
    {
        if (assigned.Living < parameters.Mixes)
        {
            return true;
        }
        var lightest = Nowhere;
        for (var mix = 0; mix < Mixes.Count; mix++)
        {
            if (Mixes[mix].Mass > 0 && (lightest < 0 || Mixes[mix].Mass < Mixes[lightest].Mass))
            {
                lightest = mix;
            }
        }
        if (Mixes[lightest].IsNew || Mixes[lightest].Mass >= mass * _stability.Overtaking)
        {
            return false;
        }
        assigned.MoveAll(lightest, MixAssignment.Displaced);
        return true;
    }

    private int Heaviest()
    {
        var best = 0;
        for (var mix = 1; mix < Mixes.Count; mix++)
        {
            best = Mixes[mix].Mass > Mixes[best].Mass ? mix : best;
        }
        return best;
    }
}
