namespace Nocturne.Playlists.Composing;

/// <summary>What the placed tracks of one playlist keep among themselves.</summary>
/// <param name="Tracks">How many there are at most.</param>
/// <param name="ArtistCap">How many of one artist, at most; tracks of unknown artists are not counted.</param>
/// <param name="ArtistSpacing">Tracks between two of one artist, where the candidates allow it.</param>
internal readonly record struct SlotRules(int Tracks, int ArtistCap, int ArtistSpacing)
{
    /// <summary>Whether neighbouring tracks keep <see cref="SoundSteps"/>, where the candidates allow it.</summary>
    public bool KeepsSteps { get; init; } = true;
}

/// <summary>A placed candidate.</summary>
/// <param name="Candidate">It.</param>
/// <param name="Propensity">The probability that its slot was filled by it, given the slots before, in billionths.</param>
internal readonly record struct Placement(Candidate Candidate, int Propensity);

/// <summary>The filled slots of a playlist, and what they were drawn from.</summary>
/// <param name="Slots">In playing order.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Choices">What each slot was drawn from; empty where nothing was explored.</param>
internal sealed record FilledSlots(List<Placement> Slots, SlotPolicy Policy, NumberedChoices Choices)
{
    public int Count => Slots.Count;

    public IEnumerable<Candidate> Candidates => Slots.Select(slot => slot.Candidate);
}
