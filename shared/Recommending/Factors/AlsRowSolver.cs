namespace Nocturne.Recommending;

/// <summary>The best vector of a row, given the vectors of its columns.</summary>
/// <remarks>
/// <para>
/// For entries (cᵢ, pᵢ) the minimum of Σ cᵢ(pᵢ - x·qᵢ)² + α0·Σ over all columns (x·q)² + λᵣ|x|² solves
/// (α0·G + λᵣ·I + Σ cᵢ·qᵢqᵢᵀ)·x = Σ cᵢpᵢ·qᵢ, where G = Σ q·qᵀ over all columns: Hu, Koren and Volinsky,
/// "Collaborative filtering for implicit feedback datasets" (ICDM 2008), with the unobserved weight and the
/// regularisation by frequency of Rendle et al., "Revisiting the performance of iALS on item recommendation
/// benchmarks" (2021). A weight w says c = |w| and p = 1 where it is positive, p = 0 where it is negative.
/// </para>
/// <para>
/// The vectors lie in G's eigenbasis, which changes no score and makes what all rows share diagonal: D = α0·Λ + λᵣ·I.
/// A row of fewer entries than dimensions is solved in as many unknowns as it has entries, by Woodbury's identity:
/// with A the rows √cᵢ·D^-½·qᵢ, (I + A·Aᵀ)·z = √c·p and x = D^-½·Aᵀ·z. Both ways are exact.
/// </para>
/// </remarks>
internal sealed class AlsRowSolver
{
    // Gathered vectors of one chunk of a long row stay in the first-level cache.
    private const int ChunkRows = 64;

    // Where neither α0 nor λ says anything of a dimension, this keeps it at zero instead of at infinity.
    private const double LeastDiagonal = 1e-12;

    // More than a million times the confidence of one stream decides nothing more, and sums would overflow.
    private const float MostConfidence = 1e6f;

    private readonly AlsOptions _options;
    private readonly FactorMatrix _columns;
    private readonly double[] _eigenvalues;
    private readonly int _dimensions;
    private readonly int _stride;

    // D^-½ for each number of entries below the number of dimensions, a row each.
    private readonly float[] _inverseRoots;

    /// <summary>Prepares to solve rows.</summary>
    /// <param name="options">α0, λ, ν.</param>
    /// <param name="columns">The columns' vectors, in the eigenbasis of their Gram matrix.</param>
    /// <param name="eigenvalues">Its eigenvalues.</param>
    public AlsRowSolver(AlsOptions options, FactorMatrix columns, double[] eigenvalues)
    {
        _options = options;
        _columns = columns;
        _eigenvalues = eigenvalues;
        _dimensions = columns.Dimensions;
        _stride = columns.Stride;
        _inverseRoots = new float[_dimensions * _stride];
        var diagonal = new float[_stride];
        for (var count = 0; count < _dimensions; count++)
        {
            Diagonal(count, diagonal);
            for (var i = 0; i < _dimensions; i++)
            {
                _inverseRoots[(count * _stride) + i] = 1 / MathF.Sqrt(diagonal[i]);
            }
        }
    }

    /// <summary>Working memory for one worker.</summary>
    public sealed class Scratch
    {
        /// <summary>Allocates for vectors of so many dimensions.</summary>
        public Scratch(int dimensions)
        {
            Dimensions = dimensions;
            var stride = DenseKernels.Stride(dimensions);
            Gathered = new float[Math.Max(ChunkRows, stride) * stride];
            System = new float[stride * stride];
            Right = new float[stride];
            Diagonal = new float[stride];
        }

        /// <summary>The number of dimensions that this serves.</summary>
        public int Dimensions { get; }

        internal float[] Gathered { get; }

        internal float[] System { get; }

        internal float[] Right { get; }

        internal float[] Diagonal { get; }

        /// <summary>The vectors of a row that is explained, one behind the other.</summary>
        internal float[] Rows { get; private set; } = [];

        /// <summary>Room for the vectors of so many entries.</summary>
        internal void MakeRows(int entries)
        {
            if (Rows.Length < entries * Right.Length)
            {
                Rows = new float[entries * Right.Length * 2];
            }
        }
    }

