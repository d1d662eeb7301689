namespace Nocturne.Playlists;

/// <summary>The numbers of Fresh Finds. What makes an artist emerging is the model's rule, not the recipe's.</summary>
public sealed record FreshFindsParameters
{
    /// <summary>ε, in thousandths: more than elsewhere, for little is known of those artists.</summary>
    public int Epsilon { get; init; } = 100;

    /// <summary>Tracks at most.</summary>
    public int Tracks { get; init; } = 30;

    /// <summary>Tracks near the listener's taste without which there is none.</summary>
    public int MinimumPersonal { get; init; } = 3;

    /// <summary>Tracks of one artist: the list is to find artists.</summary>
    public int ArtistCap { get; init; } = 2;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Epsilon, $"FreshFinds.{nameof(Epsilon)}");
        RecipeParameters.CheckCount(Tracks, $"FreshFinds.{nameof(Tracks)}");
        RecipeParameters.CheckCount(MinimumPersonal, $"FreshFinds.{nameof(MinimumPersonal)}");
        RecipeParameters.CheckCount(ArtistCap, $"FreshFinds.{nameof(ArtistCap)}");
    }
}
