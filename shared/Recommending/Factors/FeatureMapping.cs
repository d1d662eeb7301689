using System.Numerics;

namespace Nocturne.Recommending;

/// <summary>
/// From what is known of an item (genres, artist, year, tags, audio) to its vector, by ridge regression on the items
/// that have both: so that an item which nobody has played yet has a place among the others.
/// </summary>
/// <remarks>
/// <para>
/// W minimises Σ over trained items |q - Wᵀf|² + ridge·|W|², with f the item's features, dampened by the logarithm,
/// and three more: a constant, how much is known and how many features there are (much described items are much
/// played ones). Gantner et al., "Learning attribute-to-feature mappings for cold-start recommendations" (ICDM 2010).
/// </para>
/// <para>
/// Solved by conjugate gradients in all dimensions side by side: a pass costs the number of features' entries times
/// the dimensions, and no square of the number of features is ever formed.
/// </para>
/// </remarks>
public sealed class FeatureMapping
{
    private const int Own = 3;
    private const int MostPasses = 200;
    private const double Tolerance = 1e-10; // of the squared residual, against where it began

    private readonly FactorMatrix _weights;

    private FeatureMapping(FactorMatrix weights) => _weights = weights;

    /// <summary>How many features there are, not counting the mapping's own.</summary>
    public int Features => _weights.Rows - Own;

