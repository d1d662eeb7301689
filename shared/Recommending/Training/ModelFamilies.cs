namespace Nocturne.Recommending;

/// <summary>Every kind of model there is.</summary>
public static class ModelFamilies
{
    /// <summary>Those that are fitted by themselves, simplest first.</summary>
    public static IReadOnlyList<ModelFamily> Single { get; } =
    [
        new PopularityFamily(),
        new OwnPlaysFamily(),
        new ArtistAffinityFamily(),
        new BackOffFamily(),
        new ListeningMixtureFamily(),
        new ItemNeighboursFamily(),
        new Rp3BetaFamily(),
        new GfCfFamily(),
        new EaseFamily(),
        new AlsFamily(),
    ];

    /// <summary>All of them, and last the blend of all, with one that is for blends only.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [.. Single, BlendOf([])];

    /// <summary>The blend of families by name, in the order of <see cref="Single"/>.</summary>
    /// <param name="names">Names; none: of all, with one that is for blends only.</param>
    /// <param name="bounds">What keeps ranking for many listeners fast; null: whatever is best.</param>
    /// <exception cref="ArgumentException">A name that no family has.</exception>
    public static BlendFamily BlendOf(IReadOnlyCollection<string> names, ModelBounds? bounds = null)
    {
        IReadOnlyList<ModelFamily> blended =
        [
            .. Single.Append(AlsFamily.Loose).Select(family => bounds is null ? family : bounds.Bound(family)),
        ];
        if (names.FirstOrDefault(name => blended.All(family => family.Name != name)) is { } unknown)
        {
            throw new ArgumentException(
                $"There is no model '{unknown}'. There are {string.Join(", ", blended.Select(family => family.Name))}.",
                nameof(names)
            );
        }
        return new BlendFamily([.. blended.Where(family => names.Count == 0 || names.Contains(family.Name))]);
    }
}

/// <summary>How large models may be that rank for every listener in a night.</summary>
/// <param name="Dimensions">Of a factor model's vectors.</param>
/// <param name="Neighbours">In an item's list.</param>
public sealed record ModelBounds(int Dimensions, int Neighbours)
{
    internal ModelFamily Bound(ModelFamily family) =>
        family switch
        {
            AlsFamily als => als.WithAtMost(Dimensions),
            ItemNeighboursFamily neighbours => neighbours.WithAtMost(Neighbours),
            Rp3BetaFamily walks => walks.WithAtMost(Neighbours),
            _ => family,
        };
}
