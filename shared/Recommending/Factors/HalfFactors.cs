namespace Nocturne.Recommending;

/// <summary>Vectors as an artefact of half precision stores them, and as they are computed with.</summary>
/// <remarks>
/// Rounded vectors no longer lie in the eigenbasis of their Gram matrix exactly. What is computed with is therefore
/// their rotation into it, so that every listener is solved exactly against what is stored, and scores are the
/// products of the rounded vectors.
/// </remarks>
internal static class HalfFactors
{
    /// <summary>Rounds to nearest, ties to even; what is too large becomes the largest.</summary>
    public static Half[] Round(FactorMatrix vectors)
    {
        var rounded = new Half[vectors.Values.Length];
        var most = (float)Half.MaxValue;
        for (var i = 0; i < rounded.Length; i++)
        {
            rounded[i] = (Half)Math.Clamp(vectors.Values[i], -most, most);
        }
        return rounded;
    }

    /// <summary>The vectors to compute with.</summary>
    /// <param name="stored">Rounded, rows padded.</param>
    /// <param name="rows">How many vectors.</param>
    /// <param name="dimensions">Of each.</param>
    /// <param name="described">Rows that have no part in the Gram matrix.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public static FactorMatrix Expand(
        Half[] stored,
        int rows,
        int dimensions,
        ReadOnlySpan<int> described,
        int workers,
        CancellationToken cancellation
    )
    {
        var vectors = new FactorMatrix(rows, dimensions);
        for (var i = 0; i < stored.Length; i++)
        {
            vectors.Values[i] = (float)stored[i];
        }
        if (described.IsEmpty)
        {
            _ = Eigenbasis.Rotate(vectors, null, workers, cancellation);
            return vectors;
        }
        var trained = new FactorMatrix(rows, dimensions, [.. vectors.Values]);
        foreach (var row in described)
        {
            trained.Row(row).Clear();
        }
        _ = Eigenbasis.Rotate(trained, vectors, workers, cancellation);
        return vectors;
    }
}
