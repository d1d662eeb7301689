using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>The part of <see cref="PlaylistPack"/> that propensities recompute from.</summary>
/// <remarks>
/// 0 for none, or 1 and: the draws' key (8 bytes), ε in thousandths, τ; the candidates that any slot was drawn from
/// (item, merit as the difference to the one before), in the order in which slots first named them; the slots, each
/// with its number of choices, which was chosen, and the choices as differences in that order. A candidate that is
/// worth another merit in another slot is another candidate.
/// </remarks>
internal static class TracePack
{
    private const int MostLeftOut = 4;

    public static void Write(PackWriter writer, SlotTrace? trace)
    {
        writer.Byte(trace is null ? (byte)0 : (byte)1);
        if (trace is null)
        {
            return;
        }
        writer.Fixed(trace.Policy.Key);
        writer.Number(trace.Policy.Epsilon);
        writer.Number(trace.Policy.Temperature);
        var candidates = new List<(string Item, long Merit)>();
        var choices = Number(trace.Slots, candidates);
        writer.Number(candidates.Count);
        var before = 0L;
        foreach (var (item, merit) in candidates)
        {
            writer.Text(item);
            writer.Signed(merit - before);
            before = merit;
        }
        writer.Number(trace.Slots.Count);
        var next = 0;
        foreach (var slot in trace.Slots)
        {
            writer.Number(slot.Items.Count);
            writer.Number(slot.Chosen);
            var last = 0;
            for (var i = 0; i < slot.Items.Count; i++, next++)
            {
                writer.Signed(choices[next] - last);
                last = choices[next];
            }
        }
    }

    /// <summary>The candidates, and which of them every slot's choices are, slot after slot.</summary>
    private static List<int> Number(IReadOnlyList<SlotChoices> slots, List<(string Item, long Merit)> candidates)
    {
        var positions = new Dictionary<(string Item, long Merit), int>(ByMerit.Instance);
        var choices = new List<int>(slots.Count * SlotPolicy.MostChoices);
        foreach (var slot in slots)
        {
            var (items, merits) = (slot.Items, slot.Merits);
            var last = -1;
            for (var i = 0; i < items.Count; i++)
            {
                var candidate = (items[i].Value, merits[i]);
                if (!TryNext(candidates, last, candidate, out last))
                {
                    ref var position = ref CollectionsMarshal.GetValueRefOrAddDefault(
                        positions,
                        candidate,
                        out var known
                    );
                    if (!known)
                    {
                        position = candidates.Count;
                        candidates.Add(candidate);
                    }
                    last = position;
                }
                choices.Add(last);
            }
        }
        return choices;
    }

    public static SlotTrace? Read(PackReader reader, PlaylistKind kind)
    {
        if (reader.Byte() == 0)
        {
            return null;
        }
        var policy = new SlotPolicy(reader.Fixed(), reader.Small(1000), reader.Number());
        var candidates = new (ItemId Item, long Merit)[reader.Count()];
        var merit = 0L;
        for (var i = 0; i < candidates.Length; i++)
        {
            var item = new ItemId(reader.Text());
            candidates[i] = (item, merit += reader.Signed());
        }
        var slots = new SlotChoices[reader.Count()];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = ReadSlot(reader, candidates);
        }
        return new SlotTrace(kind, policy, slots);
    }

    private static SlotChoices ReadSlot(PackReader reader, (ItemId Item, long Merit)[] candidates)
    {
        var count = reader.Small(SlotPolicy.MostChoices);
        var chosen = reader.Small(Math.Max(0, count - 1));
        var items = new ItemId[count];
        var merits = new long[count];
        var position = 0L;
        for (var i = 0; i < count; i++)
        {
            position += reader.Signed();
            if (position < 0 || position >= candidates.Length)
            {
                throw new InvalidDataException("A slot names a candidate that is not there.");
            }
            (items[i], merits[i]) = candidates[position];
        }
        return new SlotChoices(items, merits, chosen);
    }

    /// <summary>A slot names candidates mostly in the order of the slots before it, a few of them left out.</summary>
    private static bool TryNext(
        List<(string Item, long Merit)> candidates,
        int last,
        (string Item, long Merit) wanted,
        out int position
    )
    {
        var end = Math.Min(candidates.Count, last + 1 + MostLeftOut);
        for (position = last + 1; position < end; position++)
        {
            var (item, merit) = candidates[position];
            if (merit == wanted.Merit && ReferenceEquals(item, wanted.Item))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Hashes by the merit, which few candidates share and which is much shorter than an id.</summary>
    private sealed class ByMerit : IEqualityComparer<(string Item, long Merit)>
    {
        public static ByMerit Instance { get; } = new();

        public bool Equals((string Item, long Merit) x, (string Item, long Merit) y) =>
            x.Merit == y.Merit && string.Equals(x.Item, y.Item, StringComparison.Ordinal);

        public int GetHashCode((string Item, long Merit) candidate) => candidate.Merit.GetHashCode();
    }
}
