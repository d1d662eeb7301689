namespace Nocturne.Nights;

/// <summary>What the playlists of one shard show.</summary>
public sealed class ShownItems
{
    /// <summary>Slots by item.</summary>
    public SortedDictionary<string, long> Slots { get; init; } = new(StringComparer.Ordinal);

    /// <summary>By recipe, what its playlists are like.</summary>
    public SortedDictionary<string, RecipeCounts> Recipes { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>What the playlists of one kind are like; sums, so that shards add up.</summary>
/// <param name="Playlists">How many there are.</param>
/// <param name="Slots">Tracks in them.</param>
/// <param name="Unheard">Slots whose item is not in the listener's history.</param>
/// <param name="Artists">Artists, each once a playlist.</param>
/// <param name="Explored">Slots where another than the best was drawn.</param>
/// <param name="Score">Scores of the slots' reasons, as decimals.</param>
public readonly record struct RecipeCounts(
    long Playlists,
    long Slots,
    long Unheard,
    long Artists,
    long Explored,
    decimal Score
)
{
    /// <summary>Both together.</summary>
    public static RecipeCounts operator +(RecipeCounts left, RecipeCounts right) =>
        new(
            left.Playlists + right.Playlists,
            left.Slots + right.Slots,
            left.Unheard + right.Unheard,
            left.Artists + right.Artists,
            left.Explored + right.Explored,
            left.Score + right.Score
        );
}

/// <summary>What a run's playlists show, all shards together.</summary>
/// <param name="Items">Items shown at all.</param>
/// <param name="Slots">Slots filled.</param>
/// <param name="TopShare">The share of slots of the most shown hundredth of the shown items; null under 100 items.</param>
/// <param name="MeanScore">The mean score of the slots' reasons.</param>
/// <param name="Recipes">By recipe.</param>
public sealed record ShownSummary(
    long Items,
    long Slots,
    double? TopShare,
    double MeanScore,
    SortedDictionary<string, RecipeCounts> Recipes
);
