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
    /// <param name="mostDimensions">The most dimensions of a factor model; null: as many as are best.</param>
    /// <exception cref="ArgumentException">A name that no family has.</exception>
    public static BlendFamily BlendOf(IReadOnlyCollection<string> names, int? mostDimensions = null)
    {
        IReadOnlyList<ModelFamily> blended =
        [
            .. Single
                .Append(AlsFamily.Loose)
                .Select(family =>
                    family is AlsFamily als && mostDimensions is { } most ? als.WithAtMost(most) : family
                ),
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
