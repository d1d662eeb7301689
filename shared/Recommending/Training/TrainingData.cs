namespace Nocturne.Recommending;

/// <summary>What models are fitted to.</summary>
/// <param name="Matrix">Listeners × items, with signed weights and, where they are known, plays with ages.</param>
public sealed record TrainingData(InteractionMatrix Matrix)
{
    /// <summary>The artist of every item, as dense numbers from 0, or -1 where unknown; null if none is known.</summary>
    public IReadOnlyList<int>? Artists { get; init; }

    /// <summary>Named features of every item (genres, tags, years, audio); null if none are known.</summary>
    public InteractionMatrix? Features { get; init; }

    /// <summary>An earlier model to begin with; null: none.</summary>
    public WarmStart? Start { get; init; }
}

/// <summary>An earlier model, whose vectors training goes on from: the same taste in less time.</summary>
/// <param name="Model">The model, or a blend that has one to go on from.</param>
/// <param name="Numbers">Of each item its number in the earlier model, -1 where it is new.</param>
public sealed record WarmStart(RecommendationModel Model, IReadOnlyList<int> Numbers)
{
    /// <summary>Vectors to begin with; null where the earlier model has none of so many dimensions.</summary>
    /// <param name="options">Of several the one that was fitted most alike is taken.</param>
    internal FactorMatrix? Vectors(AlsOptions options)
    {
        var earlier = Model is Blend blend ? blend.Components : [Model];
        return earlier
            .OfType<ImplicitAls>()
            .Where(als => als.Options.Dimensions == options.Dimensions)
            .MinBy(als => Math.Abs(als.Options.Regularization - options.Regularization))
            ?.StartFrom([.. Numbers]);
    }
}
