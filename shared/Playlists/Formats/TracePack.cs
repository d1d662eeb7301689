using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>The part of <see cref="PlaylistPack"/> that propensities recompute from.</summary>
/// <remarks>
/// 0 for none, or 1 and: the draws' key (8 bytes), ε in thousandths, τ; the candidates that any slot was drawn from
/// (item, merit as the difference to the one before), in the order in which slots first named them; the slots, each
/// with its number of choices, which was chosen, and the choices as differences in that order.
/// </remarks>
internal static class TracePack
{
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
        foreach (var (item, merit) in numbered.Candidates)
        {
            writer.Text(item.Value);
            writer.Signed(merit - before);
            before = merit;
        }
        writer.Number(numbered.Slots.Count);
        var next = 0;
        foreach (var (count, chosen) in numbered.Slots)
        {
            writer.Number(count);
            writer.Number(chosen);
            var last = 0;
            for (var end = next + count; next < end; next++)
            {
                writer.Signed(numbered.Choices[next] - last);
                last = numbered.Choices[next];
            }
        }
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
            ReadSlot(reader, numbered);
        }
        return new SlotTrace(kind, policy, numbered);
    }

    private static void ReadSlot(PackReader reader, NumberedChoices numbered)
    {
        var count = reader.Small(SlotPolicy.MostChoices);
        var chosen = reader.Small(Math.Max(0, count - 1));
        numbered.Slots.Add((count, chosen));
        var position = 0L;
        for (var i = 0; i < count; i++)
        {
            position += reader.Signed();
            if (position < 0 || position >= numbered.Candidates.Count)
            {
                throw new InvalidDataException("A slot names a candidate that is not there.");
            }
            numbered.Choices.Add((int)position);
        }
    }
}