    /// <summary>Solves for the whole vector.</summary>
    /// <param name="entries">Columns of the row.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="x">Receives the vector, padded.</param>
    public void Solve(ReadOnlySpan<int> entries, ReadOnlySpan<float> weights, Scratch scratch, Span<float> x)
    {
        if (entries.IsEmpty)
        {
            x.Clear();
        }
        else if (entries.Length < _dimensions)
        {
            SolveShort(entries, weights, scratch, x);
        }
        else
        {
            MakeSystem(entries, weights, scratch, x);
            Cholesky.Solve(scratch.System, _dimensions, _stride, x);
        }
    }

    /// <summary>
    /// Asks for the vectors that a row begins with, while another row is being solved: they lie anywhere in memory, and
    /// where they do not fit a cache, waiting for them is most of the time.
    /// </summary>
    public void Prefetch(ReadOnlySpan<int> entries)
    {
        foreach (var entry in entries[..Math.Min(entries.Length, ChunkRows)])
        {
            DenseKernels.Prefetch(_columns.Row(entry));
        }
    }

    /// <summary>
    /// Each entry's part in the score of a column: cᵢpᵢ·qᵀW⁻¹qᵢ with W the row's system (Hu et al. 2008, section 5);
    /// the parts sum to the score.
    /// </summary>
    public void Explain(
        ReadOnlySpan<int> entries,
        ReadOnlySpan<float> weights,
        int column,
        Scratch scratch,
        Span<float> parts
    )
    {
        PrepareExplaining(entries, weights, scratch);
        ExplainPrepared(entries, weights, column, scratch, parts);
    }

    /// <summary>Inverts the root of a row's system and gathers its vectors for <see cref="ExplainPrepared"/>, which leaves it as it is.</summary>
    public void PrepareExplaining(ReadOnlySpan<int> entries, ReadOnlySpan<float> weights, Scratch scratch)
    {
        MakeSystem(entries, weights, scratch, scratch.Right);
        Cholesky.InvertTransposed(scratch.System, _dimensions, _stride, scratch.Gathered);
        scratch.MakeRows(entries.Length);
        for (var i = 0; i < entries.Length; i++)
        {
            _columns.Row(entries[i]).CopyTo(scratch.Rows.AsSpan(i * _stride));
        }
    }

