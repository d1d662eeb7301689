namespace Nocturne.Playlists;

/// <summary>The numbers of Release Radar. Shares are thousandths, affinities streams in fixed point.</summary>
public sealed record ReleaseRadarParameters
{
    /// <summary>ε: how often a slot explores.</summary>
    public int Epsilon { get; init; } = 20;

    /// <summary>Tracks at most, one an artist.</summary>
    public int Tracks { get; init; } = 30;

    /// <summary>Releases by artists whom the listener follows, plays or is near to, without which there is none.</summary>
    public int MinimumPersonal { get; init; } = 1;

    /// <summary>How many days a release is new, the day itself included: four weeks.</summary>
    public int Days { get; init; } = 28;

    /// <summary>What following adds to an artist's score: as much as ten streams of today.</summary>
    public long FollowBonus { get; init; } = 10 * FixedPoint.One;

    /// <summary>From which affinity, over all their tracks, an artist is loved: two streams of today.</summary>
    public long LovedAffinity { get; init; } = 2 * FixedPoint.One;

    /// <summary>The most items of the taste whose neighbours are looked at, by affinity: time grows with them.</summary>
    public int Seeds { get; init; } = 60;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Epsilon, $"ReleaseRadar.{nameof(Epsilon)}");
        RecipeParameters.CheckCount(Tracks, $"ReleaseRadar.{nameof(Tracks)}");
        RecipeParameters.CheckCount(MinimumPersonal, $"ReleaseRadar.{nameof(MinimumPersonal)}");
        RecipeParameters.CheckCount(Days, $"ReleaseRadar.{nameof(Days)}");
        RecipeParameters.CheckNumber(FollowBonus, 1, $"ReleaseRadar.{nameof(FollowBonus)}");
        RecipeParameters.CheckNumber(LovedAffinity, 1, $"ReleaseRadar.{nameof(LovedAffinity)}");
        RecipeParameters.CheckCount(Seeds, $"ReleaseRadar.{nameof(Seeds)}");
    }
}
