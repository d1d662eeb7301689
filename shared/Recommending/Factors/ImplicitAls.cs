using System.Globalization;

namespace Nocturne.Recommending;

/// <summary>Implicit matrix factorisation by alternating least squares.</summary>
/// <remarks>
/// <para>
/// Every item has a vector; a listener's vector is solved from their row against the items' vectors whenever it is
/// needed (see <see cref="AlsRowSolver"/> for the objective and the papers), so the model stores no listener and a
/// new one is scored like any other. The score of an item is the product of the two, over a small power of the item's
/// popularity (<see cref="AlsOptions.PopularityPenalty"/>).
/// </para>
/// <para>
/// Weights: |w| is the confidence; a positive weight says that the listener streams the item (p = 1), a negative one
/// that they do not (p = 0, with more confidence than what was never heard).
/// </para>
/// </remarks>
public sealed class ImplicitAls : RecommendationModel
{
    internal const string KindName = "implicit-als";

    // Asked for fewer of all items than one in so many, rounded vectors leave out nearly all of them.
    private const int LeastItemsEach = 16;

    private readonly FactorMatrix _vectors;

    // Made when a ranking is first asked for: training asks for none.
    private readonly Lazy<RoundedFactors> _rounded;
    private readonly AlsRowSolver _solver;

    // Items whose vectors come from their features, ascending: training knew nothing of them, so no listener's solution
    // takes them for unplayed ones.
    private readonly int[] _described;

    // What an artefact of half precision stores; the vectors are these, rotated.
    private readonly Half[]? _stored;

    // What an item's scores are multiplied by, for its popularity; none where all count alike.
    private readonly float[] _gains;

