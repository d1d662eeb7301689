namespace Nocturne.Playlists;

/// <summary>The numbers of On Repeat. Weights are streams in fixed point.</summary>
public sealed record OnRepeatParameters
{
    /// <summary>Tracks at most.</summary>
    public int Tracks { get; init; } = 30;

    /// <summary>A shorter one is not made.</summary>
    public int MinimumTracks { get; init; } = 5;

    /// <summary>Streams in all without which a track is not on repeat.</summary>
    public int MinimumStreams { get; init; } = 3;

    /// <summary>The least short weight: three streams of two weeks ago are three quarters of a fresh one.</summary>
    public long MinimumShortWeight { get; init; } = FixedPoint.One * 3 / 4;

    /// <summary>
    /// The least short weight where fewer than <see cref="MinimumTracks"/> are on repeat and single streams count too:
    /// one of two weeks ago.
    /// </summary>
    public long FallbackShortWeight { get; init; } = FixedPoint.One / 4;

    /// <summary>Tracks of one artist: an album on repeat is one, but not all of the list.</summary>
    public int ArtistCap { get; init; } = 6;

    internal void Validate()
    {
        RecipeParameters.CheckCount(Tracks, $"OnRepeat.{nameof(Tracks)}");
        RecipeParameters.CheckCount(MinimumTracks, $"OnRepeat.{nameof(MinimumTracks)}");
        RecipeParameters.CheckCount(MinimumStreams, $"OnRepeat.{nameof(MinimumStreams)}");
        RecipeParameters.CheckNumber(MinimumShortWeight, 1, $"OnRepeat.{nameof(MinimumShortWeight)}");
        RecipeParameters.CheckNumber(FallbackShortWeight, 1, $"OnRepeat.{nameof(FallbackShortWeight)}");
        RecipeParameters.CheckCount(ArtistCap, $"OnRepeat.{nameof(ArtistCap)}");
    }
}
