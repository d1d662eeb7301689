using Nocturne.Domain;

namespace Nocturne.Playlists;

/// <summary>By which source a track came into a playlist.</summary>
public enum ReasonKind
{
    /// <summary>The listener plays or likes it; the score is their affinity.</summary>
    Favourite = 0,

    /// <summary>It is near items the listener plays; the score is the sum of the seeds' terms.</summary>
    Neighbour = 1,

    /// <summary>Everyone plays it, nothing personal; the score is its number of listeners.</summary>
    Popular = 2,

    /// <summary>It is new, by an artist the listener follows, plays or is near to; the score is the artist's.</summary>
    Release = 3,

    /// <summary>It is by an emerging artist near the listener's taste; the score is the model's.</summary>
    Fresh = 4,

    /// <summary>The listener began it and did not end it; the score is how lately.</summary>
    Unfinished = 5,

    /// <summary>It is the next of a series or show that the listener follows or plays.</summary>
    NextInSeries = 6,

    /// <summary>A playlist or shelf of Home; the score is what it is worth there.</summary>
    MadeForYou = 7,
}

/// <summary>An item of the listener's that speaks for a track.</summary>
/// <param name="Item">The item.</param>
/// <param name="Term">What it adds to the score, in fixed point.</param>
public readonly record struct ReasonSeed(ItemId Item, long Term);

/// <summary>Why a track is in a playlist, in a form that recomputes to its score.</summary>
/// <param name="Kind">The source.</param>
/// <param name="Seeds">The listener's items that contributed most, strongest first; bounded by
/// <see cref="RecipeParameters.SeedsPerReason"/>.</param>
/// <param name="Others">The terms of the contributing items beyond <paramref name="Seeds"/>, added up.</param>
/// <param name="Base">What does not come from the listener's items.</param>
/// <remarks>
/// All numbers are fixed point (<see cref="FixedPoint"/>); each term is rounded on its own, so the sum is exact.
/// </remarks>
public sealed record Reason(ReasonKind Kind, IReadOnlyList<ReasonSeed> Seeds, long Others = 0, long Base = 0)
{
    /// <summary>The score: base + Σ seeds' terms + others, in fixed point.</summary>
    public long Score
    {
        get
        {
            var score = Base + Others;
            foreach (var seed in Seeds)
            {
                score += seed.Term;
            }
            return score;
        }
    }

    /// <summary>The reason in a few words, for people.</summary>
    /// <param name="nameOf">How an item is called; null falls back to its id.</param>
    public string ToText(Func<ItemId, string?> nameOf) =>
        Kind switch
        {
            ReasonKind.Favourite => "one of your favourites",
            ReasonKind.Neighbour when Seeds.Count > 0 =>
                $"because you play {string.Join(" and ", Seeds.Take(2).Select(s => nameOf(s.Item) ?? s.Item.Value))}",
            ReasonKind.Neighbour => "near what you play",
            ReasonKind.Release when Seeds.Count > 0 =>
                $"new, and you play {nameOf(Seeds[0].Item) ?? Seeds[0].Item.Value}",
            ReasonKind.Release => "new from an artist you follow",
            ReasonKind.Fresh => "an emerging artist near your taste",
            ReasonKind.Unfinished => "not finished yet",
            ReasonKind.NextInSeries => "next in what you follow",
            ReasonKind.MadeForYou => "made for you",
            _ => "popular with everyone",
        };
}
