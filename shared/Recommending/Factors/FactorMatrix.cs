namespace Nocturne.Recommending;

/// <summary>A vector of latent dimensions for each of many rows: flat, row-major, each row padded with zeros.</summary>
public sealed class FactorMatrix
{
    /// <summary>Allocates zeros.</summary>
    public FactorMatrix(int rows, int dimensions)
        : this(rows, dimensions, new float[(long)rows * DenseKernels.Stride(dimensions)]) { }

    internal FactorMatrix(int rows, int dimensions, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimensions);
        Rows = rows;
        Dimensions = dimensions;
        Stride = DenseKernels.Stride(dimensions);
        Values = values;
    }

    /// <summary>How many vectors.</summary>
    public int Rows { get; }

    /// <summary>How many numbers a vector has.</summary>
    public int Dimensions { get; }

    /// <summary>The vector of a row, without padding.</summary>
    public ReadOnlySpan<float> this[int row] => Values.AsSpan(row * Stride, Dimensions);

    internal int Stride { get; }

    internal float[] Values { get; }

    internal Span<float> Row(int row) => Values.AsSpan(row * Stride, Stride);

    internal Span<float> RowRange(int first, int count) => Values.AsSpan(first * Stride, count * Stride);
}
