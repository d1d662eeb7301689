namespace Nocturne.Recommending;

/// <summary>Fits <see cref="ItemNeighbours"/>.</summary>
public sealed class ItemNeighboursFamily : ModelFamily
{
    private static readonly HyperParameter Shrinkage = new("shrinkage", 1, 0.1, 20, true);

    private readonly HyperParameter _neighbours;

    /// <summary>With as many neighbours as are best.</summary>
    public ItemNeighboursFamily()
        : this(NeighbourLists.Most) { }

    private ItemNeighboursFamily(int most)
    {
        _neighbours = NeighbourLists.Length(most);
        Parameters = [_neighbours, Shrinkage];
    }

    /// <summary>The same with no longer lists: where many listeners are ranked for, time grows with them.</summary>
    public ItemNeighboursFamily WithAtMost(int neighbours) => new(neighbours);

    /// <inheritdoc/>
    public override string Name => "item-knn";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; }

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new ItemNeighboursOptions
        {
            Neighbours = values.Whole(_neighbours),
            Shrinkage = (float)values[Shrinkage],
        };
        return ItemNeighbours.Fit(data.Matrix, options, workers, cancellation);
    }
}

/// <summary>Fits <see cref="Rp3Beta"/>.</summary>
public sealed class Rp3BetaFamily : ModelFamily
{
    private static readonly HyperParameter Alpha = new("alpha", 0.8, 0.4, 1.4);
    private static readonly HyperParameter Beta = new("beta", 0.35, 0, 0.8);

    private readonly HyperParameter _neighbours;

    /// <summary>With as many neighbours as are best.</summary>
    public Rp3BetaFamily()
        : this(NeighbourLists.Most) { }

    private Rp3BetaFamily(int most)
    {
        _neighbours = NeighbourLists.Length(most);
        Parameters = [_neighbours, Alpha, Beta];
    }

    /// <summary>The same with no longer lists: where many listeners are ranked for, time grows with them.</summary>
    public Rp3BetaFamily WithAtMost(int neighbours) => new(neighbours);

    /// <inheritdoc/>
    public override string Name => "rp3beta";

    /// <inheritdoc/>
    public override IReadOnlyList<HyperParameter> Parameters { get; }

    /// <inheritdoc/>
    public override RecommendationModel Fit(
        TrainingData data,
        HyperParameters values,
        int seed,
        int workers,
        CancellationToken cancellation
    )
    {
        var options = new Rp3BetaOptions
        {
            Neighbours = values.Whole(_neighbours),
            Alpha = (float)values[Alpha],
            Beta = (float)values[Beta],
        };
        return Rp3Beta.Fit(data.Matrix, options, workers, cancellation);
    }
}

/// <summary>How long lists of neighbours may be.</summary>
file static class NeighbourLists
{
    public const int Most = 1_000;
    private const int Least = 50;
    private const int Best = 300;

    public static HyperParameter Length(int most) =>
        new("neighbours", Math.Min(Best, most), Math.Min(Least, most), most, true, IsInteger: true);
}