    /// <summary>Learns the mapping.</summary>
    /// <param name="features">Items × features, with weights that are not negative.</param>
    /// <param name="vectors">The items' vectors, zero for items that nobody has; those are not learned from.</param>
    /// <param name="ridge">λ, in trained items; the more, the less a rare feature says.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="ArgumentException">There are not as many items on both sides.</exception>
    public static FeatureMapping Fit(
        InteractionMatrix features,
        FactorMatrix vectors,
        float ridge = 10,
        int workers = 1,
        CancellationToken cancellation = default
    )
    {
        if (features.Listeners != vectors.Rows)
        {
            throw new ArgumentException(
                $"Features describe {features.Listeners} items and there are vectors of {vectors.Rows}.",
                nameof(features)
            );
        }
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ridge);
        var design = Design(features, item => !IsZero(vectors.Row(item)));
        return new FeatureMapping(Solve(design, vectors, ridge, workers, cancellation));
    }

    /// <summary>The vector that an item's features say it should have.</summary>
    /// <param name="features">Which features it has.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="vector">Receives the vector.</param>
    public void Predict(ReadOnlySpan<int> features, ReadOnlySpan<float> weights, Span<float> vector)
    {
        Span<float> sum = stackalloc float[_weights.Stride];
        sum.Clear();
        var (own, total) = OwnFeatures(weights);
        for (var i = 0; i < features.Length; i++)
        {
            DenseKernels.AddScaled(sum, _weights.Row(features[i]), Dampen(weights[i]));
        }
        DenseKernels.AddScaled(sum, _weights.Row(Features), 1);
        DenseKernels.AddScaled(sum, _weights.Row(Features + 1), total);
        DenseKernels.AddScaled(sum, _weights.Row(Features + 2), own);
        sum[.._weights.Dimensions].CopyTo(vector);
    }

    /// <summary>The vectors with those that are zero put in from the items' features, where there are any.</summary>
    /// <returns>All vectors, and which were put in, ascending.</returns>
    public (FactorMatrix Vectors, int[] Described) Complete(InteractionMatrix features, FactorMatrix vectors)
    {
        var described = new List<int>();
        var complete = new FactorMatrix(vectors.Rows, vectors.Dimensions, [.. vectors.Values]);
        for (var item = 0; item < vectors.Rows; item++)
        {
            if (IsZero(vectors.Row(item)) && !features.RowItems(item).IsEmpty)
            {
                Predict(features.RowItems(item), features.RowWeights(item), complete.Row(item));
                described.Add(item);
            }
        }
        return (complete, [.. described]);
    }

    /// <summary>The rows that are learned from, with the mapping's own features; other items have empty ones.</summary>
    private static InteractionMatrix Design(InteractionMatrix features, Func<int, bool> isTrained)
    {
        var builder = new InteractionMatrixBuilder(features.Items + Own);
        var items = new List<int>();
        var weights = new List<float>();
        for (var item = 0; item < features.Listeners; item++)
        {
            items.Clear();
            weights.Clear();
            if (isTrained(item))
            {
                items.AddRange(features.RowItems(item));
                foreach (var weight in features.RowWeights(item))
                {
                    weights.Add(Dampen(weight));
                }
                var (own, total) = OwnFeatures(features.RowWeights(item));
                items.AddRange([features.Items, features.Items + 1, features.Items + 2]);
                weights.AddRange([1, total, own]);
            }
            builder.AppendRow([.. items], [.. weights]);
        }
        return builder.Build();
    }

    private static FactorMatrix Solve(
        InteractionMatrix design,
        FactorMatrix vectors,
        float ridge,
        int workers,
        CancellationToken cancellation
    )
    {
        var dimensions = vectors.Dimensions;
        var solution = new FactorMatrix(design.Items, dimensions);
        var residual = new FactorMatrix(design.Items, dimensions);
        Multiply(new SparseRows(design, byItem: true), vectors, residual, workers, cancellation);
        var direction = new FactorMatrix(design.Items, dimensions, [.. residual.Values]);
        var fitted = new FactorMatrix(design.Listeners, dimensions);
        var image = new FactorMatrix(design.Items, dimensions);
        var squares = Products(residual, residual);
        var begun = squares.ToArray();
        for (var pass = 0; pass < MostPasses; pass++)
        {
            Multiply(new SparseRows(design, byItem: false), direction, fitted, workers, cancellation);
            Multiply(new SparseRows(design, byItem: true), fitted, image, workers, cancellation);
            AddScaledRows(image, direction, Repeat(ridge, image.Stride));
            var step = Ratio(squares, Products(direction, image));
            AddScaledRows(solution, direction, step);
            AddScaledRows(residual, image, [.. step.Select(s => -s)]);
            var next = Products(residual, residual);
            if (!next.Where((square, i) => square > begun[i] * Tolerance).Any())
            {
                break;
            }
            // Where a dimension is done, both its squares are next to nothing: it stays where it is.
            var turn = Ratio(next, squares);
            Turn(direction, residual, turn);
            squares = next;
        }
        return solution;
    }

    /// <summary>Each row of the result is the sum of the given vectors by a row's weights.</summary>
    private static void Multiply(
        SparseRows rows,
        FactorMatrix given,
        FactorMatrix result,
        int workers,
        CancellationToken cancellation
    )
    {
        const int PartitionRows = 512;
        Parallel.For(
            0,
            (rows.Count + PartitionRows - 1) / PartitionRows,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
            partition =>
            {
                var end = Math.Min(rows.Count, (partition + 1) * PartitionRows);
                for (var row = partition * PartitionRows; row < end; row++)
                {
                    var sum = result.Row(row);
                    sum.Clear();
                    var columns = rows.Columns(row);
                    var weights = rows.Weights(row);
                    for (var i = 0; i < columns.Length; i++)
                    {
                        DenseKernels.AddScaled(sum, given.Row(columns[i]), weights[i]);
                    }
                }
            }
        );
    }

    /// <summary>Of each dimension the product of two matrices' columns.</summary>
    private static double[] Products(FactorMatrix left, FactorMatrix right)
    {
        var products = new double[left.Stride];
        for (var row = 0; row < left.Rows; row++)
        {
            var x = left.Row(row);
            var y = right.Row(row);
            for (var i = 0; i < products.Length; i++)
            {
                products[i] += (double)x[i] * y[i];
            }
        }
        return products;
    }

    private static float[] Ratio(double[] above, double[] below) =>
        [.. above.Select((value, i) => below[i] > double.Epsilon ? (float)(value / below[i]) : 0)];

    private static float[] Repeat(float value, int count) => [.. Enumerable.Repeat(value, count)];

    private static void AddScaledRows(FactorMatrix to, FactorMatrix from, float[] factors)
    {
        for (var row = 0; row < to.Rows; row++)
        {
            var x = to.Row(row);
            var y = from.Row(row);
            for (var i = 0; i < x.Length; i++)
            {
                x[i] = MathF.FusedMultiplyAdd(y[i], factors[i], x[i]);
            }
        }
    }

    private static void Turn(FactorMatrix direction, FactorMatrix residual, float[] factors)
    {
        for (var row = 0; row < direction.Rows; row++)
        {
            var x = direction.Row(row);
            var y = residual.Row(row);
            for (var i = 0; i < x.Length; i++)
            {
                x[i] = MathF.FusedMultiplyAdd(x[i], factors[i], y[i]);
            }
        }
    }

    private static (float Count, float Total) OwnFeatures(ReadOnlySpan<float> weights)
    {
        var total = 0f;
        foreach (var weight in weights)
        {
            total += weight;
        }
        return (Dampen(weights.Length), Dampen(total));
    }

    /// <summary>About log2(1 + x), in straight pieces between powers of two: exact everywhere.</summary>
    private static float Dampen(float x)
    {
        var shifted = 1 + Math.Min(Math.Max(x, 0), 1e30f);
        var whole = BitOperations.Log2((uint)Math.Min(shifted, 1 << 30));
        return whole + ((shifted / (1 << whole)) - 1);
    }

    private static bool IsZero(ReadOnlySpan<float> vector) => !vector.ContainsAnyExcept(0f);
}
