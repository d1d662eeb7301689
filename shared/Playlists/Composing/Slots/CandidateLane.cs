namespace Nocturne.Playlists.Composing;

/// <summary>Candidates of one kind, ranked, and the share of slots they are to fill, in thousandths.</summary>
/// <param name="candidates">They, the best first.</param>
/// <param name="share">The share.</param>
internal sealed class CandidateLane(List<Candidate> candidates, int share)
{
    public int Share { get; } = share;

    /// <summary>Whether it is used only for slots that no lane with a share can fill.</summary>
    public bool IsFallback { get; private init; }

    public int Count => candidates.Count;

    public Candidate this[int position] => candidates[position];

    public static CandidateLane Fallback(List<Candidate> candidates) => new(candidates, 0) { IsFallback = true };
}
