namespace Nocturne.Recommending;

/// <summary>The linear model that predicts every item of a listener from all the others, in closed form.</summary>
/// <remarks>
/// <para>
/// B minimises ‖X - X·B‖² + ‖Λ^½·B‖² with zeros on its diagonal, where Λ = p/(1-p)·diag(XᵀX) + λ·I: with
/// P = (XᵀX + Λ)⁻¹ it is B = I - P·diag(1/P_ii). Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW
/// 2019); the regularisation by dropout is that of Steck, "Autoencoders that don't overfit towards the identity"
/// (NeurIPS 2020). A listener's scores are x·B, each divided by a power of the item's popularity, as in
/// <see cref="Rp3Beta"/>.
/// </para>
/// <para>
/// With fewer listeners than items, P comes by Woodbury's identity from M = (I + X·Λ⁻¹·Xᵀ)⁻¹, one row a listener:
/// P = Λ⁻¹ - Λ⁻¹·Xᵀ·M·X·Λ⁻¹, the same P.
/// </para>
/// <para>
/// X are the positive weights over their root mean square, so that λ counts listeners whatever the scale. Each item's
/// weights to others are cut to the K largest by size. Single precision throughout.
/// </para>
/// </remarks>
public sealed class Ease : NeighbourModel
{
    internal const string KindName = "ease";

    private Ease(EaseOptions options, Neighbourhoods lists)
        : base(lists) => Options = options;

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <summary>What it was fitted with.</summary>
    public EaseOptions Options { get; }

    /// <summary>Why a matrix cannot be fitted; null if it can.</summary>
    public static string? Unsuited(InteractionMatrix matrix, EaseOptions options) =>
        Math.Min(matrix.Listeners, matrix.Items) <= options.MaxSide
            ? null
            : $"EASE inverts a matrix of the fewer of {matrix.Listeners} listeners and {matrix.Items} items, and memory is set to last for {options.MaxSide}: sample listeners, take another model, or raise {nameof(EaseOptions)}.{nameof(EaseOptions.MaxSide)}.";

    /// <summary>Solves for the weights.</summary>
    /// <param name="matrix">Positive weights are evidence; negative ones are not used.</param>
    /// <param name="options">λ, p, K and the bound on memory.</param>
    /// <param name="workers">Threads; the result does not depend on it.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="ArgumentException">Options are out of range, or both sides are over the bound.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Ease Fit(
        InteractionMatrix matrix,
        EaseOptions options,
        int workers,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        options.Check(matrix.Items, nameof(options));
        if (Unsuited(matrix, options) is { } reason)
        {
            throw new ArgumentException(reason, nameof(matrix));
        }
        matrix = Normalized(matrix.WithoutNegatives());
        var system = EaseSystem.Of(matrix, options);
        var lists =
            matrix.Items <= matrix.Listeners
                ? EaseByItems.Solve(matrix, system, options.Neighbours, workers, cancellation)
                : EaseByListeners.Solve(matrix, system, options.Neighbours, workers, cancellation);
        return new Ease(options, lists);
    }

    internal static Ease From(ModelArtefact artefact)
    {
        var options = new EaseOptions
        {
            Regularization = artefact.Parameter<float>("regularization"),
            Dropout = artefact.Parameter<float>("dropout"),
            PopularityPenalty = artefact.Parameter<float>("popularity_penalty"),
            Neighbours = artefact.Parameter<int>("neighbours"),
            MaxSide = artefact.Parameter<int>("max_side"),
        };
        ModelArtefact.Check(() => options.Check(artefact.Items, nameof(artefact)));
        return new Ease(options, Neighbourhoods.Read(artefact));
    }

    private protected override void WriteOptions(ModelArtefactWriter artefact)
    {
        artefact.Parameter("regularization", Options.Regularization);
        artefact.Parameter("dropout", Options.Dropout);
        artefact.Parameter("popularity_penalty", Options.PopularityPenalty);
        artefact.Parameter("neighbours", Options.Neighbours);
        artefact.Parameter("max_side", Options.MaxSide);
    }

    private static InteractionMatrix Normalized(InteractionMatrix matrix)
    {
        var (squares, count) = (0d, 0);
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            foreach (var weight in matrix.RowWeights(listener))
            {
                squares += (double)weight * weight;
                count += weight > 0 ? 1 : 0;
            }
        }
        var scale = squares > 0 ? Math.Sqrt(count / squares) : 0;
        return matrix.Reweighted(
            (_, weights, x) =>
            {
                for (var i = 0; i < weights.Length; i++)
                {
                    x[i] = (float)(weights[i] * scale);
                }
            }
        );
    }
}

/// <summary>What both ways of solving share.</summary>
/// <param name="Squares">diag(XᵀX).</param>
/// <param name="Penalties">Λ.</param>
/// <param name="Gains">What each item's scores are multiplied by.</param>
internal sealed record EaseSystem(float[] Squares, float[] Penalties, float[] Gains)
{
    public static EaseSystem Of(InteractionMatrix matrix, EaseOptions options)
    {
        var system = new EaseSystem(new float[matrix.Items], new float[matrix.Items], new float[matrix.Items]);
        for (var item = 0; item < matrix.Items; item++)
        {
            var sum = 0d;
            foreach (var weight in matrix.ColumnWeights(item))
            {
                sum += (double)weight * weight;
            }
            system.Squares[item] = (float)sum;
            system.Gains[item] = (float)(1 / Powers.Of(1 + (sum / options.Regularization), options.PopularityPenalty));
            system.Penalties[item] = (float)((sum * options.Dropout / (1 - options.Dropout)) + options.Regularization);
        }
        return system;
    }

    /// <summary>P_ii is at least 1/(G_ii + Λ_ii), whatever rounding makes of it.</summary>
    public float Floor(int item) => 1 / (Squares[item] + Penalties[item]);
}