    private ImplicitAls(
        AlsOptions options,
        FactorMatrix vectors,
        float[] gains,
        int[]? described = null,
        Half[]? stored = null
    )
        : base(vectors.Rows)
    {
        Options = options;
        _gains = gains;
        _vectors = vectors;
        _stored = stored;
        _rounded = new Lazy<RoundedFactors>(() => new RoundedFactors(vectors, gains));
        _described = described ?? [];
        _solver = new AlsRowSolver(options, vectors, Eigenvalues(vectors, _described));
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public AlsOptions Options { get; }

    /// <summary>The items' vectors, in the eigenbasis of their Gram matrix; zero for an item that nobody has.</summary>
    public FactorMatrix Vectors => _vectors;

    /// <summary>Trains on a matrix.</summary>
    /// <param name="matrix">Rows of signed weights.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="start">Vectors to begin with: those of an earlier model, brought to this numbering of items by
    /// <see cref="StartFrom"/>; null begins with random ones.</param>
    /// <param name="goOn">Asked after every epoch, with its number from 1 and the model so far (which is only good
    /// during the call), whether to go on; null goes on.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="ArgumentException">Options are out of range, or the start does not fit.</exception>
    /// <exception cref="ArithmeticException">Weights so large that sums overflowed.</exception>
    public static ImplicitAls Fit(
        InteractionMatrix matrix,
        AlsOptions options,
        int workers,
        FactorMatrix? start = null,
        Func<int, ImplicitAls, bool>? goOn = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        options.Check(nameof(options));
        var items = start is null ? Random(matrix.Items, options) : Copy(start, matrix, options);
        var listeners = new FactorMatrix(matrix.Listeners, options.Dimensions);
        var gains = Gains(matrix, options.PopularityPenalty);
        var isExact = options.BlockSize == 0 || options.BlockSize >= options.Dimensions;
        for (var epoch = 1; ; epoch++)
        {
            // Blocks improve what is there, so at first there has to be something.
            Step(new SparseRows(matrix, byItem: false), items, listeners, isExact || epoch == 1);
            Step(new SparseRows(matrix, byItem: true), listeners, items, isExact);
            if (epoch == options.Epochs)
            {
                break;
            }
            if (goOn is not null)
            {
                _ = Eigenbasis.Rotate(items, isExact ? null : listeners, workers, cancellation);
                if (!goOn(epoch, new ImplicitAls(options, items, gains)))
                {
                    break;
                }
            }
        }
        _ = Eigenbasis.Rotate(items, null, workers, cancellation);
        return Of(options, items, gains, [], workers, cancellation);

        void Step(SparseRows rows, FactorMatrix given, FactorMatrix target, bool exactly)
        {
            var eigenvalues = Eigenbasis.Rotate(given, exactly ? null : target, workers, cancellation);
            AlsSide.Solve(rows, new AlsRowSolver(options, given, eigenvalues), exactly, target, workers, cancellation);
        }
    }

    /// <summary>This model's vectors under another numbering of items, for a warm start.</summary>
    /// <param name="before">For each item its number in this model, or -1 where it is new.</param>
    public FactorMatrix StartFrom(ReadOnlySpan<int> before)
    {
        var start = Random(before.Length, Options);
        for (var item = 0; item < before.Length; item++)
        {
            if (before[item] >= 0)
            {
                _vectors.Row(before[item]).CopyTo(start.Row(item));
            }
        }
        return start;
    }

    /// <summary>This model with vectors for items that nobody has, from what is known of them.</summary>
    /// <param name="features">Items × features.</param>
    /// <param name="mapping">Learned from this model's vectors.</param>
    /// <remarks>A model of half precision is rounded once more, in the basis that its vectors are in now.</remarks>
    public ImplicitAls WithDescribedItems(InteractionMatrix features, FeatureMapping mapping)
    {
        var (complete, described) = mapping.Complete(features, _vectors);
        return Of(Options, complete, _gains, described, 1, CancellationToken.None);
    }

    /// <summary>The vectors of all listeners of a matrix: each solved exactly against the items' vectors.</summary>
    public FactorMatrix FoldIn(InteractionMatrix matrix, int workers, CancellationToken cancellation = default)
    {
        var listeners = new FactorMatrix(matrix.Listeners, _vectors.Dimensions);
        var rows = new SparseRows(matrix, byItem: false);
        AlsSide.Solve(rows, _solver, exactly: true, listeners, workers, cancellation);
        return listeners;
    }

    /// <inheritdoc/>
    public override void Score(ListenerRow row, Span<float> scores) =>
        Score(row, new AlsRowSolver.Scratch(_vectors.Dimensions), scores[..Items]);

    /// <inheritdoc/>
    public override int Top(
        ListenerRow row,
        ReadOnlySpan<int> excluded,
        RecommendationScratch scratch,
        Span<int> items,
        Span<float> scores
    )
    {
        CheckSpans(items, scores);
        scratch.CheckServes(Items);
        Span<float> x = stackalloc float[_vectors.Stride];
        _solver.Solve(row.Items, row.Weights, scratch.Solving(_vectors.Dimensions), x);
        if (IsRounded(items.Length) && _rounded.Value.TryBegin(scratch.Rounded, x, excluded, items.Length))
        {
            _rounded.Value.Run([scratch.Rounded]);
            if (_rounded.Value.Finish(scratch.Rounded, items, scores) is var found and >= 0)
            {
                return found;
            }
        }
        Score(x, scratch.Scores);
        return TopItems.Of(scratch.Scores, scratch.Marks, scratch.Mark(excluded), items, scores);
    }

    /// <summary>Whether rounded vectors are what so many of the best are found by.</summary>
    internal bool IsRounded(int items) => items > 0 && Items >= (long)items * LeastItemsEach;

    /// <summary>The vectors, rounded.</summary>
    internal RoundedFactors Rounded => _rounded.Value;

    /// <inheritdoc/>
    public override int Explain(ListenerRow row, int item, Span<int> contributors, Span<float> terms, out float bias)
    {
        bias = 0;
        var parts = new float[row.Items.Length];
        _solver.Explain(row.Items, row.Weights, item, new AlsRowSolver.Scratch(_vectors.Dimensions), parts);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] *= GainOf(item);
        }
        return TopItems.OfParts(row.Items, parts, contributors, terms);
    }

    /// <inheritdoc/>
    public override RowRanker NewRanker(RecommendationScratch scratch) => new AlsRanker(this, _solver, scratch);

    /// <summary>What an item's scores are multiplied by.</summary>
    internal float GainOf(int item) => _gains.Length > 0 ? _gains[item] : 1;

    internal static ImplicitAls From(ModelArtefact artefact)
    {
        var options = new AlsOptions
        {
            Dimensions = artefact.Parameter<int>("dimensions"),
            Epochs = artefact.Parameter<int>("epochs"),
            UnobservedWeight = artefact.Parameter<float>("unobserved_weight"),
            Regularization = artefact.Parameter<float>("regularization"),
            FrequencyExponent = artefact.Parameter<float>("frequency_exponent"),
            InitialScale = artefact.Parameter<float>("initial_scale"),
            Seed = artefact.Parameter<int>("seed"),
            BlockSize = artefact.Parameter<int>("block_size"),
            PopularityPenalty = artefact.Parameter<float>("popularity_penalty"),
            HalfPrecision = artefact.Parameter<bool>("half_precision"),
        };
        ModelArtefact.Check(() => options.Check(nameof(artefact)));
        var described = artefact.Ints("described", artefact.Parameter<int>("described_items"));
        if (described.Where((item, i) => item >= artefact.Items || item <= (i == 0 ? -1 : described[i - 1])).Any())
        {
            throw new ModelArtefactException("The artefact's section 'described' is no ascending list of items.");
        }
        var gains = artefact.FiniteFloats("gains", options.PopularityPenalty > 0 ? artefact.Items : 0);
        var count = checked(artefact.Items * DenseKernels.Stride(options.Dimensions));
        if (!options.HalfPrecision)
        {
            var values = artefact.FiniteFloats("vectors", count);
            var vectors = new FactorMatrix(artefact.Items, options.Dimensions, values);
            return new ImplicitAls(options, vectors, gains, described);
        }
        var stored = artefact.FiniteHalves("vectors", count);
        return Of(options, artefact.Items, stored, gains, described, 1, CancellationToken.None);
    }

    private protected override void Write(ModelArtefactWriter artefact)
    {
        var culture = CultureInfo.InvariantCulture;
        artefact.Parameter("dimensions", Options.Dimensions.ToString(culture));
        artefact.Parameter("epochs", Options.Epochs.ToString(culture));
        artefact.Parameter("unobserved_weight", Options.UnobservedWeight.ToString(culture));
        artefact.Parameter("regularization", Options.Regularization.ToString(culture));
        artefact.Parameter("frequency_exponent", Options.FrequencyExponent.ToString(culture));
        artefact.Parameter("initial_scale", Options.InitialScale.ToString(culture));
        artefact.Parameter("seed", Options.Seed.ToString(culture));
        artefact.Parameter("block_size", Options.BlockSize.ToString(culture));
        artefact.Parameter("popularity_penalty", Options.PopularityPenalty.ToString(culture));
        artefact.Parameter("described_items", _described.Length.ToString(culture));
        artefact.Parameter("half_precision", Options.HalfPrecision.ToString(culture));
        if (_stored is null)
        {
            artefact.Section("vectors", _vectors.Values);
        }
        else
        {
            artefact.Section("vectors", _stored);
        }
        artefact.Section("described", _described);
        artefact.Section("gains", _gains);
    }

    private static ImplicitAls Of(
        AlsOptions options,
        FactorMatrix vectors,
        float[] gains,
        int[] described,
        int workers,
        CancellationToken cancellation
    ) =>
        options.HalfPrecision
            ? Of(options, vectors.Rows, HalfFactors.Round(vectors), gains, described, workers, cancellation)
            : new ImplicitAls(options, vectors, gains, described);

    private static ImplicitAls Of(
        AlsOptions options,
        int rows,
        Half[] stored,
        float[] gains,
        int[] described,
        int workers,
        CancellationToken cancellation
    )
    {
        var vectors = HalfFactors.Expand(stored, rows, options.Dimensions, described, workers, cancellation);
        return new ImplicitAls(options, vectors, gains, described, stored);
    }

    private void Score(ListenerRow row, AlsRowSolver.Scratch scratch, Span<float> scores)
    {
        Span<float> x = stackalloc float[_vectors.Stride];
        _solver.Solve(row.Items, row.Weights, scratch, x);
        Score(x, scores);
    }

    private void Score(ReadOnlySpan<float> x, Span<float> scores)
    {
        DenseKernels.RowDots(x, _vectors.Values, scores);
        for (var item = 0; item < _gains.Length; item++)
        {
            scores[item] *= _gains[item];
        }
    }

    private static float[] Gains(InteractionMatrix matrix, float penalty)
    {
        var gains = new float[penalty > 0 ? matrix.Items : 0];
        for (var item = 0; item < gains.Length; item++)
        {
            gains[item] = (float)(1 / Powers.Of(1 + matrix.ColumnListeners(item).Length, penalty));
        }
        return gains;
    }

    /// <summary>In the eigenbasis the Gram matrix has its eigenvalues on the diagonal and nothing beside it.</summary>
    private static double[] Eigenvalues(FactorMatrix vectors, int[] described)
    {
        var eigenvalues = new double[vectors.Dimensions];
        for (var row = 0; row < vectors.Rows; row++)
        {
            if (Array.BinarySearch(described, row) >= 0)
            {
                continue;
            }
            var vector = vectors[row];
            for (var i = 0; i < vector.Length; i++)
            {
                eigenvalues[i] += (double)vector[i] * vector[i];
            }
        }
        return eigenvalues;
    }

    private static FactorMatrix Random(int rows, AlsOptions options)
    {
        var vectors = new FactorMatrix(rows, options.Dimensions);
        // The product of two vectors of this deviation has the deviation asked for.
        var deviation = MathF.Sqrt(options.InitialScale / MathF.Sqrt(options.Dimensions));
        for (var row = 0; row < rows; row++)
        {
            var vector = vectors.Row(row)[..options.Dimensions];
            for (var i = 0; i < vector.Length; i++)
            {
                vector[i] = deviation * CounterDraws.Normal(options.Seed, row, i);
            }
        }
        return vectors;
    }

    private static FactorMatrix Copy(FactorMatrix start, InteractionMatrix matrix, AlsOptions options) =>
        start.Rows == matrix.Items && start.Dimensions == options.Dimensions
            ? new FactorMatrix(start.Rows, start.Dimensions, [.. start.Values])
            : throw new ArgumentException(
                $"The start has {start.Rows} vectors of {start.Dimensions}; {matrix.Items} of {options.Dimensions} are needed.",
                nameof(start)
            );
}
