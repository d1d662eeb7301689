namespace Nocturne.Playlists.Composing;

/// <summary>How far a track may be from the one before it in tempo, loudness and energy, where both are known.</summary>
/// <remarks>
/// A beat of half or double the tempo is felt as the same. The bounds are wide: they keep a lullaby from following
/// drum and bass, not an album from having a dynamic.
/// </remarks>
internal static class SoundSteps
{
    private const float TempoRatio = 1.25f;
    private const float LoudnessDecibels = 8;
    private const float Energy = 0.4f;

    /// <summary>Whether a track may follow another; without branches, for the answer is as good as random.</summary>
    public static bool AreKept(Sound last, Sound next) =>
        IsTempoKept(last.Tempo, next.Tempo)
        & !(MathF.Abs(last.Loudness - next.Loudness) > LoudnessDecibels)
        & !(MathF.Abs(last.Energy - next.Energy) > Energy);

    private static bool IsTempoKept(float last, float next)
    {
        var slow = float.MinNative(last, next);
        var fast = float.MaxNative(last, next);
        return !((last > 0) & (next > 0))
            | (fast <= TempoRatio * slow)
            | ((fast * TempoRatio >= 2 * slow) & (fast <= 2 * TempoRatio * slow));
    }
}

/// <summary>What is known of how an item sounds; NaN where it is not.</summary>
/// <param name="Tempo">Beats a minute.</param>
/// <param name="Loudness">Decibels.</param>
/// <param name="Energy">0 to 1.</param>
internal readonly record struct Sound(float Tempo, float Loudness, float Energy)
{
    /// <summary>Nothing is known.</summary>
    public static Sound Unknown { get; } = new(float.NaN, float.NaN, float.NaN);
}
