namespace Nocturne.Playlists.Composing;

/// <summary>A track that may be placed.</summary>
/// <param name="Index">Its number, as in <see cref="TasteEntry"/>.</param>
/// <param name="Recording">Its recording's number.</param>
/// <param name="Artist">Its artist's number, -1 if unknown.</param>
/// <param name="Score">What its reason adds up to.</param>
/// <param name="Kind">By which source it came.</param>
internal readonly record struct Candidate(int Index, int Recording, int Artist, long Score, ReasonKind Kind)
{
    /// <summary>What it is worth to the ranking it stands in, which is the score unless a re-ranking says otherwise.</summary>
    public long Merit { get; init; } = Score;
}
