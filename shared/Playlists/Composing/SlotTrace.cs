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
/// <param name="Kind">Which playlist.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Slots">Each slot's choices, in playing order; empty where nothing was explored (ε = 0).</param>
public sealed record SlotTrace(PlaylistKind Kind, SlotPolicy Policy, IReadOnlyList<SlotChoices> Slots);
