namespace Nocturne.Recommending;

/// <summary>What a listener did with one item.</summary>
/// <param name="Streams">Completed streams, or their decayed sum; not negative.</param>
/// <param name="Skips">Skips, or their decayed sum; not negative.</param>
/// <param name="Opinion">What the listener said: 1 liked, -1 hated, 0 nothing.</param>
public readonly record struct Evidence(double Streams, double Skips, int Opinion = 0);

/// <summary>
/// What evidence means, as one signed weight: the sign is whether the listener wants the item, the size how sure that
/// is. Replace it to weigh otherwise; models only see the weights.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A stream says yes. Repeats add by the logarithm: the tenth stream says less than the second.</item>
/// <item>A like adds as much as <see cref="LikeStreams"/> streams; it is a yes without any.</item>
/// <item>Skips beside streams only take from the confidence, never below <see cref="LeastYes"/>: the sign stays, so one
/// skip after twenty streams changes next to nothing.</item>
/// <item>Skips without a stream say no, the more the surer up to <see cref="MostNo"/>.</item>
/// <item>Hate is a no at <see cref="MostNo"/>, whatever was streamed; composing leaves such items out besides.</item>
/// </list>
/// </remarks>
public sealed record EvidenceWeights
{
    /// <summary>What every further doubling of streams adds to the confidence of the first. Default: 0.5.</summary>
    public float Repeat { get; init; } = 0.5f;

    /// <summary>Streams that a like is worth. Default: 4.</summary>
    public float LikeStreams { get; init; } = 4;

    /// <summary>What one skip takes from a yes, in streams. Default: 0.5.</summary>
    public float SkipStreams { get; init; } = 0.5f;

    /// <summary>The confidence of one skip without a stream. Default: 0.2.</summary>
    public float FirstNo { get; init; } = 0.2f;

    /// <summary>The most that skips alone, or hate, weigh. Default: 1.</summary>
    public float MostNo { get; init; } = 1;

    /// <summary>The least that any yes weighs. Default: 0.25.</summary>
    public float LeastYes { get; init; } = 0.25f;

    /// <summary>The weight of evidence; 0 where there is none.</summary>
    public float Of(Evidence evidence)
    {
        if (evidence.Opinion < 0)
        {
            return -MostNo;
        }
        var yes = evidence.Streams + (evidence.Opinion > 0 ? LikeStreams : 0);
        if (yes > 0)
        {
            var net = Math.Max(yes - (SkipStreams * evidence.Skips), 0);
            return Math.Max((float)(Math.Min(net, 1) + (Repeat * Doublings(net))), LeastYes);
        }
        return evidence.Skips > 0 ? -Math.Min((float)(FirstNo * evidence.Skips), MostNo) : 0;
    }

    /// <summary>How often 1 doubles to reach x, in between by a straight line: a logarithm that is exact everywhere.</summary>
    private static double Doublings(double x)
    {
        if (!(x > 1))
        {
            return 0;
        }
        var whole = Math.ILogB(x);
        var power = Math.ScaleB(1, whole);
        return whole + ((x - power) / power);
    }
}