    /// <summary><see cref="Explain"/> with the system that was prepared in the same memory.</summary>
    public void ExplainPrepared(
        ReadOnlySpan<int> entries,
        ReadOnlySpan<float> weights,
        int column,
        Scratch scratch,
        Span<float> parts
    )
    {
        var v = scratch.Right;
        _columns.Row(column).CopyTo(v);
        Cholesky.SolveInverted(scratch.Gathered, _dimensions, _stride, v, scratch.Diagonal);
        DenseKernels.RowDots(v, scratch.Rows, parts);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] *= weights[i] > 0 ? Confidence(weights[i]) : 0;
        }
    }

    /// <summary>
    /// Improves a vector block of dimensions by block, the others held: one Newton step a block, which is exact for
    /// it. Rendle et al., "iALS++: Speeding up matrix factorization with subspace optimization" (2021).
    /// </summary>
    public void Improve(ReadOnlySpan<int> entries, ReadOnlySpan<float> weights, Scratch scratch, Span<float> x)
    {
        if (entries.IsEmpty)
        {
            x.Clear();
            return;
        }
        var diagonal = Diagonal(entries.Length, scratch.Diagonal);
        // A block of a whole number of lanes.
        var width = DenseKernels.Stride(Math.Min(_options.BlockSize, _dimensions));
        for (var first = 0; first < _stride; first += width)
        {
            var size = Math.Min(width, _stride - first);
            ImproveBlock(entries, weights, diagonal, scratch, x, first, size);
        }
    }

    private void ImproveBlock(
        ReadOnlySpan<int> entries,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<float> diagonal,
        Scratch scratch,
        Span<float> x,
        int first,
        int size
    )
    {
        var system = scratch.System.AsSpan(0, size * size);
        var right = scratch.Right.AsSpan(0, size);
        system.Clear();
        // The negative half gradient: -D·x for what all rows share, and what each entry lacks.
        for (var i = 0; i < size; i++)
        {
            right[i] = -diagonal[first + i] * x[first + i];
        }
        for (var chunk = 0; chunk < entries.Length; chunk += ChunkRows)
        {
            var count = Math.Min(ChunkRows, entries.Length - chunk);
            for (var i = 0; i < count; i++)
            {
                var weight = weights[chunk + i];
                var column = _columns.Row(entries[chunk + i]);
                var part = scratch.Gathered.AsSpan(i * size, size);
                var lacks = (weight > 0 ? 1 : 0) - DenseKernels.Dot(column, x);
                DenseKernels.Scale(column.Slice(first, size), MathF.Sqrt(Confidence(weight)), part);
                DenseKernels.AddScaled(right, column.Slice(first, size), Confidence(weight) * lacks);
            }
            DenseKernels.AddOuterProducts(scratch.Gathered, count, size, system);
        }
        for (var i = 0; i < size; i++)
        {
            // Padding has no dimension: 1 keeps the system sound and the padding at zero.
            system[(i * size) + i] += first + i < _dimensions ? diagonal[first + i] : 1;
        }
        Cholesky.Factor(system, size, size);
        Cholesky.Solve(system, size, size, right);
        DenseKernels.AddScaled(x.Slice(first, size), right, 1);
    }

    private void SolveShort(ReadOnlySpan<int> entries, ReadOnlySpan<float> weights, Scratch scratch, Span<float> x)
    {
        var count = entries.Length;
        var padded = DenseKernels.Stride(count);
        var gathered = scratch.Gathered;
        var inverseRoots = _inverseRoots.AsSpan(count * _stride, _stride);
        var z = scratch.Right.AsSpan(0, padded);
        z.Clear();
        for (var i = 0; i < count; i++)
        {
            var root = MathF.Sqrt(Confidence(weights[i]));
            z[i] = weights[i] > 0 ? root : 0;
            var vector = gathered.AsSpan(i * _stride, _stride);
            DenseKernels.Multiply(_columns.Row(entries[i]), inverseRoots, root, vector);
        }
        // The products of pairs are made four rows at a time.
        gathered.AsSpan(count * _stride, (((count + 3) & ~3) - count) * _stride).Clear();
        DenseKernels.RowProducts(gathered, count, _stride, scratch.System, padded);
        for (var i = 0; i < count; i++)
        {
            scratch.System[(i * padded) + i] += 1;
        }
        Cholesky.Factor(scratch.System, count, padded);
        Cholesky.Solve(scratch.System, count, padded, z);
        x.Clear();
        for (var i = 0; i < count; i++)
        {
            DenseKernels.AddScaled(x, gathered.AsSpan(i * _stride, _stride), z[i]);
        }
        DenseKernels.Multiply(x, inverseRoots, 1, x);
    }

    /// <summary>Factors the row's full system into the scratch memory, and sums the right-hand side.</summary>
    private void MakeSystem(ReadOnlySpan<int> entries, ReadOnlySpan<float> weights, Scratch scratch, Span<float> right)
    {
        var system = scratch.System.AsSpan(0, _stride * _stride);
        system.Clear();
        right.Clear();
        for (var chunk = 0; chunk < entries.Length; chunk += ChunkRows)
        {
            var count = Math.Min(ChunkRows, entries.Length - chunk);
            Prefetch(entries[(chunk + count)..]);
            for (var i = 0; i < count; i++)
            {
                var weight = weights[chunk + i];
                var root = MathF.Sqrt(Confidence(weight));
                var vector = scratch.Gathered.AsSpan(i * _stride, _stride);
                DenseKernels.Scale(_columns.Row(entries[chunk + i]), root, vector);
                if (weight > 0)
                {
                    DenseKernels.AddScaled(right, vector, root);
                }
            }
            DenseKernels.AddOuterProducts(scratch.Gathered, count, _stride, system);
        }
        var diagonal = Diagonal(entries.Length, scratch.Diagonal);
        for (var i = 0; i < _dimensions; i++)
        {
            system[(i * _stride) + i] += diagonal[i];
        }
        Cholesky.Factor(system, _dimensions, _stride);
    }

    private static float Confidence(float weight) => MathF.Min(MathF.Abs(weight), MostConfidence);

    private float[] Diagonal(int count, float[] diagonal)
    {
        var frequency = Powers.Of(
            count + (_options.UnobservedWeight * (double)_columns.Rows),
            _options.FrequencyExponent
        );
        for (var i = 0; i < _dimensions; i++)
        {
            var shared = _options.UnobservedWeight * Math.Max(_eigenvalues[i], 0);
            diagonal[i] = (float)Math.Max(shared + (_options.Regularization * frequency), LeastDiagonal);
        }
        return diagonal;
    }
}
