using Nocturne.Domain;

namespace Nocturne.Playlists.Blends;

/// <summary>A member of a blend, and what its playlist is to them.</summary>
/// <param name="Listener">Who.</param>
/// <param name="Satisfaction">The mean of the tracks' scores for the member, in fixed point from 0 to 1.</param>
/// <param name="HasTaste">Whether anything could be chosen by the member's taste.</param>
public readonly record struct BlendMember(ListenerId Listener, long Satisfaction, bool HasTaste);

/// <summary>That a track is of a member's taste.</summary>
/// <param name="Member">Whose.</param>
/// <param name="Score">What it is worth to the member, in fixed point, over 0, at most 1.</param>
/// <param name="Share">The member's part of all members' scores of the track, in thousandths; they sum to 1000.</param>
public readonly record struct BlendMark(ListenerId Member, long Score, int Share);

/// <summary>The joint playlist of a blend's members.</summary>
/// <param name="Blend">Which blend.</param>
/// <param name="Version">Of its membership.</param>
/// <param name="Playlist">
/// The tracks. It is the blend's own: its listener is the blend's id and its kind names the version, so that its id
/// changes when the members do.
/// </param>
/// <param name="Members">By id.</param>
/// <param name="Marks">
/// Whose taste each track is, in the order of the tracks; in each the greatest score first, ties by id. The track's
/// reason is the first one's. Empty for a track that everyone plays.
/// </param>
/// <remarks>
/// A member's satisfaction is Σ score / tracks over the marks, so it recomputes, and with it the fairness. The place of
/// a track in the list does not count: what the fifth track is worth is not known to differ from the fiftieth.
/// </remarks>
public sealed record BlendPlaylist(
    BlendId Blend,
    int Version,
    Playlist Playlist,
    IReadOnlyList<BlendMember> Members,
    IReadOnlyList<IReadOnlyList<BlendMark>> Marks
)
{
    /// <summary>How alike the tastes are, in percent of pairs of the population that are less so; null if unknown.</summary>
    public int? Match { get; init; }

    /// <summary>
    /// The least satisfaction in thousandths of the mean, rounded down; null where nothing is of anyone's taste.
    /// </summary>
    public int? Fairness => FairnessOf(Members);

    /// <summary>Whether the fairness is what Blend promises; false is said in the description.</summary>
    public bool IsFair(BlendParameters? parameters = null) =>
        Fairness >= (parameters ?? RecipeParameters.Default.Blend).LeastFairness;

    private static int? FairnessOf(IReadOnlyList<BlendMember> members)
    {
        var (least, sum) = (long.MaxValue, 0L);
        foreach (var member in members)
        {
            least = Math.Min(least, member.Satisfaction);
            sum += member.Satisfaction;
        }
        return sum == 0 ? null : (int)(least * members.Count * 1000 / sum);
    }
}
