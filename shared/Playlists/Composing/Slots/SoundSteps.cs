using System.Runtime.Intrinsics;

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

    /// <summary>Whether a track may follow another.</summary>
    public static bool AreKept(Sound last, Sound next) =>
        (
            AreKept(last, Vector256.Create(next.Tempo), Vector256.Create(next.Loudness), Vector256.Create(next.Energy))
            & 1
        ) != 0;

    /// <summary>Which of eight tracks may follow another, a bit each; without branches, for the answers are as good as random.</summary>
    public static uint AreKept(
        Sound last,
        Vector256<float> tempos,
        Vector256<float> loudnesses,
        Vector256<float> energies
    )
    {
        var tooLoud = Vector256.GreaterThan(
            Vector256.Abs(Vector256.Create(last.Loudness) - loudnesses),
            Vector256.Create(LoudnessDecibels)
        );
        var tooLively = Vector256.GreaterThan(
            Vector256.Abs(Vector256.Create(last.Energy) - energies),
            Vector256.Create(Energy)
        );
        var tempo = Vector256.Create(last.Tempo);
        var slow = Vector256.MinNative(tempo, tempos);
        var fast = Vector256.MaxNative(tempo, tempos);
        var isKept =
            Vector256.LessThanOrEqual(fast, TempoRatio * slow)
            | (
                Vector256.GreaterThanOrEqual(fast * TempoRatio, 2 * slow)
                & Vector256.LessThanOrEqual(fast, 2 * TempoRatio * slow)
            );
        var isKnown =
            Vector256.GreaterThan(tempo, Vector256<float>.Zero) & Vector256.GreaterThan(tempos, Vector256<float>.Zero);
        var isOff = tooLoud | tooLively | Vector256.AndNot(isKnown, isKept);
        return (~isOff).ExtractMostSignificantBits();
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
