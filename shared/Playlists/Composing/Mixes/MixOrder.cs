namespace Nocturne.Playlists.Composing;

/// <summary>Which mix is made first and under which number, and how the next night will know them.</summary>
internal static class MixOrder
{
    /// <summary>
    /// By number; a new one comes second, or first if it outweighs the first, then those that have no number yet.
    /// </summary>
    public static List<MixTaste> Of(List<MixTaste> mixes, MixStability stability)
    {
        var isFirstNight = mixes.TrueForAll(mix => mix.IsNew);
        var ordered = mixes.Where(mix => mix.Entries.Count > 0 && mix.Number > 0).OrderBy(mix => mix.Number).ToList();
        Overtake(ordered, stability.Overtaking);
        ordered.AddRange(mixes.Where(mix => mix.Entries.Count > 0 && mix.Number == 0 && !mix.IsNew));
        var place = 0;
        foreach (var born in mixes.Where(mix => mix.Entries.Count > 0 && mix.IsNew).OrderByDescending(mix => mix.Mass))
        {
            if (isFirstNight)
            {
                ordered.Add(born);
                continue;
            }
            if (place == 0 && ordered.Count > 0 && ordered[0].Mass >= born.Mass)
            {
                place = 1;
            }
            if (place < ordered.Count)
            {
                born.Overtakes = ordered[place];
            }
            ordered.Insert(Math.Min(place, ordered.Count), born);
            place++;
        }
        return ordered;
    }

    /// <summary>Neighbours change numbers while the later one is much heavier.</summary>
    private static void Overtake(List<MixTaste> ordered, int times)
    {
        for (var changed = true; changed; )
        {
            changed = false;
            for (var i = 1; i < ordered.Count; i++)
            {
                var (before, after) = (ordered[i - 1], ordered[i]);
                if (after.Mass > before.Mass && after.Mass >= before.Mass * times)
                {
                    (before.Number, after.Number) = (after.Number, before.Number);
                    (ordered[i - 1], ordered[i]) = (after, before);
                    changed = true;
                }
            }
        }
    }

    /// <summary>What the next night is to know of tonight's mixes.</summary>
    /// <param name="composition">The listener.</param>
    /// <param name="mixes">As <see cref="MixTastes.Settle"/> gave them, with their numbers.</param>
    /// <param name="pending">Merges that were asked for.</param>
    /// <param name="next">The memory that it goes into.</param>
    public static ListenerMemory Remember(
        Composition composition,
        List<MixTaste> mixes,
        List<(MixTaste First, MixTaste Second, int Nights)> pending,
        ListenerMemory next
    )
    {
        // A stable sort: those without a number stay in their order, last.
        var ordered = mixes.OrderBy(mix => mix.Number == 0 ? int.MaxValue : mix.Number).ToList();
        var merges = new List<PendingMerge>(pending.Count);
        foreach (var (first, second, nights) in pending)
        {
            var (a, b) = (ordered.IndexOf(first), ordered.IndexOf(second));
            if (a >= 0 && b >= 0)
            {
                merges.Add(new PendingMerge(Math.Min(a, b), Math.Max(a, b), nights));
            }
        }
        return next with
        {
            Mixes =
            [
                .. ordered.Select(mix => new MixMemory(mix.Number, KeysOf(composition, mix.Entries))
                {
                    SplitNights = mix.SplitNights,
                    Leaving = mix.Leaving,
                    DrawnFrom = mix.DrawnFrom,
                    DrawnBy = mix.DrawnBy,
                }),
            ],
            Merges = [.. merges.OrderBy(merge => merge.First).ThenBy(merge => merge.Second)],
        };
    }

    private static ulong[] KeysOf(Composition composition, List<TasteEntry> entries)
    {
        var keys = new ulong[entries.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = composition.Numbers.KeyAt(entries[i].Index);
        }
        Array.Sort(keys);
        return keys;
    }
}
