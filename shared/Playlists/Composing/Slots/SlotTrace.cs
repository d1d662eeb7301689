using System.Numerics;
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
        Span<int> choices = stackalloc int[SlotPolicy.MostChoices];
        var at = 0;
        foreach (var (count, chosen, first) in Numbered.Slots)
        {
            at = Numbered.Read(at, first, choices[..count]);
            var (items, merits) = (new ItemId[count], new long[count]);
            for (var i = 0; i < count; i++)
            {
                (items[i], merits[i]) = Numbered.Candidates[choices[i]];
            }
            slots.Add(new SlotChoices(items, merits, chosen));
        }
        return slots;
    }

    /// <summary>
    /// Numbers so that they ascend in every slot: a candidate that is not yet listed behind the one before it in its slot
    /// is put there. What slots draw from in turn (lanes) so stays together.
    /// </summary>
    private static NumberedChoices Number(IReadOnlyList<SlotChoices> slots)
    {
        var numbered = new NumberedChoices(slots.Count);
        foreach (var slot in slots)
        {
            var last = -1;
            for (var i = 0; i < slot.Items.Count; i++)
            {
                var candidate = (slot.Items[i], slot.Merits[i]);
                var at = numbered.Candidates.IndexOf(candidate, last + 1);
                if (at < 0)
                {
                    at = last < 0 ? numbered.Candidates.Count : last + 1;
                    numbered.Candidates.Insert(at, candidate);
                }
                last = at;
            }
        }
        foreach (var slot in slots)
        {
            var numbers = new int[slot.Items.Count];
            for (var i = 0; i < numbers.Length; i++)
            {
                var start = i == 0 ? 0 : numbers[i - 1] + 1;
                numbers[i] = numbered.Candidates.IndexOf((slot.Items[i], slot.Merits[i]), start);
            }
            numbered.Add(numbers, slot.Chosen);
        }
        return numbered;
    }
}

/// <summary>The choices of a playlist's slots by number.</summary>
/// <param name="slots">How many slots there will be.</param>
/// <param name="candidates">How many candidates.</param>
/// <remarks>
/// Numbers ascend in every slot, and mostly by one: they are held, as they are stored, as the first number and a bit for
/// each number after it, up to the last that is a choice.
/// </remarks>
internal sealed class NumberedChoices(int slots, int candidates = 0)
{
    private const int ByteBits = 8;
    private const int WordBits = 64;

    // Most slots' choices lie within as many numbers.
    private const int UsualBytes = 5;

    /// <summary>
    /// The candidates that any slot was drawn from. One that is worth another merit in another slot is another candidate.
    /// </summary>
    public List<(ItemId Item, long Merit)> Candidates { get; } = new(candidates);

    /// <summary>Each slot's number of choices, which of them was placed, and the first one's number.</summary>
    public List<(int Count, int Chosen, int First)> Slots { get; } = new(slots);

    /// <summary>Of every slot, one after another, the bits of the numbers after the first, the lower first.</summary>
    public List<byte> Bits { get; } = new(slots * UsualBytes);

    /// <summary>Adds a slot.</summary>
    /// <param name="start">The number of the set's first bit.</param>
    /// <param name="set">A bit for each number from there on; at least one is a choice.</param>
    /// <param name="count">How many are choices.</param>
    /// <param name="chosen">Which of them was placed.</param>
    public void Add(int start, ReadOnlySpan<ulong> set, int count, int chosen)
    {
        var (low, high) = (0, set.Length - 1);
        while (set[low] == 0)
        {
            low++;
        }
        while (set[high] == 0)
        {
            high--;
        }
        var first = (low * WordBits) + BitOperations.TrailingZeroCount(set[low]);
        var last = (high * WordBits) + BitOperations.Log2(set[high]);
        Slots.Add((count, chosen, start + first));
        for (var at = first + 1; at <= last; at += ByteBits)
        {
            var (word, bit) = (at / WordBits, at % WordBits);
            var bits = set[word] >> bit;
            bits |= bit > WordBits - ByteBits && word < high ? set[word + 1] << (WordBits - bit) : 0;
            Bits.Add((byte)bits);
        }
    }

    /// <summary>Adds a slot.</summary>
    /// <param name="numbers">Of its choices, ascending.</param>
    /// <param name="chosen">Which of them was placed.</param>
    public void Add(ReadOnlySpan<int> numbers, int chosen)
    {
        if (numbers.IsEmpty)
        {
            Slots.Add((0, chosen, 0));
            return;
        }
        var set = new ulong[((numbers[^1] - numbers[0]) / WordBits) + 1];
        foreach (var number in numbers)
        {
            set[(number - numbers[0]) / WordBits] |= 1ul << (number - numbers[0]);
        }
        Add(numbers[0], set, numbers.Length, chosen);
    }

    /// <summary>Reads a slot's numbers.</summary>
    /// <param name="at">Where its bits begin.</param>
    /// <param name="first">The first number.</param>
    /// <param name="choices">Receives all; as many as the slot has.</param>
    /// <returns>Where the next slot's begin.</returns>
    public int Read(int at, int first, Span<int> choices)
    {
        if (choices.IsEmpty)
        {
            return at;
        }
        choices[0] = first;
        var number = first + 1;
        for (var found = 1; found < choices.Length; at++, number += ByteBits)
        {
            for (var bits = (uint)Bits[at]; bits != 0; bits &= bits - 1)
            {
                choices[found++] = number + BitOperations.TrailingZeroCount(bits);
            }
        }
        return at;
    }
}
