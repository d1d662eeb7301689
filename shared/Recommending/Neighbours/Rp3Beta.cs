namespace Nocturne.Recommending;

/// <summary>How <see cref="Rp3Beta"/> is fitted.</summary>
public sealed record Rp3BetaOptions
{
    /// <summary>Neighbours kept per item (K). More reach further and cost memory: 8 bytes each.</summary>
    public int Neighbours { get; init; } = 300;

    /// <summary>α: the power that transition probabilities are raised to, from 0 to 2.</summary>
    public float Alpha { get; init; } = 0.8f;

    /// <summary>β: the power of an item's number of listeners that its score is divided by, from 0 to 2.</summary>
    public float Beta { get; init; } = 0.35f;

    /// <summary>Entries of a row that count; see <see cref="ItemNeighboursOptions.RowCap"/>.</summary>
    public int RowCap { get; init; } = 1_000;

    internal void Check(int items, string name)
    {
        if (!(Alpha is >= 0 and <= 2) || !(Beta is >= 0 and <= 2))
        {
            throw new ArgumentException($"{this}: alpha and beta are from 0 to 2.", name);
        }
        Neighbourhoods.Check(items, Neighbours, RowCap, name);
    }
}

/// <summary>Random walks of three steps, from a listener to an item, to its listeners, to their items.</summary>
/// <remarks>
/// <para>
/// sim(j, i) = Σ_v p(v|j)^α · p(i|v)^α / n_i^β, where a step goes along a weight with a probability in proportion to
/// it, and n_i is how many listeners i has: the last two steps, from each of the listener's items; the first is the
/// row, whose weights are used as they are. Cooper, Lee, Radlinski and Siegel, "Random walks in recommender systems"
/// (P³α, WWW 2014); Paudel, Christoffel, Newell and Bernstein, "Updatable, accurate, diverse, and scalable
/// recommendations for interactive applications" (RP³β, TiiS 2017).
/// </para>
/// <para>
/// With x_vi = w_vi^α / (Σ_i w_vi)^(α/2) this is Σ_v x_vj·x_vi / ((Σ_v w_vj)^α · n_i^β), a sum over shared listeners
/// as in <see cref="ItemNeighbours"/>.
/// </para>
/// </remarks>
public sealed class Rp3Beta : NeighbourModel
{
    internal const string KindName = "rp3beta";

    private Rp3Beta(Rp3BetaOptions options, Neighbourhoods lists)
        : base(lists) => Options = options;

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public Rp3BetaOptions Options { get; }

    /// <summary>Computes every item's neighbours.</summary>
    /// <param name="matrix">Positive weights; negative ones are not used.</param>
    /// <param name="options">K, α, β and the cap on rows.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Rp3Beta Fit(
        InteractionMatrix matrix,
        Rp3BetaOptions options,
        int workers,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        options.Check(matrix.Items, nameof(options));
        matrix = matrix.WithoutNegatives().WithRowsCapped(options.RowCap);
        var walk = new Walk(new float[matrix.Items], new float[matrix.Items]);
        for (var item = 0; item < matrix.Items; item++)
        {
            var weights = matrix.ColumnWeights(item);
            var sum = Sum(weights);
            if (sum > 0)
            {
                walk.From[item] = (float)(1 / Powers.Of(sum, options.Alpha));
                walk.To[item] = (float)(1 / Powers.Of(weights.Length, options.Beta));
            }
        }
        var halves = matrix.Reweighted((_, weights, x) => Halves(weights, options.Alpha, x));
        return new Rp3Beta(options, NeighbourSearch.Run(halves, walk, options.Neighbours, workers, cancellation));
    }

    internal static Rp3Beta From(ModelArtefact artefact)
    {
        var options = new Rp3BetaOptions
        {
            Neighbours = artefact.Parameter<int>("neighbours"),
            Alpha = artefact.Parameter<float>("alpha"),
            Beta = artefact.Parameter<float>("beta"),
            RowCap = artefact.Parameter<int>("row_cap"),
        };
        ModelArtefact.Check(() => options.Check(artefact.Items, nameof(artefact)));
        return new Rp3Beta(options, Neighbourhoods.Read(artefact));
    }

    private protected override void WriteOptions(ModelArtefactWriter artefact)
    {
        artefact.Parameter("neighbours", Options.Neighbours);
        artefact.Parameter("alpha", Options.Alpha);
        artefact.Parameter("beta", Options.Beta);
        artefact.Parameter("row_cap", Options.RowCap);
    }

    private static void Halves(ReadOnlySpan<float> weights, float alpha, Span<float> x)
    {
        var root = Math.Sqrt(Powers.Of(Sum(weights), alpha));
        var power = 0d;
        for (var i = 0; i < weights.Length; i++)
        {
            // Equal weights are the rule, and a power costs ten roots.
            power = i > 0 && weights[i] == weights[i - 1] ? power : Powers.Of(weights[i], alpha);
            x[i] = weights[i] > 0 ? (float)(power / root) : 0;
        }
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        var sum = 0d;
        foreach (var weight in weights)
        {
            sum += weight;
        }
        return sum;
    }

    private readonly record struct Walk(float[] From, float[] To) : ISimilarity
    {
        public float Of(float sum, int item, int other) => sum * From[item] * To[other];
    }
}
