namespace Nocturne.Playlists;

/// <summary>The numbers of Blend. Shares are in thousandths.</summary>
public sealed record BlendParameters
{
    /// <summary>The fewest members that there is a playlist for.</summary>
    public const int LeastMembers = 2;

    /// <summary>The most members: with more, each would have fewer than five of the tracks.</summary>
    public const int MostMembers = 10;

    /// <summary>ε: how often a slot explores.</summary>
    public int Epsilon { get; init; } = 20;

    /// <summary>Tracks at most.</summary>
    public int Tracks { get; init; } = 50;

    /// <summary>
    /// The list ends early where more tracks would make it unfair, but not before it has these: shorter lists are no
    /// playlist, and are then long and labelled instead.
    /// </summary>
    public int MinimumTracks { get; init; } = 20;

    /// <summary>
    /// How many candidates of each member count: the first is worth 1 to the member, each one after it this part of 1
    /// less.
    /// </summary>
    public int Depth { get; init; } = 400;

    /// <summary>The share of a member's candidates that are favourites; the rest is what the model says fits.</summary>
    public int FavouriteShare { get; init; } = 500;

    /// <summary>Tracks of one artist.</summary>
    public int ArtistCap { get; init; } = 4;

    /// <summary>From which share of the mean on the least satisfied member is satisfied enough.</summary>
    public int LeastFairness { get; init; } = 800;

    /// <summary>The most items of a taste, by affinity, that its likeness to another is judged by.</summary>
    public int MatchItems { get; init; } = 100;

    /// <summary>How many neighbours of each of them stand for it too.</summary>
    public int MatchNeighbours { get; init; } = 20;

    /// <summary>Items below which nothing is said of a taste's likeness to another.</summary>
    public int MatchMinimumItems { get; init; } = 5;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Epsilon, $"Blend.{nameof(Epsilon)}");
        RecipeParameters.CheckShare(FavouriteShare, $"Blend.{nameof(FavouriteShare)}");
        RecipeParameters.CheckShare(LeastFairness, $"Blend.{nameof(LeastFairness)}");
        RecipeParameters.CheckCount(Tracks, $"Blend.{nameof(Tracks)}");
        RecipeParameters.CheckCount(MinimumTracks, $"Blend.{nameof(MinimumTracks)}");
        RecipeParameters.CheckCount(Depth, $"Blend.{nameof(Depth)}");
        RecipeParameters.CheckCount(ArtistCap, $"Blend.{nameof(ArtistCap)}");
        RecipeParameters.CheckCount(MatchItems, $"Blend.{nameof(MatchItems)}");
        RecipeParameters.CheckNumber(MatchNeighbours, 0, $"Blend.{nameof(MatchNeighbours)}");
        RecipeParameters.CheckCount(MatchMinimumItems, $"Blend.{nameof(MatchMinimumItems)}");
    }
}
