namespace Nocturne.Playlists;

/// <summary>The part of <see cref="PlaylistPack"/> that holds a <see cref="ListenerMemory"/>.</summary>
/// <remarks>
/// Mixes: number, members (8 bytes each), nights that asked for a split, and, if any did, who would leave (1 or 0 for
/// every member, eight to a byte); the hash of the candidates and the key. Merges: both positions, nights. Discoveries:
/// day number, items (8 bytes each). The fingerprint (8 bytes) and the epoch.
/// </remarks>
internal static class MemoryPack
{
    public static void Write(PackWriter writer, ListenerMemory memory)
    {
        writer.Number(memory.Mixes.Count);
        foreach (var mix in memory.Mixes)
        {
            writer.Number(mix.Number);
            writer.Number(mix.Members.Count);
            foreach (var member in mix.Members)
            {
                writer.Fixed(member);
            }
            writer.Number(mix.SplitNights);
            if (mix.SplitNights > 0)
            {
                WriteLeaving(writer, mix);
            }
            writer.Fixed(mix.DrawnFrom);
            writer.Fixed(mix.DrawnBy);
        }
        writer.Number(memory.Merges.Count);
        foreach (var merge in memory.Merges)
        {
            writer.Number(merge.First);
            writer.Number(merge.Second);
            writer.Number(merge.Nights);
        }
        writer.Number(memory.Discoveries.Count);
        foreach (var past in memory.Discoveries)
        {
            writer.Number(past.Date.DayNumber);
            writer.Number(past.Items.Count);
            foreach (var item in past.Items)
            {
                writer.Fixed(item);
            }
        }
        writer.Fixed(memory.MadeFrom);
        writer.Number(memory.Epoch);
    }

    public static ListenerMemory Read(PackReader reader)
    {
        var mixes = new MixMemory[reader.Count()];
        for (var i = 0; i < mixes.Length; i++)
        {
            mixes[i] = ReadMix(reader);
        }
        var merges = new PendingMerge[reader.Count()];
        for (var i = 0; i < merges.Length; i++)
        {
            merges[i] = new PendingMerge(
                reader.Small(mixes.Length - 1),
                reader.Small(mixes.Length - 1),
                reader.Small(byte.MaxValue)
            );
        }
        var discoveries = new PastDiscoveries[reader.Count()];
        for (var i = 0; i < discoveries.Length; i++)
        {
            var date = DateOnly.FromDayNumber(reader.Small(DateOnly.MaxValue.DayNumber));
            var items = new ulong[reader.FixedCount()];
            for (var at = 0; at < items.Length; at++)
            {
                items[at] = reader.Fixed();
            }
            discoveries[i] = new PastDiscoveries(date, items);
        }
        return new ListenerMemory
        {
            Mixes = mixes,
            Merges = merges,
            Discoveries = discoveries,
            MadeFrom = reader.Fixed(),
            Epoch = reader.Small(DateOnly.MaxValue.DayNumber),
        };
    }

    private static MixMemory ReadMix(PackReader reader)
    {
        var number = reader.Small(byte.MaxValue);
        var members = new ulong[reader.FixedCount()];
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = reader.Fixed();
        }
        var nights = reader.Small(byte.MaxValue);
        return new MixMemory(number, members)
        {
            SplitNights = nights,
            Leaving = nights > 0 ? ReadLeaving(reader, members) : [],
            DrawnFrom = reader.Fixed(),
            DrawnBy = reader.Fixed(),
        };
    }

    private static void WriteLeaving(PackWriter writer, MixMemory mix)
    {
        var next = 0;
        var bits = 0;
        for (var i = 0; i < mix.Members.Count; i++)
        {
            if (next < mix.Leaving.Count && mix.Leaving[next] == mix.Members[i])
            {
                bits |= 1 << (i & 7);
                next++;
            }
            if ((i & 7) == 7 || i == mix.Members.Count - 1)
            {
                writer.Byte((byte)bits);
                bits = 0;
            }
        }
        if (next < mix.Leaving.Count)
        {
            throw new ArgumentException("Those who would leave a mix are its members, ascending.", nameof(mix));
        }
    }

    private static List<ulong> ReadLeaving(PackReader reader, ulong[] members)
    {
        var leaving = new List<ulong>();
        var bits = 0;
        for (var i = 0; i < members.Length; i++)
        {
            bits = (i & 7) == 0 ? reader.Byte() : bits;
            if ((bits >> (i & 7) & 1) != 0)
            {
                leaving.Add(members[i]);
            }
        }
        return leaving;
    }
}
