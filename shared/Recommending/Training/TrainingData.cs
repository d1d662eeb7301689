namespace Nocturne.Recommending;

/// <summary>What models are fitted to.</summary>
/// <param name="Matrix">Listeners × items, with signed weights and, where they are known, plays with ages.</param>
public sealed record TrainingData(InteractionMatrix Matrix)
{
    /// <summary>The artist of every item, as dense numbers from 0, or -1 where unknown; null if none is known.</summary>
    public IReadOnlyList<int>? Artists { get; init; }

    /// <summary>Named features of every item (genres, tags, years, audio); null if none are known.</summary>
    public InteractionMatrix? Features { get; init; }
}
