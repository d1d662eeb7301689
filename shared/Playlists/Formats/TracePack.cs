using System.Numerics;
using System.Runtime.InteropServices;
using Nocturne.Domain;
using Nocturne.Playlists.Composing;

namespace Nocturne.Playlists;

/// <summary>The part of <see cref="PlaylistPack"/> that propensities recompute from.</summary>
/// <remarks>
/// 0 for none, or 1 and: the draws' key (8 bytes), ε in thousandths, τ; the candidates that any slot was drawn from
/// (item, merit as the difference to the one before); the slots, each with 21 · what its choices lack of 20 + which was chosen, and the number of the first choice from 0; then of each slot
/// a bit for every number after the first, the lower first, in as many bytes as there are until all choices are known.
/// </remarks>
internal static class TracePack
{
    private const int MostSlot = (SlotPolicy.MostChoices * (SlotPolicy.MostChoices + 1)) + SlotPolicy.MostChoices;

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
        var numbered = trace.Numbered;
        writer.Number(numbered.Candidates.Count);
        var before = 0L;
        var candidates = CollectionsMarshal.AsSpan(numbered.Candidates);
        for (var i = 0; i < candidates.Length; i++)
        {
            if (i + Prefetch.Ahead < candidates.Length)
            {
                Prefetch.Of(candidates[i + Prefetch.Ahead].Item.Value);
            }
            var (item, merit) = candidates[i];
            writer.Text(item.Value);
            writer.Signed(merit - before);
            before = merit;
        }
        writer.Number(numbered.Slots.Count);
        foreach (var (count, chosen, first) in numbered.Slots)
        {
            writer.Number(((SlotPolicy.MostChoices - count) * (SlotPolicy.MostChoices + 1)) + chosen);
            writer.Number(first);
        }
        writer.Bytes(CollectionsMarshal.AsSpan(numbered.Bits));
    }

    public static SlotTrace? Read(PackReader reader, PlaylistKind kind)
    {
        if (reader.Byte() == 0)
        {
            return null;
        }
        var policy = new SlotPolicy(reader.Fixed(), reader.Small(1000), reader.Number());
        var candidates = reader.Count();
        var numbered = new NumberedChoices(0);
        var merit = 0L;
        for (var i = 0; i < candidates; i++)
        {
            var item = new ItemId(reader.Text());
            numbered.Candidates.Add((item, merit += reader.Signed()));
        }
        var slots = reader.Count();
        for (var i = 0; i < slots; i++)
        {
            var (lacks, chosen) = Math.DivRem(reader.Small(MostSlot), SlotPolicy.MostChoices + 1);
            var first = reader.Small(Math.Max(0, candidates - 1));
            numbered.Slots.Add((SlotPolicy.MostChoices - lacks, chosen, first));
        }
        foreach (var (count, chosen, first) in numbered.Slots)
        {
            if (chosen > Math.Max(0, count - 1) || first > Math.Max(0, candidates - count))
            {
                throw PackReader.Damaged();
            }
            ReadBits(reader, numbered.Bits, count - 1, candidates - first - 1);
        }
        return new SlotTrace(kind, policy, numbered);
    }

    /// <summary>Reads bytes until so many bits are set, all of them within the candidates.</summary>
    private static void ReadBits(PackReader reader, List<byte> bits, int wanted, int within)
    {
        for (; wanted > 0; within -= 8)
        {
            var read = reader.Byte();
            wanted -= BitOperations.PopCount(read);
            if (wanted < 0 || (within < 8 && read >> Math.Max(within, 0) != 0))
            {
                throw PackReader.Damaged();
            }
            bits.Add(read);
        }
    }
}
