using System.Runtime.InteropServices;
using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>What a slot was drawn from.</summary>
/// <param name="Items">The choices, the best first.</param>
/// <param name="Merits">What each was worth there, in fixed point, not ascending.</param>
/// <param name="Chosen">Which was placed.</param>
public sealed record SlotChoices(IReadOnlyList<ItemId> Items, IReadOnlyList<long> Merits, int Chosen)
{
    /// <summary>The probability, in billionths, that a policy places what was placed.</summary>
    public int Propensity(SlotPolicy policy)
    {
        Span<int> units = stackalloc int[SlotPolicy.MostChoices];
        units = units[..Merits.Count];
        policy.Probabilities([.. Merits], units);
        return units[Chosen];
    }
}

/// <summary>How a playlist's slots were drawn: all that its propensities recompute from, without any model.</summary>
/// <remarks>
/// Held as it is stored: neighbouring slots have most of their choices in common, so a candidate is there once and slots
/// name it by number. <see cref="Slots"/> spells that out when it is asked for.
/// </remarks>
public sealed class SlotTrace
{
    private IReadOnlyList<SlotChoices>? _slots;

    /// <summary>A trace of slots that are spelled out.</summary>
    /// <param name="kind">Which playlist.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="slots">Each slot's choices, in playing order; empty where nothing was explored (ε = 0).</param>
    public SlotTrace(PlaylistKind kind, SlotPolicy policy, IReadOnlyList<SlotChoices> slots)
        : this(kind, policy, Number(slots)) => _slots = slots;

    internal SlotTrace(PlaylistKind kind, SlotPolicy policy, NumberedChoices numbered) =>
        (Kind, Policy, Numbered) = (kind, policy, numbered);

    /// <summary>Which playlist.</summary>
    public PlaylistKind Kind { get; }

    /// <summary>The policy.</summary>
    public SlotPolicy Policy { get; }

    /// <summary>Each slot's choices, in playing order; empty where nothing was explored (ε = 0).</summary>
    public IReadOnlyList<SlotChoices> Slots => _slots ??= Spell();

    internal NumberedChoices Numbered { get; }

    private List<SlotChoices> Spell()
    {
        var slots = new List<SlotChoices>(Numbered.Slots.Count);
        var start = 0;
        foreach (var (count, chosen) in Numbered.Slots)
        {
            var (items, merits) = (new ItemId[count], new long[count]);
            for (var i = 0; i < count; i++)
            {
                (items[i], merits[i]) = Numbered.Candidates[Numbered.Choices[start + i]];
            }
            start += count;
            slots.Add(new SlotChoices(items, merits, chosen));
        }
        return slots;
    }

    private static NumberedChoices Number(IReadOnlyList<SlotChoices> slots)
    {
        var numbered = new NumberedChoices(slots.Count);
        var numbers = new Dictionary<(ItemId Item, long Merit), int>();
        foreach (var slot in slots)
        {
            for (var i = 0; i < slot.Items.Count; i++)
            {
                var candidate = (slot.Items[i], slot.Merits[i]);
                ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, candidate, out var isKnown);
                if (!isKnown)
                {
                    number = numbered.Candidates.Count;
                    numbered.Candidates.Add(candidate);
                }
                numbered.Choices.Add(number);
            }
            numbered.Slots.Add((slot.Items.Count, slot.Chosen));
        }
        return numbered;
    }
}

/// <summary>The choices of a playlist's slots by number.</summary>
/// <param name="slots">How many slots there will be, about.</param>
internal sealed class NumberedChoices(int slots)
{
    /// <summary>
    /// The candidates that any slot was drawn from, in the order in which slots first named them. One that is worth
    /// another merit in another slot is another candidate.
    /// </summary>
    public List<(ItemId Item, long Merit)> Candidates { get; } = new(slots * 3);

    /// <summary>Each slot's number of choices, and which of them was placed.</summary>
    public List<(int Count, int Chosen)> Slots { get; } = new(slots);

    /// <summary>The choices of all slots, one slot after another, by their place in <see cref="Candidates"/>.</summary>
    public List<int> Choices { get; } = new(slots * SlotPolicy.MostChoices);
}
