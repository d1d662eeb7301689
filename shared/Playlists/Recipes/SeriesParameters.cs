namespace Nocturne.Playlists;

/// <summary>The numbers of Your Episodes and Continue Listening. Weights are streams in fixed point.</summary>
public sealed record SeriesParameters
{
    /// <summary>ε of Your Episodes, in thousandths; Continue Listening explores nothing.</summary>
    public int Epsilon { get; init; } = 20;

    /// <summary>Episodes of Your Episodes at most.</summary>
    public int Episodes { get; init; } = 30;

    /// <summary>Episodes of one show in Your Episodes.</summary>
    public int ShowCap { get; init; } = 4;

    /// <summary>Days for which an episode is new, the day of release included.</summary>
    public int NewDays { get; init; } = 14;

    /// <summary>Items of Continue Listening at most: more is no shelf but an archive.</summary>
    public int ContinueItems { get; init; } = 20;

    /// <summary>Items of one show or author in Continue Listening.</summary>
    public int ContinueCap { get; init; } = 5;

    /// <summary>Days after a last play in which a series is still being listened to; as long as snapshots look for what is unfinished.</summary>
    public int Days { get; init; } = 60;

    /// <summary>
    /// The least short weight of a series whose last play is not among the latest: one stream four weeks ago (it halves
    /// every 7 days).
    /// </summary>
    public long MinimumShortWeight { get; init; } = FixedPoint.One / 16;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Epsilon, $"Series.{nameof(Epsilon)}");
        RecipeParameters.CheckCount(Episodes, $"Series.{nameof(Episodes)}");
        RecipeParameters.CheckCount(ShowCap, $"Series.{nameof(ShowCap)}");
        RecipeParameters.CheckCount(NewDays, $"Series.{nameof(NewDays)}");
        RecipeParameters.CheckCount(ContinueItems, $"Series.{nameof(ContinueItems)}");
        RecipeParameters.CheckCount(ContinueCap, $"Series.{nameof(ContinueCap)}");
        RecipeParameters.CheckCount(Days, $"Series.{nameof(Days)}");
        RecipeParameters.CheckNumber(MinimumShortWeight, 1, $"Series.{nameof(MinimumShortWeight)}");
    }
}
