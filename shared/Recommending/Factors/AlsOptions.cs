namespace Nocturne.Recommending;

/// <summary>Hyper-parameters of <see cref="ImplicitAls"/>.</summary>
public sealed record AlsOptions
{
    /// <summary>Latent dimensions. Default: 64.</summary>
    public int Dimensions { get; init; } = 64;

    /// <summary>Passes over listeners and items. Default: 12.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>α0: how much every pair, observed or not, is pulled to zero. Default: 0.1.</summary>
    public float UnobservedWeight { get; init; } = 0.1f;

    /// <summary>λ: regularisation, before it is scaled by frequency. Default: 0.005.</summary>
    public float Regularization { get; init; } = 0.005f;

    /// <summary>ν: the regularisation of a row is λ·(entries + α0·columns)^ν. Default: 1.</summary>
    public float FrequencyExponent { get; init; } = 1;

    /// <summary>Standard deviation of the scores of two random vectors, where training starts. Default: 0.1.</summary>
    public float InitialScale { get; init; } = 0.1f;

    /// <summary>Seed of the vectors that training starts from.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// Dimensions that are solved for together, the rest held (iALS++); 0 solves for all at once, exactly. Pays where
    /// there are several hundred dimensions.
    /// </summary>
    public int BlockSize { get; init; }

    /// <summary>
    /// Whether the items' vectors are rounded to half precision at the end, which halves the artefact. Listeners are
    /// solved exactly against the rounded ones.
    /// </summary>
    public bool HalfPrecision { get; init; }

    /// <summary>
    /// γ: scores are divided by (1 + n)^γ with n the item's entries, from 0, the method as published, to 1. Default: 0.
    /// </summary>
    /// <remarks>Regularisation shrinks rare items' vectors most, so that scores lean to popular ones.</remarks>
    public float PopularityPenalty { get; init; }

    internal void Check(string name)
    {
        const int MostDimensions = 2_048;
        if (
            Dimensions is < 1 or > MostDimensions
            || Epochs < 1
            || !(UnobservedWeight >= 0 && Regularization >= 0)
            || !(UnobservedWeight + Regularization > 0)
            || !float.IsFinite(UnobservedWeight + Regularization)
            || !(FrequencyExponent is >= 0 and <= 2)
            || !(InitialScale > 0)
            || BlockSize < 0
            || !(PopularityPenalty is >= 0 and <= 1)
        )
        {
            throw new ArgumentException(
                $"{this}: 1 to {MostDimensions} dimensions, at least one epoch, weights not negative and not both 0, an exponent from 0 to 2 and a penalty from 0 to 1 are needed.",
                name
            );
        }
    }
}
