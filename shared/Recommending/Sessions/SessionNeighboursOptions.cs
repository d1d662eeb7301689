namespace Nocturne.Recommending;

/// <summary>How <see cref="SessionNeighbours"/> are fitted and asked.</summary>
public sealed record SessionNeighboursOptions
{
    /// <summary>Sessions that are looked at for each item of the session: its latest. Default: 1000.</summary>
    public int Sample { get; init; } = 1_000;

    /// <summary>Nearest sessions that have a say. Default: 200.</summary>
    public int Neighbours { get; init; } = 200;

    /// <summary>How many of the latest clicks are looked at. Default: 20.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>A shared item n clicks back adds 1 / (1 + decay·n) to the similarity. Default: 0.7.</summary>
    public float StepDecay { get; init; } = 0.7f;

    /// <summary>
    /// A neighbour whose latest shared item is n clicks back counts 1 / (1 + decay·n) of its similarity. Default: 1.
    /// </summary>
    public float MatchDecay { get; init; } = 1;

    /// <summary>
    /// An item of a neighbour that is n places from the shared one counts 1 / (1 + decay·(n - 1)). Default: 0.3.
    /// </summary>
    public float DistanceDecay { get; init; } = 0.3f;

    /// <summary>What an item that comes before the shared one counts, against one that comes after. Default: 0.6.</summary>
    public float BackwardWeight { get; init; } = 0.6f;

    /// <summary>A neighbour of n items has its similarity divided by n to this power. Default: 0.25.</summary>
    public float LengthExponent { get; init; } = 0.25f;

    /// <summary>An item's score is multiplied by its inverse document frequency to this power. Default: 0.3.</summary>
    public float RarityExponent { get; init; } = 0.3f;

    /// <summary>A session d days before the last one counts 1 / (1 + decay·d). Default: 0.02.</summary>
    public float AgeDecay { get; init; } = 0.02f;

    /// <summary>What the score of an item that the session already has is multiplied by. Default: 1.</summary>
    public float RepeatWeight { get; init; } = 1;

    /// <summary>Sessions that are kept: the latest. Default: 4 million (100 bytes each of eight items).</summary>
    public int MaxSessions { get; init; } = 4_000_000;

    internal void Check(string name)
    {
        ReadOnlySpan<float> weights =
        [
            StepDecay,
            MatchDecay,
            DistanceDecay,
            BackwardWeight,
            LengthExponent,
            RarityExponent,
            AgeDecay,
            RepeatWeight,
        ];
        var areUsable = true;
        foreach (var weight in weights)
        {
            areUsable &= weight >= 0 && float.IsFinite(weight);
        }
        if (
            !areUsable
            || Sample < 1
            || Neighbours < 1
            || MaxSessions < 1
            || Steps is < 1 or > SessionModel.LongestPrefix
            || LengthExponent > 2
            || RarityExponent > 2
        )
        {
            throw new ArgumentException(
                $"{this}: counts are at least 1, steps at most {SessionModel.LongestPrefix}, decays and weights not negative and exponents at most 2.",
                name
            );
        }
    }
}
