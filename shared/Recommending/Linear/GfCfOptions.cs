namespace Nocturne.Recommending;

/// <summary>How <see cref="GfCf"/> is fitted.</summary>
public sealed record GfCfOptions
{
    /// <summary>k: singular vectors of the low-pass filter.</summary>
    public int Dimensions { get; init; } = 192;

    /// <summary>α: the weight of the low-pass filter beside the linear one.</summary>
    public float LowPass { get; init; } = 0.2f;

    /// <summary>The power of an item's degree that it is divided by; the paper's is a half.</summary>
    public float ItemExponent { get; init; } = 0.5f;

    /// <summary>Neighbours kept per item (K) of the linear filter. More cost memory: 8 bytes each.</summary>
    public int Neighbours { get; init; } = 400;

    /// <summary>Entries of a row that count; see <see cref="ItemNeighboursOptions.RowCap"/>.</summary>
    public int RowCap { get; init; } = 1_000;

    /// <summary>Iterations for the singular vectors.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>Seed of their start.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The most numbers of the blocks of vectors that are iterated, 4 bytes each. Default: 256 million (1 GB).</summary>
    public long MaxNumbers { get; init; } = 256_000_000;

    internal void Check(int items, string name)
    {
        const int MostDimensions = 2_048;
        if (
            Dimensions is < 1 or > MostDimensions
            || !(LowPass >= 0)
            || !float.IsFinite(LowPass)
            || !(ItemExponent is >= 0 and <= 1)
            || Iterations < 1
            || MaxNumbers is < 1 or > int.MaxValue
        )
        {
            throw new ArgumentException(
                $"{this}: 1 to {MostDimensions} dimensions, a weight of at least 0, an exponent from 0 to 1, an iteration and room for at most 2³¹ numbers are needed.",
                name
            );
        }
        Neighbourhoods.Check(items, Neighbours, RowCap, name);
    }
}
