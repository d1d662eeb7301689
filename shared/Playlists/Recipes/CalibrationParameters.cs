namespace Nocturne.Playlists;

/// <summary>How much a list's genres are to be the listener's. λ = 0 leaves a ranking as the model made it.</summary>
public sealed record CalibrationParameters
{
    /// <summary>
    /// By how much KL is to fall against the model's own list, in thousandths. More costs relevance and is hardly noticed;
    /// docs/recipes.md has what both come to.
    /// </summary>
    public int Reduction { get; init; } = 400;

    /// <summary>
    /// The most that λ may be for that, in thousandths: a candidate counts (1 - λ)·relevance - λ·KL, where relevance is 1
    /// for the best candidate and 0 for the last, and KL is in bits. Under 111 nothing is calibrated.
    /// </summary>
    public int Lambda { get; init; } = 889;

    /// <summary>Candidates that are looked at for each place, the best by relevance.</summary>
    public int Candidates { get; init; } = 200;

    /// <summary>The most genres of a listener that count, by how much is played of them; time grows with them.</summary>
    public int Genres { get; init; } = 32;

    /// <summary>
    /// The share of what a listener plays whose genres must be known to go by genres; with less, parts of the taste
    /// stand for genres.
    /// </summary>
    public int KnownShare { get; init; } = 500;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Lambda, $"Calibration.{nameof(Lambda)}");
        RecipeParameters.CheckShare(Reduction, $"Calibration.{nameof(Reduction)}");
        RecipeParameters.CheckCount(Candidates, $"Calibration.{nameof(Candidates)}");
        RecipeParameters.CheckCount(Genres, $"Calibration.{nameof(Genres)}");
        RecipeParameters.CheckShare(KnownShare, $"Calibration.{nameof(KnownShare)}");
    }
}
