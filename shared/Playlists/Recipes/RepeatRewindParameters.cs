namespace Nocturne.Playlists;

/// <summary>The numbers of Repeat Rewind. Weights are streams in fixed point, shares thousandths.</summary>
public sealed record RepeatRewindParameters
{
    /// <summary>ε, in thousandths: how often a slot explores.</summary>
    public int Epsilon { get; init; } = 20;

    /// <summary>Tracks at most.</summary>
    public int Tracks { get; init; } = 30;

    /// <summary>A shorter one is not made.</summary>
    public int MinimumTracks { get; init; } = 5;

    /// <summary>Streams in all without which a track was not loved.</summary>
    public int MinimumStreams { get; init; } = 4;

    /// <summary>The least long weight: of the streams, two are left after the fading of years.</summary>
    public long MinimumLongWeight { get; init; } = 2 * FixedPoint.One;

    /// <summary>
    /// A track is silent if the short weight is at most this share of the long one: 20 are six weeks after a last
    /// burst of streams, for the horizons halve every 7 and every 182 days.
    /// </summary>
    public int SilentShare { get; init; } = 20;

    /// <summary>The share where fewer than <see cref="MinimumTracks"/> are silent: 100 are three and a half weeks.</summary>
    public int FallbackSilentShare { get; init; } = 100;

    /// <summary>Tracks of one artist.</summary>
    public int ArtistCap { get; init; } = 4;

    internal void Validate()
    {
        RecipeParameters.CheckShare(Epsilon, $"RepeatRewind.{nameof(Epsilon)}");
        RecipeParameters.CheckCount(Tracks, $"RepeatRewind.{nameof(Tracks)}");
        RecipeParameters.CheckCount(MinimumTracks, $"RepeatRewind.{nameof(MinimumTracks)}");
        RecipeParameters.CheckCount(MinimumStreams, $"RepeatRewind.{nameof(MinimumStreams)}");
        RecipeParameters.CheckNumber(MinimumLongWeight, 1, $"RepeatRewind.{nameof(MinimumLongWeight)}");
        RecipeParameters.CheckShare(SilentShare, $"RepeatRewind.{nameof(SilentShare)}");
        RecipeParameters.CheckShare(FallbackSilentShare, $"RepeatRewind.{nameof(FallbackSilentShare)}");
        RecipeParameters.CheckCount(ArtistCap, $"RepeatRewind.{nameof(ArtistCap)}");
    }
}
