namespace Nocturne.Recommending;

/// <summary>How <see cref="Ease"/> is fitted.</summary>
public sealed record EaseOptions
{
    /// <summary>
    /// λ: how much all weights are pulled to zero, in listeners: a pair of items has to be shared by about so many to
    /// count.
    /// </summary>
    public float Regularization { get; init; } = 70;

    /// <summary>p: the share of a row's items that are thought away, to be predicted from the rest; from 0 to 0.95.</summary>
    public float Dropout { get; init; } = 0.75f;

    /// <summary>
    /// γ: scores are divided by (1 + n/λ)^γ with n the item's listeners (XᵀX's diagonal), from 0, which is EASE as
    /// published, to 1.
    /// </summary>
    /// <remarks>
    /// On two splits of Last.fm listening, 0.45 is worth 4 % of Recall@20 and NDCG@20 against 0, and wants more dropout
    /// beside it: chosen on slices of train.
    /// </remarks>
    public float PopularityPenalty { get; init; } = 0.45f;

    /// <summary>Weights kept per item (K), the largest by size. More cost memory: 8 bytes each.</summary>
    /// <remarks>
    /// On two splits of Last.fm listening, 800 lose less than 0.3 % of Recall@20 against all of them, 400 1 % and 200 2
    /// %.
    /// </remarks>
    public int Neighbours { get; init; } = 800;

    /// <summary>
    /// The most rows of the matrix that is inverted, which is the fewer of listeners and items. Memory is about 6
    /// bytes a pair of them, 400 MB for the default 8,192, and 16 bytes for each weight kept; time grows with the third
    /// power.
    /// </summary>
    public int MaxSide { get; init; } = 8_192;

    internal void Check(int items, string name)
    {
        const int GreatestSide = 32_768; // whose square is indexed by an int
        if (
            !(Regularization > 0)
            || !float.IsFinite(Regularization)
            || !(Dropout is >= 0 and <= 0.95f)
            || !(PopularityPenalty is >= 0 and <= 1)
            || MaxSide is < 1 or > GreatestSide
        )
        {
            throw new ArgumentException(
                $"{this}: regularisation is over 0, dropout from 0 to 0.95, the penalty from 0 to 1 and the side from 1 to {GreatestSide}.",
                name
            );
        }
        Neighbourhoods.Check(items, Neighbours, rowCap: 1, name);
    }
}
